"""What an API server does to objects, as pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from rhoai_operator.core.objects import Manifest

Selector: TypeAlias = Callable[[Manifest], bool]
Json: TypeAlias = Mapping[str, Any]

_TERM = re.compile(r"(?P<key>[^\s=,(]+)\s*(?:=\s*(?P<one>[^,]*)|in\s*\((?P<many>[^)]*)\))?(?:,|$)")


def merge_patch(live: Json, patch: Json) -> dict[str, Any]:
    """RFC 7386: objects are merged, null removes, all else replaces."""
    merged = dict(live)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            known = merged.get(key)
            merged[key] = merge_patch(known if isinstance(known, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def apply_fields(live: Json, before: Json, now: Json) -> dict[str, Any]:
    """Server-side apply: set the fields of ``now``, drop those of ``before`` that it lacks.

    Lists are replaced as a whole.
    """
    merged = {key: value for key, value in live.items() if key in now or key not in before}
    for key, value in now.items():
        if isinstance(value, Mapping):
            merged[key] = apply_fields(_object(live.get(key)), _object(before.get(key)), value)
        else:
            merged[key] = value
    return merged


def _object(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def selector(labels: str) -> Selector:
    """Read ``k=v``, ``k in (a,b)`` and ``k``, joined by commas."""
    wanted: dict[str, frozenset[str] | None] = {}
    for term in _TERM.finditer(labels):
        one, many = term["one"], term["many"]
        values = (one if many is None else many) if (one, many) != (None, None) else None
        wanted[term["key"]] = frozenset(map(str.strip, values.split(","))) if values else None

    def selects(live: Manifest) -> bool:
        have = live["metadata"].get("labels") or {}
        return all(
            key in have and (values is None or have[key] in values)
            for key, values in wanted.items()
        )

    return selects
