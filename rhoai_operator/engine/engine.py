"""What runs when: informers and kopf feed the queue, workers reconcile, the writer reports."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from rhoai_operator.cluster.port import Cluster, Kind
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.inventory import Record
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.plan import Step
from rhoai_operator.core.report import Outcome
from rhoai_operator.core.version import same_intent
from rhoai_operator.engine.attempts import Attempt, Attempts, Stamp
from rhoai_operator.engine.composer import Composer
from rhoai_operator.engine.edge import Edge
from rhoai_operator.engine.events import Recorder
from rhoai_operator.engine.informer import Informer
from rhoai_operator.engine.known import Known
from rhoai_operator.engine.planned import Planned
from rhoai_operator.engine.queue import WorkQueue
from rhoai_operator.engine.reads import Reads
from rhoai_operator.engine.recovery import Recovery
from rhoai_operator.engine.reporter import Reporter
from rhoai_operator.engine.status import Due, StatusWriter
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.telling import log_outcome, measure, record
from rhoai_operator.engine.watched import DSC, DSCI, Listeners, Watched
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.fights import Fights
from rhoai_operator.reconcile.lost import PART_OF
from rhoai_operator.reconcile.memo import Memo
from rhoai_operator.reconcile.platform import ENDPOINTS, Around, Intent, Platform
from rhoai_operator.reconcile.reach import Reach
from rhoai_operator.reconcile.store import LABEL, ConfigMapStore

RESYNC_JITTER = 0.1
TOLD_SECONDS = 2.0
"""So long, status may name an awaited kind that is served by now, among others that are not."""

Render: TypeAlias = Callable[[Step], DesiredState]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the engine is made of; ``rhoai_operator.operator`` puts it together.

    Attributes:
        namespace: the operator's own.
        resync_seconds: everything is looked at again so often, whatever was heard.
    """

    cluster: Cluster
    render: Render
    reporter: Reporter
    recorder: Recorder
    metrics: Metrics
    namespace: str
    resync_seconds: float


class Engine:
    """Runs the platform.

    Attributes:
        edge: what kopf's handlers ask.
    """

    def __init__(self, parts: Parts, supervisor: Supervisor) -> None:
        cluster, metrics, planner = parts.cluster, parts.metrics, parts.reporter.planner
        catalog, platform = planner.catalog, planner.platform.id
        self.attempts = Attempts()
        self._labels = {c.label_on(platform): c.name for c in catalog.components.values()}
        self.watched = Watched(
            cluster,
            self._labels,
            parts.namespace,
            listeners=Listeners(
                intent=self._intent_changed,
                owned=self._owned_changed,
                pod=self._pod_changed,
                inventory=self._inventory_changed,
                served=self._served_changed,
            ),
            supervisor=supervisor,
            metrics=metrics,
        )
        self._parts = parts
        self._supervisor = supervisor
        self._names = {
            kind: tuple(c.name for c in catalog.owned_by(kind)) for kind in (DSC.kind, DSCI.kind)
        }
        self.fights, self.store = Fights(), ConfigMapStore(cluster, parts.namespace)
        self.planned = Planned(planner, self.watched, supervisor, self._add_all, metrics)
        self._read = Reads(cluster, supervisor, self._add_all, metrics)
        self._recovery = Recovery(cluster, self.store, self._labels)
        self._memo = Memo()
        self._platform = self._make_platform()
        self.queue = WorkQueue(catalog.components, self._work, metrics)
        self._writer = StatusWriter(cluster, self._due, parts.recorder, self.watched.refresh)
        self._composer = Composer(
            parts.reporter,
            self.planned.step,
            self.watched,
            self.attempts,
            poke=self._writer.poke,
            metrics=metrics,
        )
        self._stamp = Stamp()
        self._looks: dict[str, asyncio.TimerHandle] = {}
        self.edge = Edge(cluster, self.watched, self.attempts, self._names, lambda: self._stamp)

    def start(self) -> None:
        """Start everything; work begins once the informers' first lists are in."""
        self.watched.start()
        self._supervisor.start("recovery", self._recover)
        self._supervisor.start("status writer", self._writer.run)
        self._supervisor.start("events", self._parts.recorder.run)
        self._supervisor.start("resync", self._resync)
        self.queue.start(self._supervisor)
        self._queue_all()

    @property
    def informers(self) -> tuple[Informer, ...]:
        """All that are at work."""
        return (*self.watched.informers, *self.planned.reads.informers, *self._read.informers)

    def resync(self) -> None:
        """Look at every component again."""
        self._queue_all()

    def _make_platform(self) -> Platform:
        watched, store = self.watched, self.store

        def recorded(ref: ObjectRef) -> Record:
            found = (inventory.records.get(ref) for inventory in store.known().values())
            return max(filter(None, found), key=lambda r: bool(r.digest), default=Record())

        reach = Reach(
            self._parts.cluster,
            Known(watched.owned, self._read),
            served=lambda: watched.served.kinds,
            answers=watched.answers,
            record=recorded,
            legacy=self._recovery.legacy,
            claimed=frozenset,
            fights=self.fights,
            memo=self._memo,
            clock=time.monotonic,
        )
        return Platform(
            self.planned.step,
            self._parts.render,
            self._follow,
            reach,
            store,
            names=tuple(name for names in self._names.values() for name in names),
            services=frozenset(self._names[DSCI.kind]),
        )

    async def _follow(self, name: str, kinds: frozenset[Kind], read: frozenset[ObjectRef]) -> None:
        await self.watched.owned.follow(name, kinds)
        await self._read.follow(name, read, self.watched.served.kinds)

    # What wakes a component.

    def _intent_changed(self) -> None:
        stamp = Stamp.of(self.watched.intent())
        if stamp != self._stamp:
            self._stamp = stamp
            self._queue_all(fresh=True)
        self.attempts.wake()
        self._writer.poke()

    def _owned_changed(self, before: Manifest | None, after: Manifest | None) -> None:
        self._writer.poke()
        live = after or before
        if live is None or (before and after and same_intent(before, after)):
            return
        ref = ObjectRef.of(live)
        if before is None and self._is_our_own(ref, live):
            return
        owners = [name for name, known in self.store.known().items() if ref in known.records]
        label = (live["metadata"].get("labels") or {}).get(PART_OF, "")
        found = owners or [*filter(None, [self._labels.get(label)])]
        is_endpoint = Kind.of(ref) == ENDPOINTS
        self._add_all(n for n in found if not is_endpoint or self._may_wait_for_endpoints(n))

    def _is_our_own(self, ref: ObjectRef, live: Manifest) -> bool:
        """Tell whether a new object is the one that is being applied, and the answer will tell."""
        return self._memo.is_applying(ref) and not live["metadata"].get("managedFields")

    def _may_wait_for_endpoints(self, name: str) -> bool:
        attempt = self.attempts.newest(name)
        return self.queue.is_working(name) or attempt is None or bool(attempt.outcome.waiting)

    def _pod_changed(self, _before: Manifest | None, after: Manifest | None) -> None:
        self._writer.poke()
        if after:
            self.watched.expect_warnings(after["metadata"].get("namespace", ""))

    def _inventory_changed(self, before: Manifest | None, after: Manifest | None) -> None:
        """Write an inventory again that somebody has deleted."""
        if before and after is None:
            name = before["metadata"]["labels"][LABEL]
            self.store.forget(name)
            self._add_all([name])

    def _served_changed(self, kinds: frozenset[Kind]) -> None:
        self._writer.poke()
        for name in self.planned.names:
            if interesting := kinds & self._platform.interests(name):
                self._served_matters(name, interesting)
        self._add_all(self.planned.readers(kinds))

    def _served_matters(self, name: str, kinds: frozenset[Kind]) -> None:
        attempt, served = self.attempts.newest(name), self.watched.served.kinds
        is_waiting = attempt and not attempt.outcome.is_touched_by(kinds, served)
        if is_waiting and not self.queue.is_working(name):
            self._look_by(name, time.monotonic() + TOLD_SECONDS)
        else:
            self.queue.add(name)

    def _add_all(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self.planned.names:  # an inventory may be of a component of the past
                self.queue.add(name)

    def _queue_all(self, *, fresh: bool = False) -> None:
        for name in sorted(self.planned.names):
            self.queue.add(name, fresh=fresh)

    def _queue_put_off(self) -> None:
        """Queue what could not go on without a namespace: it may now."""
        for name in self._names[DSC.kind]:
            attempt = self.attempts.newest(name)
            if attempt and attempt.outcome.put_off:
                self.queue.add(name, fresh=True)

    async def _resync(self) -> None:
        while True:
            jitter = random.uniform(1 - RESYNC_JITTER, 1 + RESYNC_JITTER)  # noqa: S311
            await asyncio.sleep(self._parts.resync_seconds * jitter)
            self.resync()

    def _look_again(self, name: str, due: float | None) -> None:
        """Look at a component again at this time, whatever was said of it before."""
        if timer := self._looks.pop(name, None):
            timer.cancel()
        if due is not None:
            self._look_by(name, due)

    def _look_by(self, name: str, due: float) -> None:
        """Look at a component again at this time, or earlier if that was said before."""
        loop, delay = asyncio.get_running_loop(), max(0.0, due - time.monotonic())
        known = self._looks.get(name)
        if known and not known.cancelled() and loop.time() < known.when() <= loop.time() + delay:
            return
        if known:
            known.cancel()
        self._looks[name] = loop.call_later(delay, self.queue.add, name)

    # What a component's turn consists of.

    async def _work(self, name: str) -> bool:
        """Reconcile one component; False asks the queue for another try."""
        await self.watched.synced()
        await self._recovery.done()
        if name not in self._names[DSCI.kind]:
            await self.attempts.until(self._services_attempted)
        intent, start = self.watched.intent(), time.monotonic()
        stamp = Stamp.of(intent)
        was_ready = self._namespaces_ready(stamp)
        await self.planned.follow(name, intent)
        around = Around(was_ready, self._composer.ready)
        outcome = await self._platform.reconcile(name, intent, around)
        self.attempts.record(name, Attempt(stamp, outcome))
        self._look_again(name, outcome.due)
        made = outcome.made and name in self._names[DSCI.kind]
        if (made or not was_ready) and self._namespaces_ready(stamp):
            self._queue_put_off()
        self._writer.poke()
        self._tell(name, intent, outcome, time.monotonic() - start)
        return outcome.settled

    async def _recover(self) -> None:
        await self.watched.synced()
        served = self.watched.served.kinds
        await self._recovery.run(lambda: self.planned.kinds(self._parts.render) & served)

    def _services_attempted(self) -> bool:
        """Whether what components stand on was tried as the DSCInitialization asks for now."""
        now = self._stamp.dsci
        found = (self.attempts.newest(name) for name in self._names[DSCI.kind])
        return all(attempt and attempt.stamp.dsci == now for attempt in found)

    def _namespaces_ready(self, stamp: Stamp) -> bool:
        """Whether what the DSCInitialization owns, and rests on nothing else, is in place."""
        catalog = self._parts.reporter.planner.catalog
        ground = (d.name for d in catalog.owned_by(DSCI.kind) if not d.requires)
        found = [self.attempts.newest(name) for name in ground]
        return all(
            a and a.stamp.dsci == stamp.dsci and a.outcome.settled and not a.outcome.blocked
            for a in found
        )

    def _due(self) -> Iterable[Due]:
        """Compose status; what requires a component that has just become Ready may go on."""
        before, due = self._composer.ready, tuple(self._composer.due())
        if changed := before ^ self._composer.ready:
            self._add_all(self.planned.dependents(changed))
        return due

    def _tell(self, name: str, intent: Intent, outcome: Outcome, seconds: float) -> None:
        kind = DSC.kind if name in self._names[DSC.kind] else DSCI.kind
        owner = intent.dsc if kind == DSC.kind else intent.dsci
        measure(self._parts.metrics, name, outcome)
        log_outcome(name, owner.metadata.generation if owner else 0, outcome, seconds)
        if owner and (live := self.watched.custom_resources(kind).get("", owner.metadata.name)):
            record(self._parts.recorder, live, name, outcome)
