"""What the engine knows and waits for right now, for ``/debug/state``: JSON, no secrets."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from rhoai_operator.core.changes import Action
from rhoai_operator.core.report import Outcome
from rhoai_operator.engine.engine import Engine
from rhoai_operator.engine.informer import Informer

_TOLD = (Action.FAILED, Action.DELETING, Action.WAITING, Action.HELD)


def state(engine: Engine) -> dict[str, Any]:
    """Return the queue, the newest outcome of each component, caches, fights and inventories."""
    now = time.monotonic()
    names = sorted(engine.planned.names)
    attempts = {name: engine.attempts.newest(name) for name in names}
    return {
        "queue": engine.queue.state(),
        "components": {n: _outcome(a.outcome, now) if a else None for n, a in attempts.items()},
        "caches": [_cache(informer, now) for informer in _in_order(engine.informers)],
        "servedKinds": len(engine.watched.served.kinds),
        "fights": [
            {"object": str(f.ref), "owner": f.claim.owner, "path": f.claim.path, "count": f.count}
            for f in engine.fights
            if f.until > now
        ],
        "inventories": {n: len(i.records) for n, i in sorted(engine.store.known().items())},
    }


def _outcome(outcome: Outcome, now: float) -> Mapping[str, Any]:
    blocked = outcome.blocked
    return {
        "gate": {"reason": blocked.reason, "message": blocked.message} if blocked else None,
        "settled": outcome.settled,
        "objects": len(outcome.health),
        "held": {
            str(c.ref): f"{c.action}: {c.detail}" for c in outcome.changes if c.action in _TOLD
        },
        "lookAgainIn": round(outcome.due - now, 1) if outcome.due is not None else None,
    }


def _in_order(informers: Iterable[Informer]) -> list[Informer]:
    return sorted(informers, key=lambda informer: informer.selection)


def _cache(informer: Informer, now: float) -> Mapping[str, Any]:
    selection = informer.selection
    return {
        "kind": str(selection.kind),
        "namespace": selection.namespace,
        "labels": selection.labels,
        "fields": selection.fields,
        "objects": len(informer),
        "listed": informer.listed.is_set(),
        "heardSecondsAgo": round(now - informer.heard, 1),
        "problem": informer.problem,
    }
