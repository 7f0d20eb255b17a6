"""Of several replicas one leads: the one that holds a Lease of the cluster. Only it writes.

The holder may write until ``renew_deadline`` after it *began* its last renewal that succeeded.
Another takes over no sooner than ``duration`` after it *saw* that renewal, which is later. Each
reckons by a clock of its own: the wall clocks of two hosts are never compared. Nobody takes what
has changed since it looked, because every write of the Lease names the version it replaces.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rhoai_operator.cluster.errors import ClusterError, Conflict, Missing
from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core.lease import Record, Terms, release
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.metrics import Metrics

LEASE = Kind("coordination.k8s.io", "v1", "Lease")
NAME = "rhoai-operator"

log = logging.getLogger(__name__)

_SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def seconds() -> float:
    """Return the time since some moment; it goes on while the host sleeps, where that can be."""
    return time.clock_gettime(_SINCE_BOOT)


class Sole:
    """Stands in for an elector where there is only one replica: it always leads."""

    is_standby = False

    def __init__(self) -> None:
        self.held, self.lost = asyncio.Event(), asyncio.Event()
        self.held.set()

    def is_leading(self) -> bool:
        """It is."""
        return True

    async def run(self) -> None:
        """There is nothing to acquire."""

    async def release(self) -> None:
        """There is nothing to release."""


class Elector:
    """Acquires the Lease and keeps it.

    Args:
        cluster: its writes must not depend on ``is_leading``, nor wait for those that do.
        identity: of this replica, and of no other that there ever was.
        on_lost: called when ``lost`` is set.
        metrics: told of losses and of what comes before them.
        clock: seconds; never set back.

    Attributes:
        held: set when the Lease is ours for the first time.
        lost: set when it was ours and somebody else has taken it: what this replica knows is old,
            so it has to end. A Lease that lapsed without being taken is renewed instead.
    """

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        identity: str,
        terms: Terms,
        *,
        on_lost: Callable[[], None] = lambda: None,
        metrics: Metrics | None = None,
        clock: Callable[[], float] = seconds,
    ) -> None:
        self.held, self.lost = asyncio.Event(), asyncio.Event()
        self._cluster = cluster
        self._ref = ObjectRef(LEASE.group, LEASE.kind, namespace, NAME, LEASE.version)
        self._identity = identity
        self._terms = terms
        self._on_lost = on_lost
        self._metrics = metrics
        self._clock = clock
        self._live: Manifest | None = None
        self._seen = Record()
        self._seen_at = self._held_until = float("-inf")
        self._term = 0
        self._trouble = ""
        self._lapsed = False

    def is_leading(self) -> bool:
        """Tell whether this replica may write now."""
        return self._clock() < self._held_until

    @property
    def is_standby(self) -> bool:
        """Whether another replica is known to hold the Lease."""
        return self._seen.holder not in ("", self._identity)

    async def run(self) -> None:
        """Acquire the Lease and keep it, until it is lost."""
        while not self.lost.is_set():
            begun = self._clock()
            try:
                await self._look()
                if not self.held.is_set() and await self._is_free_now():
                    continue
            except Conflict:
                pass  # somebody was faster; what the Lease says now is yet to be seen
            except (ClusterError, TimeoutError) as error:
                self._failed(error)
            await asyncio.sleep(max(0.0, begun + self._terms.retry - self._clock()))

    async def release(self) -> None:
        """Let a standby lead at once. Call it when ``run`` has ended and nothing is written."""
        self._held_until = float("-inf")
        try:
            async with asyncio.timeout(self._terms.renew_deadline / 2):
                live = await self._cluster.get(self._ref)
                if live is None or Record.of(live).holder != self._identity:
                    return
                await self._replace(live, release(_stamp()))
        except (ClusterError, TimeoutError) as error:
            log.warning("%s stays until it expires: %s", self._ref, _said(error))
        else:
            log.info("released %s", self._ref)

    async def _look(self) -> None:
        """Acquire or renew the Lease if that may be; leave time for another try while it is ours.

        Raises:
            Conflict: somebody else wrote it since it was read.
        """
        share = 2 if self.is_leading() else 1
        async with asyncio.timeout(self._terms.renew_deadline / share):
            if self._live and self.is_leading():
                if await self._is_renewed():
                    return
                if self._metrics:
                    self._metrics.lease_reread(NAME)
            self._see(await self._cluster.get(self._ref))
            if self.held.is_set() and not self._is_still_ours():
                self._lose()
            elif self._free_in() <= 0:
                await self._claim()

    async def _is_renewed(self) -> bool:
        """Renew the Lease as it was last seen, which is the usual course of things."""
        try:
            return await self._claim()
        except Conflict:  # somebody wrote it, or we did and the answer was lost
            return False

    async def _claim(self) -> bool:
        """Write that the Lease is ours; False if it came or went meanwhile."""
        begun, lapsed = self._clock(), not self.is_leading()
        spec = self._seen.claim(self._identity, self._terms.duration, _stamp())
        live = await (self._replace(self._live, spec) if self._live else self._make(spec))
        self._see(live)
        if live is None:
            return False
        self._held_until = begun + self._terms.renew_deadline
        self._succeeded(lapsed=lapsed)
        return True

    async def _make(self, spec: dict[str, Any]) -> Manifest | None:
        metadata = {"name": self._ref.name, "namespace": self._ref.namespace}
        lease = {"apiVersion": self._ref.api_version, "kind": self._ref.kind, "metadata": metadata}
        try:
            return await self._cluster.create({**lease, "spec": spec})
        except Missing:
            namespace = {"kind": "Namespace", "metadata": {"name": self._ref.namespace}}
            await self._cluster.create({"apiVersion": "v1", **namespace})
            return await self._cluster.create({**lease, "spec": spec})

    async def _replace(self, live: Manifest, spec: dict[str, Any]) -> Manifest | None:
        version = {"resourceVersion": live["metadata"]["resourceVersion"]}
        return await self._cluster.patch(self._ref, {"metadata": version, "spec": spec})

    def _see(self, live: Manifest | None) -> None:
        """Take in how the Lease is. That it is gone says nothing about who holds it."""
        self._live = live
        record = Record.of(live) if live else self._seen
        if record == self._seen:
            return
        if record.holder not in (self._seen.holder, self._identity):
            log.info("%s is held by %s", self._ref, record.holder or "nobody")
        self._seen, self._seen_at = record, self._clock()

    def _free_in(self) -> float:
        """Seconds until the Lease may be taken unless it is renewed; 0 if it is free or ours."""
        if not self.is_standby:
            return 0.0
        expiry = self._seen_at + (self._seen.duration or self._terms.duration)
        return max(0.0, expiry - self._clock())

    async def _is_free_now(self) -> bool:
        """Wait until the Lease is released or expires; False if it cannot be followed so long."""
        if self._live is None:
            return False
        name = f"metadata.name={self._ref.name}"
        selection = Selection(LEASE, namespace=self._ref.namespace, fields=name)
        since = self._live["metadata"]["resourceVersion"]
        now = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(self._free_in()) as expiry:
                async for event in self._cluster.watch(selection, since=since):
                    self._trouble = ""
                    if event.type != "BOOKMARK":
                        self._see(None if event.type == "DELETED" else event.object)
                        expiry.reschedule(now() + self._free_in())
        except TimeoutError:
            return True
        return False

    def _is_still_ours(self) -> bool:
        """Whether nobody else can have held the Lease since we first did."""
        if self._live is None:
            return self.is_leading()
        return (self._seen.holder, self._seen.transitions) == (self._identity, self._term)

    def _lose(self) -> None:
        self._held_until = float("-inf")
        self._count("taken")
        taker = (self._live and self._seen.holder) or "somebody unknown"
        log.error("lost %s to %s; nothing is written any more", self._ref, taker)
        self.lost.set()
        self._on_lost()

    def _succeeded(self, *, lapsed: bool) -> None:
        if not self.held.is_set():
            log.info("leading: acquired %s as %s", self._ref, self._identity)
            self._term = self._seen.transitions
            self.held.set()
        elif lapsed:
            self._note_lapse()
            self._lapsed = False
            log.warning("renewed %s, which had lapsed; nobody else held it meanwhile", self._ref)
        elif self._trouble:
            log.info("renewed %s again", self._ref)
        self._trouble = ""

    def _failed(self, error: ClusterError | TimeoutError) -> None:
        doing = "renew" if self.held.is_set() else "acquire"
        trouble = f"cannot {doing} {self._ref}: {_said(error)}"
        if self.held.is_set() and not self.is_leading():
            trouble += "; it has lapsed, so nothing is written until it is renewed"
            self._note_lapse()
        if trouble != self._trouble:
            log.warning("%s", trouble)
        self._trouble = trouble

    def _note_lapse(self) -> None:
        """Count a lapse once, whether it is noticed while it lasts or afterwards."""
        if not self._lapsed:
            self._count("lapsed")
        self._lapsed = True

    def _count(self, reason: str) -> None:
        if self._metrics:
            self._metrics.lease_lost(NAME, reason)


def _stamp() -> str:
    """Return the time of day, for people who read the Lease."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _said(error: Exception) -> str:
    return str(error) or "no answer in time"
