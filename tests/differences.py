"""Where two objects differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from rhoai_operator.core.objects import Manifest

Difference: TypeAlias = tuple[str, Any, Any]
"""The path of a field, what it is, and what it should be."""


def differences(left: Any, right: Any, path: str = "") -> Iterator[Difference]:
    """Yield the path and both values of every leaf in which two JSON values differ."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for key in sorted({*left, *right}):
            yield from differences(left.get(key), right.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from differences(one, other, f"{path}[{index}]")
    elif left != right:
        yield path, left, right


def overlap(live: Any, stated: Any) -> Any:
    """Return of a live value what the other one states something about."""
    if isinstance(live, Mapping) and isinstance(stated, Mapping):
        return {key: overlap(live[key], stated[key]) for key in stated if key in live}
    if isinstance(live, list) and isinstance(stated, (list, tuple)) and len(live) == len(stated):
        return [overlap(one, other) for one, other in zip(live, stated, strict=True)]
    return live


def stated(live: Manifest) -> Manifest:
    """Leave out what is not anybody's intent, and the rules that another controller gathers."""
    passing = {"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"}
    rest = {key: value for key, value in live.items() if key not in {"status", "metadata"}}
    if live.get("aggregationRule"):
        rest.pop("rules", None)
    metadata = {key: value for key, value in live["metadata"].items() if key not in passing}
    return {**rest, "metadata": metadata}
