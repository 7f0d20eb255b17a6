"""Which kinds the API server serves, asked again when definitions or API services change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

from rhoai_operator.cluster.errors import ClusterError
from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core import trim
from rhoai_operator.core.objects import Manifest
from rhoai_operator.engine.informer import Informer
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics

DEFINITIONS = Kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
API_SERVICES = Kind("apiregistration.k8s.io", "v1", "APIService")
LOOKS = (0.1, 0.3, 0.6, 1.2, 2.4, 4.8)
"""Seconds between looks after a change: serving lags behind a definition."""
REST_SECONDS = 0.4
"""At least so long between looks: each answer names everything that is served."""
BUSY_SECONDS = 1.0
"""At most so long from a change to the next look while changes come faster than ``LOOKS`` begin."""

log = logging.getLogger(__name__)

OnServed: TypeAlias = Callable[[frozenset[Kind]], None]
"""Told of the kinds that are served since, or no longer."""


class Served:
    """Follows what is served, without a request while no API comes or goes.

    Attributes:
        kinds: what was served when last asked.
    """

    def __init__(self, cluster: Cluster, on_change: OnServed, metrics: Metrics) -> None:
        self.kinds: frozenset[Kind] = frozenset()
        self._cluster = cluster
        self._on_change = on_change
        self._changed = asyncio.Event()
        self._known = asyncio.Event()
        self._looked = float("-inf")

        def informer(kind: Kind) -> Informer:
            selection = Selection(kind, brief=True)
            return Informer(
                cluster, selection, keep=trim.name_only, on_change=self._heard, metrics=metrics
            )

        self.informers = (informer(DEFINITIONS), informer(API_SERVICES))

    def start(self, supervisor: Supervisor) -> None:
        """Start watching and asking."""
        self._changed.set()
        supervisor.start("discovery", self._run)
        for informer in self.informers:
            supervisor.start(f"informer {informer.selection.kind}", informer.run)

    async def known(self) -> None:
        """Wait for the first answer."""
        await self._known.wait()

    def _heard(self, _before: Manifest | None, _after: Manifest | None) -> None:
        self._changed.set()

    async def _run(self) -> None:
        first, *others = LOOKS
        while True:
            await self._changed.wait()
            if self._known.is_set():
                await self._calm(first)
            self._changed.clear()
            await self._look()
            for pause in others:
                if await self._hears_within(pause):
                    break
                await self._look()

    async def _calm(self, seconds: float) -> None:
        """Wait until nothing changes for so long, but not for ever."""
        clock = asyncio.get_running_loop().time
        earliest, latest = self._looked + REST_SECONDS, clock() + BUSY_SECONDS
        while (now := clock()) < latest:
            self._changed.clear()
            if not await self._hears_within(min(max(seconds, earliest - now), latest - now)):
                return

    async def _hears_within(self, seconds: float) -> bool:
        """Wait for the next change, so long at most; tell whether there is one."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        return self._changed.is_set()

    async def _look(self) -> None:
        try:
            found = await self._cluster.discover()
        except ClusterError as error:
            log.warning("cannot ask which kinds are served: %s", error)
            self._changed.set()
            await asyncio.sleep(LOOKS[-1] if self._known.is_set() else LOOKS[3])
            return
        self._looked = asyncio.get_running_loop().time()
        changed, self.kinds = found ^ self.kinds, found
        first = not self._known.is_set()
        self._known.set()
        if changed and not first:
            self._on_change(changed)
