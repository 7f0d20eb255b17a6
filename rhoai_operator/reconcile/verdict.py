"""From what was done and found to what people read: one verdict per component. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from rhoai_operator.core.changes import NOT_SERVED
from rhoai_operator.core.conditions import Truth
from rhoai_operator.core.health import Assessment, Health
from rhoai_operator.core.objects import MANAGED, ObjectRef
from rhoai_operator.core.plan import ManagementState, Step
from rhoai_operator.core.report import Outcome
from rhoai_operator.reconcile.gates import PAUSED

NAMED = 5
"""Objects that a message names; the others are counted."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a component's condition says.

    Attributes:
        counts: False where it has no say in ``Ready``: Removed and Unmanaged components.
        stuck: nothing will change unless somebody acts.
    """

    status: Truth
    reason: str
    message: str = ""
    counts: bool = True
    stuck: bool = False


def judge(step: Step, outcome: Outcome | None) -> Verdict:
    """Judge a component by its newest outcome; None means that there was no attempt yet."""
    if outcome is None:
        return Verdict(Truth.UNKNOWN, "Reconciling", "not attempted yet")
    verdicts = (judgement(step, outcome) for judgement in _JUDGEMENTS)
    verdict = next(verdict for verdict in verdicts if verdict)
    message = "; ".join(part for part in (verdict.message, *_notes(step, outcome)) if part)
    return replace(verdict, message=message)


def _blocked(_: Step, outcome: Outcome) -> Verdict | None:
    if not (blocked := outcome.blocked):
        return None
    if blocked.reason == PAUSED:
        return Verdict(Truth.UNKNOWN, PAUSED, blocked.message)
    return Verdict(Truth.FALSE, blocked.reason, blocked.message, stuck=not blocked.passing)


def _unmanaged(step: Step, _: Outcome) -> Verdict | None:
    if step.state is not ManagementState.UNMANAGED:
        return None
    text = "left exactly as it is, as asked"
    return Verdict(Truth.UNKNOWN, "Unmanaged", text, counts=False)


def _refused(step: Step, outcome: Outcome) -> Verdict | None:
    """Say what failed, what does not pass by itself first; objects of one cause go together."""
    if not (refused := sorted(outcome.failures, key=lambda change: change.passing)):
        return None
    alike: dict[str, list[ObjectRef]] = {}
    for change in refused:
        alike.setdefault(change.detail, []).append(change.ref)
    text = _several(f"{_several(map(str, refs), ', ')}: {why}" for why, refs in alike.items())
    what = "could not be applied" if step.state is ManagementState.MANAGED else "is not removed"
    message = f"{what}: {text}; tried again"
    return Verdict(Truth.FALSE, refused[0].error, message, stuck=outcome.terminal)


def _held(_: Step, outcome: Outcome) -> Verdict | None:
    """Say who keeps rewriting what."""
    if not (held := outcome.held):
        return None
    text = _several(f"{change.ref}: {change.detail}" for change in held)
    step = f'make it stop, or give the object up with the annotation {MANAGED}: "false"'
    return Verdict(Truth.FALSE, held[0].error, f"{text}; left for some minutes: {step}", stuck=True)


def _remaining(step: Step, outcome: Outcome) -> Verdict | None:
    if not outcome.remaining:
        return None
    reason = "Pruning" if step.state is ManagementState.MANAGED else "Removing"
    text = _several(f"{ref} ({holder})" for ref, holder in sorted(outcome.remaining.items()))
    return Verdict(Truth.FALSE, reason, f"waiting until these are gone: {text}")


def _removed(step: Step, _: Outcome) -> Verdict | None:
    if step.state is not ManagementState.REMOVED:
        return None
    return Verdict(Truth.FALSE, "Removed", counts=False)


def _healthy(step: Step, outcome: Outcome) -> Verdict:
    waiting = {ref: a for ref, a in outcome.health.items() if a.health is not Health.CURRENT}
    late = {c.ref: Assessment(Health.IN_PROGRESS, c.detail) for c in outcome.waiting}
    waiting |= late
    if not waiting:
        return _reduced(step) or Verdict(Truth.TRUE, "Ready")
    worst = min(waiting.values(), key=lambda a: (a.health is not Health.FAILED, not a.reason))
    text = _several(f"{ref} {a.message}" for ref, a in sorted(waiting.items()))
    failed = worst.health is Health.FAILED
    return Verdict(Truth.FALSE, worst.reason or "Progressing", text, stuck=failed)


def _reduced(step: Step) -> Verdict | None:
    """Say that it cannot do its work on this cluster; notes say why."""
    reasons = (reduction.reason for reduction in step.reductions if reduction.reason)
    return next((Verdict(Truth.FALSE, reason, stuck=True) for reason in reasons), None)


def _notes(step: Step, outcome: Outcome) -> Iterator[str]:
    """What is said whatever the verdict: what this cluster lacks, and what nothing acts on."""
    if step.state is ManagementState.MANAGED:
        yield from (r.message for r in sorted(step.reductions, key=lambda r: not r.reason))
    if kinds := {c.ref.kind for c in outcome.changes if c.error == NOT_SERVED}:
        yield f"left out, since this cluster does not serve it: {', '.join(sorted(kinds))}"
    if step.state is ManagementState.MANAGED and step.overrides:
        yield f"overridden: {step.overrides}"
    if step.ignored and step.state is not ManagementState.REMOVED:
        yield f"FieldIgnored: nothing acts on {', '.join(step.ignored)} yet"


def _several(parts: Iterable[str], separator: str = "; ") -> str:
    found = list(parts)
    more = f"{separator}and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return separator.join(found[:NAMED]) + more


_JUDGEMENTS: tuple[Callable[[Step, Outcome], Verdict | None], ...] = (
    _blocked,
    _unmanaged,
    _refused,
    _held,
    _remaining,
    _removed,
    _healthy,
)
