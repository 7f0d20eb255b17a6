"""What is kept in memory of an object that is watched. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rhoai_operator.core.fields import foreign_entries
from rhoai_operator.core.objects import CONTENT_KINDS, Manifest

_STATUS = ("observedGeneration", "conditions")
_POD = ("phase", "reason", "message", "conditions", "initContainerStatuses", "containerStatuses")
_POD_METADATA = ("name", "namespace", "uid", "labels", "deletionTimestamp", "resourceVersion")


def owned(live: Manifest) -> Manifest:
    """Keep what tells drift and health of an object that is ours.

    ``managedFields`` shrink to those of other field managers. Where there is a generation it
    stands for the content, unless health is read off that or a user's part of it is kept.
    """
    metadata = {k: v for k, v in live["metadata"].items() if k != "managedFields"}
    if entries := foreign_entries(live):
        metadata["managedFields"] = entries
    kept: dict[str, Any] = {**live, "metadata": metadata}
    if "generation" in metadata and live["kind"] not in CONTENT_KINDS:
        status = live.get("status") or {}
        kept = {key: kept[key] for key in ("apiVersion", "kind", "metadata")}
        kept["status"] = {key: status[key] for key in _STATUS if key in status}
    return kept


def whole(live: Manifest) -> Manifest:
    """Keep everything but who owns which field."""
    metadata = {k: v for k, v in live["metadata"].items() if k != "managedFields"}
    return {**live, "metadata": metadata}


def parts(live: Manifest, paths: Iterable[tuple[str, ...]]) -> Manifest:
    """Keep name, version and some parts."""
    kept: dict[str, Any] = {**name_only(live)}
    for path in paths:
        value: Any = live
        for step in path:
            value = (value or {}).get(step)
        below = kept
        for step in path[:-1]:
            below = below.setdefault(step, {})
        if value is not None:
            below[path[-1]] = value
    return kept


def same(before: Manifest, after: Manifest) -> bool:
    """Tell whether what is kept of an object differs in nothing but the version."""
    return _versionless(before) == _versionless(after)


def _versionless(kept: Manifest) -> Manifest:
    metadata = {k: v for k, v in kept["metadata"].items() if k != "resourceVersion"}
    return {**kept, "metadata": metadata}


def pod(live: Manifest) -> Manifest:
    """Keep what tells why a pod is not Ready."""
    status = live.get("status") or {}
    metadata = live["metadata"]
    return {
        "apiVersion": live["apiVersion"],
        "kind": live["kind"],
        "metadata": {key: metadata[key] for key in _POD_METADATA if key in metadata},
        "status": {key: status[key] for key in _POD if key in status},
    }


def name_only(live: Manifest) -> Manifest:
    """Keep the name and the version."""
    metadata = live["metadata"]
    kept = {key: metadata[key] for key in ("name", "namespace") if key in metadata}
    kept["resourceVersion"] = metadata.get("resourceVersion", "")
    return {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": kept}
