"""What an API server does to objects, as pure functions.

A path is of the steps that ``managedFields`` have: ``f:spec`` names a field, ``k:{"name":"web"}``
an item of a list.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, TypeAlias

from rhoai_operator.core.fields import ITEM_KEYS, is_selector
from rhoai_operator.core.objects import Manifest

Json: TypeAlias = Mapping[str, Any]
Path: TypeAlias = tuple[str, ...]

_SERVERS = frozenset({
    "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp",
    "deletionTimestamp", "managedFields",
})  # fmt: skip


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


def leaves(manifest: Manifest) -> dict[Path, Any]:
    """Return the values of all fields that somebody can own, by path."""
    metadata = {k: v for k, v in manifest.get("metadata", {}).items() if k not in _SERVERS}
    rest = {k: v for k, v in manifest.items() if k not in {"apiVersion", "kind", "metadata"}}
    return dict(_leaves({**rest, "metadata": metadata} if metadata else rest))


def _leaves(value: Json, root: Path = ()) -> Iterator[tuple[Path, Any]]:
    for name, below in value.items():
        path, key = (*root, f"f:{name}"), ITEM_KEYS.get(name)
        if isinstance(below, Mapping) and below and not is_selector(name):
            yield from _leaves(below, path)
        elif key and isinstance(below, list) and below:
            for item in below:
                yield from _leaves(item, (*path, f"k:{json.dumps({key: item.get(key)})}"))
        elif below is not None:
            yield path, below


def with_leaves(live: Manifest, wanted: Mapping[Path, Any]) -> dict[str, Any]:
    """Return an object with these fields set; lists whose items have no key are replaced."""
    merged: dict[str, Any] = copy.deepcopy(dict(live))
    for path, value in wanted.items():
        at: Any = merged
        for step, following in pairwise(path):
            at = _below(at, step, [] if following.startswith("k:") else {})
        name = path[-1].removeprefix("f:")
        if value != {} or not isinstance(at.get(name), dict):
            at[name] = copy.deepcopy(value)
    return merged


def _below(at: Any, step: str, empty: Any) -> Any:
    kind, name = step.split(":", 1)
    if kind == "f":
        if not isinstance(at.get(name), type(empty)):
            at[name] = empty
        return at[name]
    key = json.loads(name)
    for item in at:
        if item.items() >= key.items():
            return item
    at.append(key)
    return key


def without_leaf(value: Any, path: Path) -> Any:
    """Return a value without one field, and without what is empty then."""
    (kind, name), rest = path[0].split(":", 1), path[1:]
    if kind == "k":
        is_meant = json.loads(name).items()
        items = [without_leaf(i, rest) if i.items() >= is_meant else i for i in value]
        return [item for item in items if item]
    others = {key: below for key, below in value.items() if key != name}
    if name not in value or not rest:
        return others
    below = without_leaf(value[name], rest)
    return {**others, name: below} if below else others
