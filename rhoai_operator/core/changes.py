"""What one reconcile did to each object."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rhoai_operator.core.objects import ObjectRef


class Action(StrEnum):
    """The outcome of applying or pruning one object.

    ``taken over``: the Go operator had made it; ``corrected``: somebody else had changed or
    deleted it; ``waiting``: not its turn yet; ``held``: a field manager keeps rewriting it, so
    it is left for some minutes.
    """

    CREATED = "created"
    CONFIGURED = "configured"
    CORRECTED = "corrected"
    UNCHANGED = "unchanged"
    ADOPTED = "taken over"
    SKIPPED = "skipped"
    WAITING = "waiting"
    HELD = "held"
    DELETED = "deleted"
    DELETING = "deleting"
    FAILED = "failed"


NOT_SERVED = "KindNotServed"
"""``Change.error`` of an optional object that is SKIPPED because the cluster lacks its kind."""


@dataclass(frozen=True, slots=True)
class Change:
    """One object and what became of it.

    ``detail`` explains what is no plain success, and tells of one that was recreated; ``error``
    names the class of error behind it, where there is one, and is the condition's reason;
    ``passing`` tells that it is expected to end by itself. ``awaits`` holds group, version and kind
    of all that has to be served before its turn comes.
    """

    ref: ObjectRef
    action: Action
    detail: str = ""
    error: str = ""
    passing: bool = False
    awaits: frozenset[tuple[str, str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """All changes of one step, in the order they were made."""

    changes: tuple[Change, ...] = ()

    def refs(self, *actions: Action) -> frozenset[ObjectRef]:
        """Return the objects whose outcome is one of ``actions``."""
        return frozenset(c.ref for c in self.changes if c.action in actions)

    @property
    def failed(self) -> tuple[Change, ...]:
        """The changes that need a retry."""
        return tuple(c for c in self.changes if c.action is Action.FAILED)
