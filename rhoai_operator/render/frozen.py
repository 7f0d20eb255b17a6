"""Trees that are shared between renderings and therefore cannot be changed.

JSON encoders take them for what they are, dicts and lists; ``copy`` gives plain ones.
"""

from __future__ import annotations

from typing import Any, NoReturn


def _refuse(*_: object, **__: object) -> NoReturn:
    raise TypeError("this part of a rendered object is shared: copy it to change it")


class FrozenDict(dict[str, Any]):
    """A dict as it was made."""

    __setitem__: Any = _refuse
    __delitem__: Any = _refuse
    __ior__: Any = _refuse
    clear: Any = _refuse
    pop: Any = _refuse
    popitem: Any = _refuse
    setdefault: Any = _refuse
    update: Any = _refuse

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        """Copy as a plain dict."""
        return dict, (dict(self),)


class FrozenList(list[Any]):
    """A list as it was made."""

    __setitem__: Any = _refuse
    __delitem__: Any = _refuse
    __iadd__: Any = _refuse
    __imul__: Any = _refuse
    append: Any = _refuse
    clear: Any = _refuse
    extend: Any = _refuse
    insert: Any = _refuse
    pop: Any = _refuse
    remove: Any = _refuse
    reverse: Any = _refuse
    sort: Any = _refuse

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        """Copy as a plain list."""
        return list, (list(self),)


def freeze(value: Any) -> Any:  # noqa: ANN401 - a JSON value has no better type
    """Return an equal tree of frozen dicts and lists; parts that are frozen already are kept."""
    if isinstance(value, FrozenDict | FrozenList):
        return value
    if isinstance(value, dict):
        return FrozenDict({key: freeze(item) for key, item in value.items()})
    if isinstance(value, list):
        return FrozenList(freeze(item) for item in value)
    return value
