"""Who rules when there are several: the oldest. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from rhoai_operator.api.metadata import Metadata


class _Object(Protocol):
    @property
    def metadata(self) -> Metadata: ...


T = TypeVar("T", bound=_Object)


def ruling(objects: Iterable[T]) -> T | None:
    """Return the oldest of objects of one kind, by creation time, then name; None if there is none.

    One that is being deleted still rules until it is gone.
    """
    return min(objects, key=lambda o: (o.metadata.created, o.metadata.name), default=None)
