"""Values that a component reads from the cluster, for its templates. Pure."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

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

    @property
    def placeholder(self) -> Any:  # noqa: ANN401 - a JSON value
        """What stands in its place where no cluster is asked."""
        named = f"<{_dotted(self.path)} of {self.ref}>"
        return named if self.default is ABSENT else self.default


@dataclass(frozen=True, slots=True)
class ServedValue:
    """Whether a kind is served: True or False."""

    name: str
    kind: ApiKind

    @property
    def placeholder(self) -> bool:
        """What stands in its place where no cluster is asked: everything is served there."""
        return True


Value: TypeAlias = ObjectValue | ServedValue


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
    live: Mapping[ObjectRef, Manifest | None],
    served: Collection[tuple[str, str, str]],
) -> dict[str, Any]:
    """Read all values that are there, by name.

    Args:
        live: the objects of all ``ObjectValue``; one that is not in it is absent.
        served: group, version and kind of what the cluster serves.
    """
    found = {
        value.name: value.kind in served
        if isinstance(value, ServedValue)
        else read_value(value, live.get(value.ref))
        for value in values
    }
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
