"""From verdicts to a custom resource's conditions: ``Ready`` and what follows from it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rhoai_operator.core.conditions import Condition, Truth, merge
from rhoai_operator.reconcile.verdict import Verdict

READY, PROGRESSING, ERROR = "Ready", "Progressing", "Error"
"""The values of ``status.phase``."""


def summarize(parts: Mapping[str, Verdict]) -> Verdict:
    """Fold the verdicts that count into one: False beats Unknown beats True.

    The reason is that of the worst part, stuck ones first; the message names every part that
    is not True. With no part that counts it is True, ``NothingManaged``.

    Args:
        parts: condition type -> verdict.
    """
    counted = {name: verdict for name, verdict in parts.items() if verdict.counts}
    bad = {name: verdict for name, verdict in counted.items() if verdict.status is not Truth.TRUE}
    if not bad:
        return Verdict(Truth.TRUE, "AllReady" if counted else "NothingManaged")
    worst = min(bad.values(), key=lambda v: (not v.stuck, v.status is not Truth.FALSE))
    status = min((v.status for v in bad.values()), key=lambda s: s is not Truth.FALSE)
    text = "; ".join(f"{name}: {v.message or v.reason}" for name, v in bad.items())
    return Verdict(status, worst.reason, text, stuck=any(v.stuck for v in bad.values()))


def phase(ready: Verdict) -> str:
    """Return the 2.x phase: Error as soon as something waits for somebody to act."""
    if ready.status is Truth.TRUE:
        return READY
    return ERROR if ready.stuck else PROGRESSING


def conditions(
    ready: Verdict,
    parts: Mapping[str, Verdict],
    *,
    before: Iterable[Condition],
    generation: int,
    now: datetime,
) -> tuple[Condition, ...]:
    """Return all conditions: ``Ready``, one per component, then those derived from ``Ready``."""
    verdicts = {"Ready": ready, **parts, **_derived(ready)}
    fresh: Sequence[Condition] = [
        Condition(name, v.status, v.reason, v.message, generation, now)
        for name, v in verdicts.items()
    ]
    return merge(before, fresh)


def _derived(ready: Verdict) -> dict[str, Verdict]:
    """The five types of 2.x, and kstatus' two, which are there only while they are true.

    Those that say that something is wrong repeat what it is.
    """
    done = ready.status is Truth.TRUE
    stuck = ready.stuck

    def mirror(holds: bool, message: str = "") -> Verdict:
        return Verdict(Truth.TRUE if holds else Truth.FALSE, ready.reason, message)

    derived = {
        "Available": mirror(done),
        "Progressing": mirror(not done and not stuck),
        "Degraded": mirror(stuck, ready.message if stuck else ""),
        "Upgradeable": mirror(done),
        "ReconcileComplete": mirror(done),
    }
    if stuck:
        derived["Stalled"] = mirror(stuck, ready.message)
    elif not done:
        derived["Reconciling"] = mirror(not done, ready.message)
    return derived
