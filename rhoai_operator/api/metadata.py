"""The part of ``metadata`` that decides anything here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

NEVER = datetime.max.replace(tzinfo=UTC)
"""When an object was created that no API server has stored: after all others."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Who an object is and which version of it this is.

    Attributes:
        generation: counts the changes of ``spec``; 0 before it is stored.
        created: in UTC, whole seconds.
        deleting: a finalizer is all that keeps it.
    """

    name: str
    uid: str
    generation: int
    created: datetime
    deleting: bool
    annotations: Mapping[str, str]
    finalizers: tuple[str, ...]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Read what is there; what is missing or of another type is empty, 0 or ``NEVER``."""
        metadata = body.get("metadata")
        given = metadata if isinstance(metadata, Mapping) else {}
        return cls(
            name=_text(given.get("name")),
            uid=_text(given.get("uid")),
            generation=_number(given.get("generation")),
            created=_time(given.get("creationTimestamp")),
            deleting=bool(given.get("deletionTimestamp")),
            annotations=_texts(given.get("annotations")),
            finalizers=tuple(_strings(given.get("finalizers"))),
        )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _texts(value: object) -> Mapping[str, str]:
    pairs = value.items() if isinstance(value, Mapping) else ()
    return {key: text for key, text in pairs if isinstance(key, str) and isinstance(text, str)}


def _strings(value: object) -> Iterable[str]:
    parts = value if isinstance(value, Iterable) and not isinstance(value, str) else ()
    return (part for part in parts if isinstance(part, str))


def _time(value: object) -> datetime:
    """Read RFC 3339, or what a YAML reader made of it."""
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    except ValueError:
        return NEVER
    return time if time.tzinfo else time.replace(tzinfo=UTC)
