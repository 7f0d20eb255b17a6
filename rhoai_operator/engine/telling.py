"""What one reconcile did, told to logs, metrics and Events."""

from __future__ import annotations

import logging
from collections import Counter

from rhoai_operator.core.changes import Action
from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.report import Outcome
from rhoai_operator.engine.events import Recorder
from rhoai_operator.engine.notices import changes_made
from rhoai_operator.metrics import Metrics

_DONE = (
    *(
        Action.ADOPTED,
        Action.CREATED,
        Action.CONFIGURED,
        Action.CORRECTED,
        Action.DELETED,
        Action.DELETING,
    ),
    *(Action.FAILED, Action.WAITING, Action.HELD),
)
_HELD = (Action.FAILED, Action.DELETING, Action.WAITING, Action.HELD)

log = logging.getLogger(__name__)


def log_outcome(name: str, generation: int, outcome: Outcome, seconds: float) -> None:
    """Write one line: quietly where nothing was done, as a warning where something is left."""
    _log_successions(outcome)
    counts = Counter(c.action.value for c in outcome.changes if c.action in _DONE)
    done = ", ".join(f"{count} {action}" for action, count in counts.items())
    quiet = logging.DEBUG if not done and outcome.settled else logging.INFO
    log.log(
        quiet if outcome.settled else logging.WARNING,
        "reconciled %s: %s",
        name,
        outcome.blocked.reason if outcome.blocked else done or "nothing to do",
        extra={
            "component": name,
            "generation": generation,
            "duration": round(seconds, 4),
            "causes": _causes(outcome),
        },
    )


def _log_successions(outcome: Outcome) -> None:
    """Tell of what the Go operator had made, one line for each object that is not as it was."""
    for change in outcome.changes:
        if change.action is Action.ADOPTED and change.detail:
            log.info("took over %s: %s", change.ref, change.detail)


def measure(metrics: Metrics, name: str, outcome: Outcome) -> None:
    """Count what was done."""
    unfinished = "error" if outcome.failed else "requeue_after"
    result = "success" if outcome.settled else unfinished
    metrics.reconciled(name, outcome.changes, result, terminal=outcome.terminal)
    if not outcome.blocked:
        ends = {f"{ref.namespace}/{ref.name}": end for ref, end in outcome.ends.items()}
        metrics.certificates(name, ends)


def record(recorder: Recorder, owner: Manifest, name: str, outcome: Outcome) -> None:
    """Tell the custom resource that switched the component on what was done."""
    for notice in changes_made(name, outcome.changes):
        recorder.record(owner, action="Reconcile", **notice.fields)


def _causes(outcome: Outcome) -> list[str]:
    if outcome.blocked:
        return [outcome.blocked.message]
    return [f"{c.ref}: {c.detail}" for c in outcome.changes if c.action in _HELD]
