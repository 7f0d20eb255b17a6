"""Replicas that elect a leader in virtual time, each with a way to the cluster that can fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, TypeVar

from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.cluster.port import Selection, WatchEvent
from rhoai_operator.core.lease import Record, Terms
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.engine.lease import LEASE, NAME, Elector
from rhoai_operator.metrics import Metrics
from tests.fakes.cluster import KINDS, FakeCluster

T = TypeVar("T")
TERMS = Terms(15.0, 10.0, 2.0)
NAMESPACE = "operator"
REF = ObjectRef(LEASE.group, LEASE.kind, NAMESPACE, NAME, LEASE.version)
STEP = 0.1
SOON = 2 * STEP
"""How late a test may notice something."""
TAKEOVER = TERMS.duration + SOON


class Fault(Enum):
    NONE = auto()
    REFUSED = auto()
    HANGS = auto()
    """Nothing comes through, and nobody says so."""
    LOSES_ANSWERS = auto()
    """Requests come through, answers to those that write do not."""
    SLOW = auto()
    """Three seconds until a request comes through, and one more until its answer does."""


class Link(FakeCluster):
    """What one replica sees of the cluster."""

    def __init__(self, cluster: FakeCluster) -> None:
        super().__init__()
        self.fault = Fault.NONE
        self.asked: list[str] = []
        self._cluster = cluster

    async def get(self, ref: ObjectRef) -> Manifest | None:
        return await self._through("get", lambda: self._cluster.get(ref))

    async def create(self, manifest: Manifest) -> Manifest | None:
        return await self._through("create", lambda: self._cluster.create(manifest))

    async def patch(self, ref: ObjectRef, patch: dict[str, Any]) -> Manifest | None:
        return await self._through("patch", lambda: self._cluster.patch(ref, patch))

    async def watch(self, selection: Selection, *, since: str) -> AsyncIterator[WatchEvent]:
        self.asked.append("watch")
        await self._there()
        async for event in self._cluster.watch(selection, since=since):
            await self._there()
            await self._back("watch")
            yield event

    async def _through(self, verb: str, request: Callable[[], Awaitable[T]]) -> T:
        self.asked.append(verb)
        await self._there()
        try:
            return await request()
        finally:
            await self._back(verb)

    async def _there(self) -> None:
        if self.fault is Fault.REFUSED:
            raise Unavailable("connection refused")
        if self.fault is Fault.HANGS:
            await asyncio.Event().wait()
        if self.fault is Fault.SLOW:
            await asyncio.sleep(3.0)

    async def _back(self, verb: str) -> None:
        lost = self.fault is Fault.LOSES_ANSWERS and verb in ("create", "patch")
        if lost or self.fault is Fault.HANGS:
            await asyncio.Event().wait()
        if self.fault is Fault.SLOW:
            await asyncio.sleep(1.0)


class Replica:
    """One that competes for the lease; its clock began somewhere else than others'."""

    def __init__(self, name: str, cluster: FakeCluster, terms: Terms, clock_from: float) -> None:
        loop = asyncio.get_running_loop()
        self.name = name
        self.link = Link(cluster)
        self.told_lost = 0
        self.metrics = Metrics({}, "1")
        self.elector = Elector(
            self.link,
            NAMESPACE,
            name,
            terms,
            on_lost=self._lost,
            metrics=self.metrics,
            clock=lambda: loop.time() + clock_from,
        )
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self.elector.run())

    def kill(self) -> None:
        """End it without a word to anybody."""
        if self._task:
            self._task.cancel()

    async def stop(self) -> None:
        """End it in order."""
        self.kill()
        await self.elector.release()

    @property
    def has_ended(self) -> bool:
        return self._task is not None and self._task.done()

    def _lost(self) -> None:
        self.told_lost += 1


@dataclass
class World:
    """A cluster and its replicas; however they fare, there are never two leaders."""

    terms: Terms = TERMS
    namespaces: tuple[str, ...] = (NAMESPACE,)
    cluster: FakeCluster = field(init=False)
    replicas: list[Replica] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cluster = FakeCluster(kinds=KINDS | {LEASE}, namespaces=self.namespaces)

    async def start(self, name: str, fault: Fault = Fault.NONE) -> Replica:
        """Start a replica and let it look at the lease."""
        clock_from = 1e6 * len(self.replicas)
        replica = Replica(name, self.cluster, self.terms, clock_from)
        replica.link.fault = fault
        self.replicas.append(replica)
        replica.start()
        await self.after(STEP)
        return replica

    async def after(self, seconds: float) -> None:
        """Let time pass and see to it that only one leads."""
        for _ in range(round(seconds / STEP)):
            await asyncio.sleep(STEP)
            assert len(self.leading) <= 1, self.leading

    async def until(self, name: str, most: float) -> float:
        """Return after how many seconds this replica leads; fail when it does not."""
        begun = asyncio.get_running_loop().time()
        for _ in range(round(most / STEP) + 1):
            if self.leading == [name]:
                return asyncio.get_running_loop().time() - begun
            await self.after(STEP)
        raise AssertionError(f"{name} does not lead after {most} s, but {self.leading}")

    @property
    def leading(self) -> list[str]:
        return [replica.name for replica in self.replicas if replica.elector.is_leading()]

    @property
    def lease(self) -> Manifest:
        return self.cluster.now(_identity())

    @property
    def record(self) -> Record:
        return Record.of(self.lease)

    def write(self, **spec: Any) -> None:
        """Write into the lease, as anybody who may."""
        before = self.lease if REF in self.cluster.refs else {**_identity(), "spec": {}}
        self.cluster.put({**before, "spec": {**before["spec"], **spec}})

    def annotate(self) -> None:
        """Change what has nothing to do with the election."""
        metadata = {**self.lease["metadata"], "annotations": {"seen-by": "somebody"}}
        self.cluster.put({**self.lease, "metadata": metadata})

    def delete(self) -> None:
        self.cluster.remove(_identity())


def _identity() -> Manifest:
    metadata = {"namespace": NAMESPACE, "name": NAME}
    return {"apiVersion": REF.api_version, "kind": REF.kind, "metadata": metadata}
