"""Objects that the Go operator made: what its field managers own becomes ours. Pure.

Were their entries left, fields that we do not state would stay for ever, and what they set would
look like a user's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rhoai_operator.core.fields import FIELD_MANAGER
from rhoai_operator.core.objects import Manifest

_CREATORS = frozenset({"manager", "opendatahub-operator", "rhods-operator"})
"""Under which names it creates and updates."""

Entry = Mapping[str, Any]


def inherited(
    live: Manifest, owners: Collection[str], subresource: str | None = None
) -> list[Entry] | None:
    """Return ``managedFields`` in which we own what it owned; None where it owned nothing.

    Args:
        owners: names of its custom resources, under which it applies.
        subresource: only what was written there; None: everything.
    """
    entries: Sequence[Entry] = live["metadata"].get("managedFields") or ()

    def is_heirloom(entry: Entry) -> bool:
        is_meant = subresource in (None, entry.get("subresource", ""))
        return is_meant and _is_predecessors(entry, owners)

    if not any(map(is_heirloom, entries)):
        return None
    kept: list[Entry] = []
    ours: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in entries:
        if is_heirloom(entry) or _is_ours(entry):
            key = str(entry.get("apiVersion", "")), str(entry.get("subresource", ""))
            known = ours.setdefault(key, {**entry, "manager": FIELD_MANAGER, "operation": "Apply"})
            known["fieldsV1"] = _union(known.get("fieldsV1") or {}, entry.get("fieldsV1") or {})
        else:
            kept.append(entry)
    return [*kept, *ours.values()]


def _is_predecessors(entry: Entry, owners: Collection[str]) -> bool:
    manager, operation = entry.get("manager"), entry.get("operation")
    if operation == "Apply":
        return manager in owners
    return operation == "Update" and manager in _CREATORS


def _is_ours(entry: Entry) -> bool:
    return entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Apply"


def _union(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    both = {key: _union(one[key], other[key]) for key in one.keys() & other.keys()}
    return {**one, **other, **both}
