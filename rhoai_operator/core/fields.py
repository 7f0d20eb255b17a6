"""Whose fields are they? What field managers own of an object, and what we want of it. Pure.

Paths are dotted, items of lists in brackets: ``spec.template.spec.containers[main].image``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from rhoai_operator.core.objects import MANAGED, Manifest
from rhoai_operator.core.quantities import quantity

FIELD_MANAGER = "rhoai-operator"
"""The name under which this operator applies."""

ITEM_KEYS: Mapping[str, str] = {
    "containers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "ownerReferences": "uid",
    "volumeMounts": "mountPath",
    "volumes": "name",
    "webhooks": "name",
}
"""Lists in which others may add items of their own, and the key that names an item."""

_TEMPLATE = ("spec", "template", "spec")
_WORKLOADS = frozenset({"Deployment", "StatefulSet", "ReplicaSet"})

Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """A field of an object that a field manager other than ours has written.

    Attributes:
        owner: the field manager's name.
        path: of the field, see above.
    """

    owner: str
    path: str


def project(live: Any, wanted: Any, key: str = "") -> Any:  # noqa: ANN401 - JSON values
    """Return the part of ``live`` that ``wanted`` speaks of, whatever the values are.

    What others may add (fields, items of :data:`ITEM_KEYS`) is left out; selectors and all other
    lists count as a whole, as whoever writes one of them owns all of it.

    Args:
        key: name of the field that holds the value.
    """
    if live == wanted:
        return live
    if isinstance(wanted, Mapping) and isinstance(live, Mapping) and not is_selector(key):
        return {name: project(live[name], wanted[name], name) for name in wanted if name in live}
    pairs = _named_pairs(live, wanted, key)
    return live if pairs is None else [project(*pair) for pair in pairs]


def agrees(live: Any, wanted: Any, key: str = "") -> bool:  # noqa: ANN401 - JSON values
    """Tell whether ``live`` says all that ``wanted`` says.

    What others may add does not matter, nor what API servers add to items of lists as defaults,
    or leave out because it is empty.

    Args:
        key: name of the field that holds the value.
    """
    if isinstance(wanted, Mapping) and isinstance(live, Mapping) and not is_selector(key):
        return all(agrees(live.get(name), value, name) for name, value in wanted.items())
    pairs = _named_pairs(live, wanted, key)
    if pairs is None and isinstance(live, list) and isinstance(wanted, list):
        pairs = list(zip(live, wanted, strict=True)) if len(live) == len(wanted) else None
    if pairs is None:
        return bool(live == wanted or (live is None and not wanted))
    return all(agrees(*pair) for pair in pairs)


def overlaid(live: Any, wanted: Any, key: str = "") -> Any:  # noqa: ANN401 - JSON values
    """Return ``live`` with all that ``wanted`` says; what agrees already stays as it is spelt.

    Args:
        key: name of the field that holds the value.
    """
    if agrees(live, wanted, key):
        return live
    if isinstance(wanted, Mapping) and isinstance(live, Mapping) and not is_selector(key):
        said = {name: overlaid(live.get(name), value, name) for name, value in wanted.items()}
        return {**live, **said}
    pairs = _named_pairs(live, wanted, key)
    if pairs is None:
        return wanted
    names = {item[ITEM_KEYS[key]] for item in wanted}
    others = [item for item in live if item[ITEM_KEYS[key]] not in names]
    return [overlaid(*pair) for pair in pairs] + others


def is_selector(key: str) -> bool:
    """Tell of the only mappings in what we apply that have one owner, as a whole."""
    return key.endswith("elector")


def _named_pairs(live: Any, wanted: Any, key: str) -> list[tuple[Any, Any]] | None:  # noqa: ANN401
    """Pair items by the key that names them, None for one that is not live; else return None."""
    named = ITEM_KEYS.get(key)
    if not named or not _has_names(live, named) or not _has_names(wanted, named):
        return None
    found = {item[named]: item for item in live}
    return [(found.get(item[named]), item) for item in wanted]


def _has_names(value: Any, named: str) -> bool:  # noqa: ANN401
    return isinstance(value, list) and all(isinstance(i, Mapping) and named in i for i in value)


def foreign_entries(live: Manifest) -> list[Mapping[str, Any]]:
    """Return the ``managedFields`` of all but ourselves, and of nobody's status."""
    entries: Sequence[Mapping[str, Any]] = live["metadata"].get("managedFields") or ()
    return [
        entry
        for entry in entries
        if entry.get("manager") != FIELD_MANAGER and entry.get("subresource") != "status"
    ]


def is_edited(live: Manifest) -> bool:
    """Tell whether somebody other than ourselves has written anything of an object's spec."""
    return any(path[0] == "spec" for _, path in _foreign_paths(live))


def contested(live: Manifest, wanted: Manifest) -> tuple[Claim, ...]:
    """Return those claims whose value in ``live`` is another than the one in ``wanted``.

    Of an object known by its metadata only, all claims outside of metadata count.
    """
    return tuple(sorted(set(_contested(live, wanted))))


def _contested(live: Manifest, wanted: Manifest) -> Iterator[Claim]:
    for owner, path in _foreign_paths(live):
        ours, theirs = _follow(wanted, path), _follow(live, path)
        if ours is _ABSENT or (theirs is _ABSENT and path[0] in live):
            continue
        if isinstance(ours, Mapping) and not is_selector(path[-1]):
            continue  # it owns the mapping, and none of our fields in it
        if not _is_same(path, theirs, ours):
            yield Claim(owner, dotted(path))


def yielded(live: Manifest, wanted: Manifest, insisted: Collection[str] = frozenset()) -> Manifest:
    """Return ``wanted`` without what a user may set for good, where another has set it otherwise.

    That is the number of replicas, and of containers' resources each single amount, unless the
    live object says ``opendatahub.io/managed: "true"``.

    Args:
        insisted: paths of what holds nevertheless.
    """
    annotations = live["metadata"].get("annotations") or {}
    if wanted["kind"] not in _WORKLOADS or annotations.get(MANAGED) == "true":
        return wanted
    for path in sorted({path for _, path in _foreign_paths(live) if _is_yieldable(path)}):
        theirs, ours = _follow(live, path), _follow(wanted, path)
        if theirs is _ABSENT or ours is _ABSENT or isinstance(ours, Mapping):
            continue
        if dotted(path) not in insisted and not _is_same(path, theirs, ours):
            wanted = _without(wanted, path)
    return wanted


def _foreign_paths(live: Manifest) -> Iterator[tuple[str, Path]]:
    for entry in foreign_entries(live):
        for path in _leaves(entry.get("fieldsV1") or {}):
            yield str(entry.get("manager", "")), path


def _is_yieldable(path: Path) -> bool:
    if path == ("spec", "replicas"):
        return True
    in_container = path[:3] == _TEMPLATE and path[3:4] in (("containers",), ("initContainers",))
    return in_container and path[5:6] == ("resources",)


def _is_same(path: Path, theirs: Any, ours: Any) -> bool:  # noqa: ANN401
    if agrees(theirs, ours, path[-1]):
        return True
    amounts = quantity(theirs), quantity(ours)
    return "resources" in path and amounts[0] is not None and amounts[0] == amounts[1]


def _leaves(fields: Mapping[str, Any], root: Path = ()) -> Iterator[Path]:
    """Go through the paths of ``fieldsV1``: ``f:`` names a field, ``k:`` and ``v:`` an item."""
    for name, below in fields.items():
        if name == ".":
            continue
        path = (*root, _step(name))
        if any(key != "." for key in below):
            yield from _leaves(below, path)
        else:
            yield path


def _step(name: str) -> str:
    if name.startswith("f:"):
        return name[2:]
    return f"[{name}]"


class _Absent:
    """What is not there, where None is a value."""


_ABSENT = _Absent()


def _follow(value: Any, path: Path) -> Any:  # noqa: ANN401 - JSON values
    for step in path:
        value = _item(value, step) if step.startswith("[") else _field(value, step)
        if value is _ABSENT:
            return value
    return value


def _field(value: Any, name: str) -> Any:  # noqa: ANN401
    return value[name] if isinstance(value, Mapping) and name in value else _ABSENT


def _item(value: Any, step: str) -> Any:  # noqa: ANN401
    found = [item for item in value if _is_meant(item, step)] if isinstance(value, list) else []
    return found[0] if found else _ABSENT


def _is_meant(item: Any, step: str) -> bool:  # noqa: ANN401
    kind, _, raw = step[1:-1].partition(":")
    if kind == "v":
        return bool(item == json.loads(raw))
    if kind != "k" or not isinstance(item, Mapping):
        return False
    keys: Mapping[str, Any] = json.loads(raw)
    defaults = {"protocol": "TCP"}
    return all(item.get(key, defaults.get(key)) == value for key, value in keys.items())


def _without(value: Any, path: Path) -> Any:  # noqa: ANN401
    """Copy a value as far as needed to leave out one field."""
    step, rest = path[0], path[1:]
    if isinstance(value, list):
        return [_without(item, rest) if _is_meant(item, step) else item for item in value]
    if not rest:
        return {key: below for key, below in value.items() if key != step}
    return {**value, step: _without(value[step], rest)}


def amount_path(container: str, kind: str, resource: str) -> str:
    """Write the path of an amount, such as ``limits`` of ``cpu``, in a workload."""
    item = f"[k:{json.dumps({'name': container})}]"
    return dotted((*_TEMPLATE, "containers", item, "resources", kind, resource))


def dotted(path: Path) -> str:
    """Write a path as people do."""
    return "".join(map(_written, path)).removeprefix(".")


def _written(step: str) -> str:
    if step.startswith("["):
        return f"[{_item_name(step)}]"
    return f"[{step}]" if "." in step else f".{step}"


def _item_name(step: str) -> str:
    kind, _, raw = step[1:-1].partition(":")
    value = json.loads(raw) if kind in ("k", "v") else raw
    if isinstance(value, Mapping):
        return ",".join(str(value[key]) for key in sorted(value))
    return str(value)
