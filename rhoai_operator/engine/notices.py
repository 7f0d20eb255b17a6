"""Which changes of conditions are worth an Event. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.conditions import Condition, Truth

NAMED = 5

_QUIET = frozenset(
    {"Removed", "Removing", "Pruning", "Progressing", "Reconciling", "WaitingForNamespaces"}
)
"""Reasons for not being True that nobody has to be told of."""

_DERIVED = frozenset({
    "Available", "Progressing", "Degraded", "Upgradeable", "ReconcileComplete",
    "Reconciling", "Stalled",
})  # fmt: skip

_VERBS = {
    Action.CREATED: ("Created", "created"),
    Action.CONFIGURED: ("Configured", "configured"),
    Action.DELETED: ("Pruned", "deleted"),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What an Event says."""

    reason: str
    note: str
    warning: bool = False

    @property
    def fields(self) -> dict[str, Any]:
        """Return it as keyword arguments of a recorder."""
        return {"reason": self.reason, "note": self.note, "warning": self.warning}


def notices(before: Iterable[Condition], after: Iterable[Condition]) -> Iterator[Notice]:
    """Choose what to tell: became Ready, is no longer, or is not for a new reason."""
    old = {condition.type: condition for condition in before}
    for condition in after:
        known = old.get(condition.type)
        was = (known.status, known.reason) if known else (Truth.UNKNOWN, "")
        if condition.type in _DERIVED or (condition.status, condition.reason) == was:
            continue
        if condition.type == "Ready" and not _speaks_for_itself(condition):
            continue
        note = f"{condition.type}: {condition.message or condition.reason}"
        if condition.status is Truth.TRUE and was[0] is not Truth.TRUE:
            yield Notice("Ready", note)
        elif condition.status is Truth.FALSE and condition.reason not in _QUIET:
            yield Notice("Degraded" if was[0] is Truth.TRUE else condition.reason, note, True)


def _speaks_for_itself(ready: Condition) -> bool:
    """The summary repeats what its parts have said, unless all is well or it has no parts."""
    return ready.status is Truth.TRUE or ready.reason.startswith("Duplicate")


def _taken_over(component: str, changes: Iterable[Change]) -> Iterator[Notice]:
    """Tell what the Go operator had made, and what is not as it was."""
    found = [change for change in changes if change.action is Action.ADOPTED]
    if not found:
        return
    notable = [f"{change.ref} {change.detail}" for change in found if change.detail]
    more = f" and {len(notable) - NAMED} more" if len(notable) > NAMED else ""
    named = f"; but for {', '.join(notable[:NAMED])}{more}" if notable else ""
    yield Notice("TakenOver", f"{component}: took over {len(found)} objects as they were{named}")


def changes_made(component: str, changes: Iterable[Change]) -> Iterator[Notice]:
    """Tell what was taken over, created, configured and deleted, one notice for each."""
    changes = tuple(changes)
    yield from _taken_over(component, changes)
    for action, (reason, verb) in _VERBS.items():
        refs = [str(change.ref) for change in changes if change.action is action]
        if refs:
            more = f" and {len(refs) - NAMED} more" if len(refs) > NAMED else ""
            count = f"{len(refs)} object{'s' if len(refs) > 1 else ''}"
            yield Notice(reason, f"{component}: {verb} {count}: {', '.join(refs[:NAMED])}{more}")
