"""What can be said of an object's health, and the conditions that it rests on.

The words are kstatus's: Current, InProgress, Failed, Terminating, NotFound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from rhoai_operator.core.quoting import reason_word


class Health(StrEnum):
    """Where an object stands between its spec and its status."""

    CURRENT = "Current"
    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    TERMINATING = "Terminating"
    NOT_FOUND = "NotFound"


@dataclass(frozen=True, slots=True)
class Assessment:
    """A verdict and the fact it rests on, e.g. ``InProgress, "1/2 updated"``.

    ``reason`` is a CamelCase word for programs where there is a better one than the verdict.
    """

    health: Health
    message: str = ""
    reason: str = ""


Fields: TypeAlias = Mapping[str, Any]
"""Some object's ``spec``, ``status`` or condition."""

Rule: TypeAlias = Callable[[Fields, Fields], Assessment]
"""Judges one kind by spec and status."""

CURRENT = Assessment(Health.CURRENT)


def in_progress(message: str, reason: str = "") -> Assessment:
    """Return that the object is on its way; a ``reason`` that is no word is left out."""
    return Assessment(Health.IN_PROGRESS, message, reason_word(reason))


def failed(message: str, reason: str = "") -> Assessment:
    """Return that nothing will change unless somebody acts; ``reason`` likewise."""
    return Assessment(Health.FAILED, message, reason_word(reason))


def mapping(value: Any) -> Fields:  # noqa: ANN401 - any JSON value
    """Return ``value`` if it is a JSON object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def conditions(status: Fields) -> Mapping[str, Fields]:
    """Return ``status.conditions`` by type; what is no condition is passed over."""
    listed = status.get("conditions")
    found = listed if isinstance(listed, list | tuple) else ()
    return {
        c["type"]: c for c in found if isinstance(c, Mapping) and isinstance(c.get("type"), str)
    }


def is_true(condition: Fields | None) -> bool:
    """Tell whether a condition is there and holds."""
    return condition is not None and condition.get("status") == "True"
