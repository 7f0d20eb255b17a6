"""Conditions: the standard Kubernetes answer to "how is it going, and why?"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

MESSAGE_LIMIT = 32768
"""Characters the API server takes in a condition's message."""


class Truth(StrEnum):
    """The three values a condition's ``status`` can take."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Condition:
    """One aspect of an object's state, true to ``metav1.Condition``.

    Attributes:
        type: CamelCase aspect such as ``Ready``.
        reason: CamelCase word for programs. Never empty.
        message: a sentence for people; may be empty.
        observed_generation: ``metadata.generation`` this was computed from.
        last_transition_time: when ``status`` last changed, in UTC, whole seconds.
    """

    type: str
    status: Truth
    reason: str
    message: str
    observed_generation: int
    last_transition_time: datetime

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; the message is cut at the API server's limit."""
        text = self.message
        return {
            "type": self.type,
            "status": self.status.value,
            "reason": self.reason,
            "message": text if len(text) <= MESSAGE_LIMIT else f"{text[: MESSAGE_LIMIT - 1]}…",
            "observedGeneration": self.observed_generation,
            "lastTransitionTime": self.last_transition_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


def conditions_of(body: Mapping[str, Any]) -> tuple[Condition, ...]:
    """Read ``status.conditions`` of an object; what is not a condition is passed over."""
    found = (body.get("status") or {}).get("conditions") or ()
    return tuple(filter(None, map(_condition, found)))


def _condition(raw: Mapping[str, Any]) -> Condition | None:
    try:
        return Condition(
            type=raw["type"],
            status=Truth(raw["status"]),
            reason=raw.get("reason") or "Unknown",
            message=raw.get("message") or "",
            observed_generation=int(raw.get("observedGeneration") or 0),
            last_transition_time=datetime.fromisoformat(raw["lastTransitionTime"]).astimezone(UTC),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def merge(old: Iterable[Condition], new: Iterable[Condition]) -> tuple[Condition, ...]:
    """Return ``new``, keeping the transition time of every status that did not change.

    Conditions absent from ``new`` are dropped: whoever computes conditions computes all
    of them, every time.
    """
    before = {c.type: c for c in old}
    return tuple(
        replace(c, last_transition_time=before[c.type].last_transition_time)
        if c.type in before and before[c.type].status is c.status
        else c
        for c in new
    )
