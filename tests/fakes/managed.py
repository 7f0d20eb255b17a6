"""Who owns which field, as an API server keeps it in ``metadata.managedFields``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rhoai_operator.core.objects import Manifest
from tests.fakes.merging import Path, leaves, with_leaves, without_leaf


@dataclass(frozen=True, slots=True)
class Writer:
    """One who writes, and how."""

    manager: str
    operation: Literal["Apply", "Update"] = "Update"
    subresource: str = ""


def apply(live: Manifest, manifest: Manifest, writer: Writer) -> Manifest:
    """Server-side apply with force: set fields, and drop what was applied before and is no more.

    What another owns as well stays.
    """
    wanted, owned = leaves(manifest), _owned(live)
    others = {path for other, paths in owned.items() if other != writer for path in paths}
    merged: Manifest = with_leaves(live, wanted)
    for path in owned.get(writer, frozenset()) - wanted.keys() - others:
        merged = without_leaf(merged, path)
    return record(live, merged, writer, frozenset(wanted))


def record(
    before: Manifest, after: Manifest, writer: Writer, claimed: frozenset[Path] | None = None
) -> Manifest:
    """Return ``after`` with the ``managedFields`` that follow from those of ``before``.

    Args:
        claimed: what the writer owns from now on; without it, what it changed is added.
    """
    was, now = leaves(before), leaves(after)
    changed = {path for path, value in now.items() if path not in was or was[path] != value}
    owned = {other: paths - changed for other, paths in _owned(before).items()}
    mine = owned.get(writer, frozenset()) | {p for p in changed if _is_for(writer, p)}
    owned[writer] = frozenset(mine if claimed is None else claimed)
    entries = [
        _entry(other, kept, str(after.get("apiVersion", "")))
        for other, paths in owned.items()
        if (kept := paths & now.keys())
    ]
    metadata = {k: v for k, v in after["metadata"].items() if k != "managedFields"}
    return {**after, "metadata": metadata | ({"managedFields": entries} if entries else {})}


def _is_for(writer: Writer, path: Path) -> bool:
    return (path[0] == "f:status") is (writer.subresource == "status")


def _owned(live: Manifest) -> dict[Writer, frozenset[Path]]:
    return {
        Writer(entry["manager"], entry.get("operation", "Update"), entry.get("subresource", "")):
        frozenset(_paths(entry.get("fieldsV1") or {}))
        for entry in live.get("metadata", {}).get("managedFields") or ()
    }  # fmt: skip


def _entry(writer: Writer, paths: Iterable[Path], api_version: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for path in sorted(paths):
        at = fields
        for step in path:
            at = at.setdefault(step, {".": {}} if step.startswith("k:") else {})
    subresource = {"subresource": writer.subresource} if writer.subresource else {}
    return {
        "manager": writer.manager,
        "operation": writer.operation,
        "apiVersion": api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        **subresource,
    }


def _paths(fields: Mapping[str, Any], root: Path = ()) -> Iterator[Path]:
    for step, below in fields.items():
        if step == ".":
            continue
        path = (*root, step)
        if any(name != "." for name in below):
            yield from _paths(below, path)
        else:
            yield path
