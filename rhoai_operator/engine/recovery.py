"""What the operator finds when it starts, before it touches anything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from rhoai_operator.cluster.errors import ClusterError
from rhoai_operator.cluster.port import Cluster, Kind
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.reconcile.lost import find
from rhoai_operator.reconcile.store import ConfigMapStore

PAUSE = 2.0
"""Seconds until the inventories are asked for again."""

log = logging.getLogger(__name__)


class Recovery:
    """Reads the inventories, and adds to them what they lack.

    Args:
        labels: value of ``app.kubernetes.io/part-of`` -> component.

    Attributes:
        legacy: objects of components that were there before us and do not carry our label.
    """

    def __init__(self, cluster: Cluster, store: ConfigMapStore, labels: Mapping[str, str]) -> None:
        self.legacy: set[ObjectRef] = set()
        self._cluster = cluster
        self._store = store
        self._labels = labels
        self._done = asyncio.Event()

    async def run(self, kinds: Callable[[], frozenset[Kind]]) -> None:
        """Recover, as soon as the API server answers.

        Args:
            kinds: returns those of all that components may have made.
        """
        while not self._store.is_read:
            try:
                await self._store.read()
            except ClusterError as error:
                log.warning("cannot read the inventories: %s", error)
                await asyncio.sleep(PAUSE)
        found = await find(self._cluster, kinds(), self._store.known(), self._labels)
        self.legacy.update(found.legacy)
        for name, inventory in found.lost.items():
            self._store.remember(name, await self._store.load(name) | inventory)
        self._done.set()

    async def done(self) -> None:
        """Wait until it has."""
        await self._done.wait()
