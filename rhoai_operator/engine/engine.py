"""What runs when: informers and kopf feed the queue, workers reconcile, the writer reports."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from rhoai_operator.api.metadata import Metadata
from rhoai_operator.cluster.errors import Conflict
from rhoai_operator.core.changes import Action
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.report import Outcome
from rhoai_operator.engine.attempts import Attempt, Attempts, Stamp, Version
from rhoai_operator.engine.composer import PATIENCE_SECONDS, Composer
from rhoai_operator.engine.events import Recorder
from rhoai_operator.engine.notices import changes_made
from rhoai_operator.engine.queue import WorkQueue
from rhoai_operator.engine.reporter import Reporter
from rhoai_operator.engine.status import StatusWriter
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.watched import DSC, DSCI, Watched
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.platform import Intent, Platform

RESYNC_JITTER = 0.1
CONFLICT_PAUSE = 0.1
"""Seconds before an object that changed while it was patched is looked at again."""
ARRIVAL_SECONDS = 10.0
"""How long a version that kopf knows of may take to reach our informer."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the engine is made of; ``rhoai_operator.operator`` puts it together.

    Attributes:
        labels: values of ``app.kubernetes.io/part-of`` on the pods of components.
        resync_seconds: everything is looked at again so often, whatever was heard.
    """

    platform: Platform
    reporter: Reporter
    recorder: Recorder
    metrics: Metrics
    labels: frozenset[str]
    resync_seconds: float


class Engine:
    """Runs the platform."""

    def __init__(self, parts: Parts) -> None:
        cluster, metrics = parts.platform.cluster, parts.metrics
        self.attempts = Attempts()
        self.watched = Watched(
            cluster,
            parts.labels,
            on_intent=self._intent_changed,
            on_workload=self._workload_changed,
            metrics=metrics,
        )
        self._parts = parts
        catalog = parts.reporter.planner.catalog
        self._names = {
            kind: [d.name for d in catalog.owned_by(kind)] for kind in (DSC.kind, DSCI.kind)
        }
        self._queue = WorkQueue(catalog.components, self._work, metrics)
        composer = Composer(parts.reporter, self.watched, self.attempts, metrics)
        self._writer = StatusWriter(cluster, composer.due, parts.recorder, self.watched.refresh)
        self._stamp = Stamp()

    def start(self, supervisor: Supervisor) -> None:
        """Start everything; work begins once the informers' first lists are in."""
        self.watched.start(supervisor)
        supervisor.start("status writer", self._writer.run)
        supervisor.start("resync", self._resync)
        self._queue.start(supervisor)
        self._queue_all()

    async def submit(self, kind: str, uid: str, generation: int) -> tuple[str, ...]:
        """Return the components that this object switches on, once its version has arrived.

        Empty when the object is gone, or an older one rules.
        """

        def arrived() -> bool:
            known = map(Metadata.of, self.watched.custom_resources(kind))
            return any(m.uid == uid and m.generation >= generation for m in known)

        await self.watched.synced()
        with suppress(TimeoutError):  # kopf may be ahead of our informer, or the object gone
            async with asyncio.timeout(ARRIVAL_SECONDS):
                await self.attempts.until(arrived)
        return tuple(self._names[kind]) if self._rules(kind, uid) else ()

    async def attempted(self, name: str, kind: str, uid: str, generation: int) -> Outcome | None:
        """Wait for an attempt at a component that knows this version; None if it rules no more."""

        def made() -> bool:
            attempt = self.attempts.newest(name)
            version = attempt and _side(attempt.stamp, kind)
            done = version and version.uid == uid and version.generation >= generation
            return bool(done) or not self._rules(kind, uid)

        await self.attempts.until(made)
        attempt = self.attempts.newest(name)
        return attempt.outcome if attempt and self._rules(kind, uid) else None

    async def removed(self, kind: str, uid: str) -> None:
        """Wait until nothing is left of what this object, which is being deleted, switched on."""

        def gone(name: str) -> bool:
            attempt = self.attempts.newest(name)
            version = attempt and _side(attempt.stamp, kind)
            if not attempt or not version or version.uid != uid or not version.deleting:
                return False
            return attempt.outcome.settled and not attempt.outcome.blocked

        await self.watched.synced()
        await self.attempts.until(
            lambda: not self._rules(kind, uid) or all(map(gone, self._names[kind]))
        )

    async def release(self, kind: str, name: str, finalizers: Collection[str]) -> None:
        """Take finalizers off a custom resource, if it is still there."""
        where = DSC if kind == DSC.kind else DSCI
        ref = ObjectRef(where.group, where.kind, "", name, where.version)
        cluster = self._parts.platform.cluster
        while live := await cluster.get(ref):
            metadata = live["metadata"]
            kept = [f for f in metadata.get("finalizers") or () if f not in finalizers]
            change = {"finalizers": kept, "resourceVersion": metadata["resourceVersion"]}
            try:
                await cluster.patch(ref, {"metadata": change})
            except Conflict:  # it has just changed: look again, or a finalizer would be lost
                await asyncio.sleep(CONFLICT_PAUSE)
            else:
                return

    def _version(self, kind: str) -> Version | None:
        return _side(self._stamp, kind)

    def _rules(self, kind: str, uid: str) -> bool:
        version = self._version(kind)
        return version is not None and version.uid == uid

    def _intent_changed(self) -> None:
        stamp = Stamp.of(self.watched.intent())
        if stamp != self._stamp:
            self._stamp = stamp
            self._queue_all(fresh=True)
            asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._writer.poke)
        self.attempts.wake()
        self._writer.poke()

    def _workload_changed(self, before: Manifest | None, after: Manifest | None) -> None:
        self._writer.poke()
        if before and after is None:
            ref = ObjectRef.of(before)
            for name, outcome in self.attempts.outcomes(self._stamp).items():
                if ref in outcome.remaining:
                    self._queue.add(name)

    def _queue_all(self, *, fresh: bool = False) -> None:
        for names in self._names.values():
            for name in names:
                self._queue.add(name, fresh=fresh)

    def _queue_put_off(self) -> None:
        """Queue what a gate held back: it may be open now."""
        for name in self._names[DSC.kind]:
            attempt = self.attempts.newest(name)
            if attempt and attempt.outcome.blocked and attempt.outcome.blocked.passing:
                self._queue.add(name)

    def _services_attempted(self) -> bool:
        """Whether what components stand on was tried as the DSCInitialization asks for now."""
        now = self._version(DSCI.kind)
        found = (self.attempts.newest(name) for name in self._names[DSCI.kind])
        return all(attempt and attempt.stamp.dsci == now for attempt in found)

    async def _resync(self) -> None:
        while True:
            jitter = random.uniform(1 - RESYNC_JITTER, 1 + RESYNC_JITTER)  # noqa: S311
            await asyncio.sleep(self._parts.resync_seconds * jitter)
            self._queue_all()

    async def _work(self, name: str) -> bool:
        """Reconcile one component; False asks the queue for another try."""
        await self.watched.synced()
        if name not in self._names[DSCI.kind]:
            await self.attempts.until(self._services_attempted)
        intent, start = self.watched.intent(), time.monotonic()
        stamp = Stamp.of(intent)
        was_ready = self._namespaces_ready(stamp)
        outcome = await self._parts.platform.reconcile(name, intent, namespaces_ready=was_ready)
        self.attempts.record(name, Attempt(stamp, outcome))
        if not was_ready and self._namespaces_ready(stamp):
            self._queue_put_off()
        self._writer.poke()
        await self._tell(name, intent, outcome, time.monotonic() - start)
        return outcome.settled

    def _namespaces_ready(self, stamp: Stamp) -> bool:
        """Whether what the DSCInitialization owns is in place as it is now."""
        names = self._names[DSCI.kind]
        found = [self.attempts.newest(name) for name in names]
        return all(
            a and a.stamp.dsci == stamp.dsci and a.outcome.settled and not a.outcome.blocked
            for a in found
        )

    def _measure(self, name: str, outcome: Outcome) -> None:
        unfinished = "error" if outcome.failed else "requeue_after"
        result = "success" if outcome.settled else unfinished
        metrics = self._parts.metrics
        metrics.reconciled(name, outcome.changes, result, terminal=outcome.terminal)

    async def _tell(self, name: str, intent: Intent, outcome: Outcome, seconds: float) -> None:
        kind = DSC.kind if name in self._names[DSC.kind] else DSCI.kind
        owner = intent.dsc if kind == DSC.kind else intent.dsci
        self._measure(name, outcome)
        _log(name, owner.metadata.generation if owner else 0, outcome, seconds)
        if owner and (live := self.watched.custom_resources(kind).get("", owner.metadata.name)):
            for notice in changes_made(name, outcome.changes):
                await self._parts.recorder.record(live, action="Reconcile", **notice.fields)


def _side(stamp: Stamp, kind: str) -> Version | None:
    return stamp.dsc if kind == DSC.kind else stamp.dsci


_DONE = (Action.CREATED, Action.CONFIGURED, Action.DELETED, Action.DELETING, Action.FAILED)


def _log(name: str, generation: int, outcome: Outcome, seconds: float) -> None:
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


def _causes(outcome: Outcome) -> list[str]:
    if outcome.blocked:
        return [outcome.blocked.message]
    held = (Action.FAILED, Action.DELETING)
    return [f"{c.ref}: {c.detail}" for c in outcome.changes if c.action in held]
