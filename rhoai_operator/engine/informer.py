"""A live copy of the objects of one kind, kept by list and watch."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterator
from typing import TypeAlias

from rhoai_operator.cluster.errors import ClusterError, Gone
from rhoai_operator.cluster.port import Cluster, Kind, WatchEvent
from rhoai_operator.core.objects import Manifest
from rhoai_operator.metrics import Metrics

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds between attempts to list or watch while that fails; doubled each time, jittered."""

RESUME_PAUSE = 0.2
"""Seconds before a watch that the server ended is resumed."""

log = logging.getLogger(__name__)

OnChange: TypeAlias = Callable[[Manifest | None, Manifest | None], None]
"""Told of every change: the object before (None: it is new) and after (None: it is gone)."""


class Informer:
    """Follows all objects of a kind that carry certain labels.

    Deletions that happen while a watch is broken are noticed by the list that follows.

    Args:
        without: top-level fields that are not kept, because they are large and not needed.

    Attributes:
        synced: set once the first list is in.
        heard: monotonic time in seconds of the newest sign of life.
    """

    def __init__(
        self,
        cluster: Cluster,
        kind: Kind,
        *,
        labels: str = "",
        without: frozenset[str] = frozenset(),
        on_change: OnChange,
        metrics: Metrics,
    ) -> None:
        self.kind = kind
        self.synced = asyncio.Event()
        self.heard = time.monotonic()
        self._cluster = cluster
        self._labels = labels
        self._without = without
        self._on_change = on_change
        self._metrics = metrics
        self._objects: dict[tuple[str, str], Manifest] = {}

    def __iter__(self) -> Iterator[Manifest]:
        """Go through the objects as they are now, in no particular order."""
        return iter(tuple(self._objects.values()))

    def get(self, namespace: str, name: str) -> Manifest | None:
        """Return one object as it was last seen."""
        return self._objects.get((namespace, name))

    async def run(self) -> None:
        """List and watch for ever, whatever the API server does."""
        failures = 0
        while True:
            try:
                version = await self._list()
                failures = 0
                await self._watch(version)
            except Gone:
                log.info("the watch of %s is too old to be resumed; listing again", self.kind)
            except ClusterError as error:
                failures += 1
                log.warning("cannot follow %s: %s", self.kind, error)
            self._metrics.watch_restarted(str(self.kind))
            pause = min(FIRST_PAUSE * 2.0**failures, LONGEST_PAUSE)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311

    def refresh(self, live: Manifest) -> None:
        """Take in what we have just written, unless it is gone or a newer version is known."""
        if _key(live) in self._objects:
            self._take(live)

    async def _list(self) -> str:
        listing = await self._cluster.list(self.kind, labels=self._labels)
        self.heard = time.monotonic()
        present = {_key(item) for item in listing.items}
        for key in self._objects.keys() - present:
            self._on_change(self._objects.pop(key), None)
        for item in listing.items:
            self._take(item)
        self.synced.set()
        return listing.resource_version

    async def _watch(self, version: str) -> None:
        """Follow changes until a watch fails; one that just ends is resumed where it was."""
        while True:
            async for event in self._cluster.watch(self.kind, since=version, labels=self._labels):
                version = event.object["metadata"]["resourceVersion"]
                self.heard = time.monotonic()
                self._follow(event)
            await asyncio.sleep(RESUME_PAUSE)

    def _follow(self, event: WatchEvent) -> None:
        if event.type == "DELETED":
            if known := self._objects.pop(_key(event.object), None):
                self._on_change(known, None)
        elif event.type != "BOOKMARK":
            self._take(event.object)

    def _take(self, live: Manifest) -> None:
        known = self._objects.get(_key(live))
        if known and _version(known) >= _version(live):
            return
        kept = {name: value for name, value in live.items() if name not in self._without}
        self._objects[_key(live)] = kept
        self._on_change(known, kept)


def _key(live: Manifest) -> tuple[str, str]:
    metadata = live["metadata"]
    return (metadata.get("namespace", ""), metadata["name"])


def _version(live: Manifest) -> int:
    """ResourceVersions grow; Kubernetes compares them as numbers as well."""
    return int(live["metadata"].get("resourceVersion") or 0)
