"""What others have set beside our fields so that both together are no valid object. Pure.

Server-side apply sets our fields and leaves all others: where somebody has given a volume a second
source, or a strategy of one type the parameters of another, the merged object is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from rhoai_operator.core.fields import ITEM_KEYS
from rhoai_operator.core.objects import Manifest

Token: TypeAlias = str | int

_TOKEN = re.compile(r"\.?(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]")
_SHALLOWEST = 3
"""Elements of the path of a field that may be looked at: ``spec.strategy.rollingUpdate``."""
_CONTAINERS = frozenset({"containers", "ephemeralContainers", "initContainers"})


def relief(live: Manifest, wanted: Manifest, fields: Iterable[str]) -> dict[str, Any]:
    """Return a JSON merge patch that makes ``live`` like ``wanted`` around some fields.

    What holds the field is replaced by what ``wanted`` has there, so that what others have set
    beside it goes; of lists without names, such as ports, that is the whole list. It is empty
    where that changes nothing.

    Args:
        fields: paths as the API server names them, ``spec.template.spec.volumes[0].configMap``;
            those outside of ``spec``, directly in it, or directly in a container are passed over.
    """
    relieved: Any = live
    for field in fields:
        path = _path(field)
        if len(path) >= _SHALLOWEST and path[0] == "spec" and not _is_in_container(path):
            relieved = _replaced(relieved, wanted, path[:-1])
    found = _difference(live, relieved)
    return found if isinstance(found, dict) else {}


def _path(field: str) -> tuple[Token, ...]:
    found = _TOKEN.finditer(field)
    return tuple(int(m["index"]) if m["index"] else m["name"] for m in found)


def _is_in_container(path: tuple[Token, ...]) -> bool:
    return len(path) > _SHALLOWEST and path[-3] in _CONTAINERS


def _replaced(live: Any, wanted: Any, path: tuple[Token, ...], key: str = "") -> Any:  # noqa: ANN401
    """Copy ``live`` as far as needed to have the value of ``wanted`` at ``path``."""
    if not path:
        return wanted
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        ours = _counterpart(live, wanted, step, ITEM_KEYS.get(key, ""))
        if ours is None:
            return live
        return [*live[:step], _replaced(live[step], ours, rest), *live[step + 1 :]]
    if not isinstance(live, Mapping) or not isinstance(wanted, Mapping):
        return live
    if step not in live or step not in wanted:
        return live
    if rest and isinstance(rest[0], int) and step not in ITEM_KEYS:
        rest = ()  # the index is that of the merged list
    return {**live, step: _replaced(live[step], wanted[step], rest, step)}


def _counterpart(live: Any, wanted: Any, index: int, named: str) -> Any:  # noqa: ANN401
    """Return the item of ``wanted`` that has the name of an item of ``live``."""
    if not isinstance(live, list) or not isinstance(wanted, list) or index >= len(live):
        return None
    name = live[index].get(named)
    return next((item for item in wanted if name and item.get(named) == name), None)


def _difference(before: Any, after: Any) -> Any:  # noqa: ANN401
    """Return the merge patch that leads from one value to another."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return after
    gone = {key: None for key in before if key not in after}
    changed = {
        key: _difference(before.get(key), value)
        for key, value in after.items()
        if key not in before or before[key] != value
    }
    return gone | changed
