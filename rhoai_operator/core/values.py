"""Values that a component reads from the cluster, for its templates. Pure."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

from rhoai_operator.core.hidden import Hidden
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.policies import ApiKind


class Absent(Enum):
    """What is not there, where None is a value."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class ObjectValue:
    """A field of an object.

    Attributes:
        name: what templates call it; one of a component that objects are shared with has that
            one's name and a dot before it.
        path: keys and, where digits meet a list, indices.
        default: what holds while it is absent; ``ABSENT`` where there is none.
    """

    name: str
    ref: ObjectRef
    path: tuple[str, ...]
    default: Any = ABSENT

    def __str__(self) -> str:
        """Say which field of which object."""
        return f"{_dotted(self.path)} of {self.ref} ({self.ref.api_version})"

    def placeholder(self, *, plain: bool = False) -> Any:  # noqa: ANN401 - a JSON value
        """Return what stands in its place where no cluster is asked.

        Args:
            plain: the object is not there, as on a cluster that serves Kubernetes only. Else it
                is, as far as the default does not tell more than nothing.
        """
        unknown = self.default is ABSENT or (self.default == "" and not plain)
        return f"<{_dotted(self.path)} of {self.ref}>" if unknown else self.default


@dataclass(frozen=True, slots=True)
class ServedValue:
    """Whether a kind is served: True or False."""

    name: str
    kind: ApiKind

    def placeholder(self, *, plain: bool = False) -> bool:
        """Return what stands in its place where no cluster is asked."""
        return not plain


class ListedKind(NamedTuple):
    """All objects of a kind, as far as their names and some parts go.

    Attributes:
        keep: paths of the parts.
    """

    kind: ApiKind
    keep: tuple[tuple[str, ...], ...]


Hook: TypeAlias = Callable[..., Any]
"""Takes one sequence of objects for each kind that is listed, returns a JSON value. Pure."""


@dataclass(frozen=True, slots=True)
class ComputedValue:
    """What a hook makes of all objects of some kinds."""

    name: str
    lists: tuple[ListedKind, ...]
    hook: Hook

    def placeholder(self, *, plain: bool = False) -> Any:  # noqa: ANN401 - as above
        """Return what stands in its place where no cluster is asked: there are no such objects."""
        return self.hook(*(() for _ in self.lists))


Value: TypeAlias = ObjectValue | ServedValue | ComputedValue


def read_value(value: ObjectValue, live: Manifest | None) -> Any:  # noqa: ANN401 - a JSON value
    """Read a value off the live object; its default where that lacks it, None included.

    The values of a Secret's ``data`` are decoded, and hidden from logs.

    Returns:
        A JSON value, or ``ABSENT``.
    """
    found = ABSENT if live is None else _follow(live, value.path)
    if value.ref.kind == "Secret" and value.path[:1] == ("data",):
        found = _decoded(found)
    return value.default if found is ABSENT or found is None else found


def read_values(
    values: Iterable[Value],
    get: Callable[[ObjectRef], Manifest | None],
    every: Callable[[ListedKind], Sequence[Manifest]],
    served: Collection[tuple[str, str, str]],
) -> dict[str, Any]:
    """Read all values that are there, by name.

    Args:
        get: finds the object of an ``ObjectValue``.
        every: finds the objects of a ``ComputedValue``.
        served: group, version and kind of what the cluster serves.
    """

    def read(value: Value) -> Any:  # noqa: ANN401 - a JSON value
        match value:
            case ServedValue():
                return value.kind in served
            case ComputedValue():
                return value.hook(*map(every, value.lists))
            case _:
                return read_value(value, get(value.ref))

    found = {value.name: read(value) for value in values}
    return {name: value for name, value in found.items() if value is not ABSENT}


def _follow(value: Any, path: Sequence[str]) -> Any:  # noqa: ANN401 - a JSON value
    for step in path:
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ABSENT
    return value


def _decoded(found: Any) -> Any:  # noqa: ANN401 - as above
    """Decode one value or all of them; what is no text counts as absent."""
    if isinstance(found, Mapping):
        texts = {key: _decoded(item) for key, item in found.items()}
        return {key: text for key, text in texts.items() if text is not ABSENT}
    try:
        return Hidden(base64.b64decode(found, validate=True).decode())
    except (TypeError, ValueError):
        return ABSENT


def _dotted(path: Sequence[str]) -> str:
    return ".".join(step.replace(".", "\\.") for step in path)
