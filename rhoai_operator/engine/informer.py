"""A live copy of the objects of one kind, kept by list and watch."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterator
from typing import TypeAlias

from rhoai_operator.cluster.errors import ClusterError, Gone, KindNotServed, Unavailable
from rhoai_operator.cluster.port import Cluster, Selection, WatchEvent
from rhoai_operator.core.objects import Manifest
from rhoai_operator.metrics import Metrics

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds from the second failure to list or watch to the next attempt; doubled, jittered."""
LONGEST_AWAY_PAUSE = 4.0
"""The longest of them while the API server cannot be reached: all waits for its return."""
_MOST_DOUBLINGS = 64  # what fails for days must not overflow

RESUME_PAUSE = 0.2
"""Seconds before a watch that ended is resumed, and at most after the first failure."""

log = logging.getLogger(__name__)

OnChange: TypeAlias = Callable[[Manifest | None, Manifest | None], None]
"""Told of every change: the object before (None: it is new) and after (None: it is gone)."""

Keep: TypeAlias = Callable[[Manifest], Manifest | None]
"""Chooses what is kept of an object; None: nothing at all, as if it were not there."""


class Informer:
    """Follows the selected objects.

    A watch that ends or breaks is resumed from the last version seen; deletions that happen while
    that is too old are noticed by the list that follows.

    Attributes:
        selection: what it follows.
        born: monotonic time in seconds at which it was made.
        listed: set once the first list is in.
        heard: monotonic time in seconds of the newest sign of life, an error included.
        problem: why objects cannot be followed; empty from the next list, event or bookmark on.
    """

    def __init__(
        self,
        cluster: Cluster,
        selection: Selection,
        *,
        keep: Keep = lambda live: live,
        on_change: OnChange,
        metrics: Metrics,
    ) -> None:
        self.selection = selection
        self.listed = asyncio.Event()
        self.born = time.monotonic()
        self.heard = time.monotonic()
        self.problem = ""
        self._failures = 0
        self._cluster = cluster
        self._keep = keep
        self._on_change = on_change
        self._metrics = metrics
        self._objects: dict[tuple[str, str], Manifest] = {}
        self._seen = 0

    def __iter__(self) -> Iterator[Manifest]:
        """Go through the objects as they are now, in no particular order."""
        return iter(tuple(self._objects.values()))

    def __len__(self) -> int:
        """Count the objects."""
        return len(self._objects)

    def get(self, namespace: str, name: str) -> Manifest | None:
        """Return one object as it was last seen."""
        return self._objects.get((namespace, name))

    async def run(self) -> None:
        """List and watch for ever, whatever the API server does."""
        try:
            await self._follow_on()
        finally:
            self._metrics.watch_ended(self._kind)

    async def _follow_on(self) -> None:
        version = ""
        while True:
            longest = LONGEST_PAUSE
            try:
                version = await self._watch(version or await self._list())
                await asyncio.sleep(RESUME_PAUSE)
                continue
            except Gone:
                version = ""
                self._failures += 1
                log.info("the watch of %s is too old to be resumed; listing again", self._kind)
            except KindNotServed as error:
                version = ""
                self._fail(error)
                self._drop_all()
            except ClusterError as error:
                version = str(self._seen or "")
                self._fail(error)
                if isinstance(error, Unavailable):
                    longest = LONGEST_AWAY_PAUSE
            self._metrics.watch_restarted(self._kind)
            await asyncio.sleep(_pause(self._failures, longest))

    def took(self, live: Manifest) -> None:
        """Take in how an object is after a request of ours, unless a watch has told more.

        Nobody is told: whoever sent the request knows.
        """
        known = self._objects.get(_key(live))
        if known is None and _version(live) <= self._seen:
            return  # it is gone again, and we have been told
        newer = known is None or _version(known) < _version(live)
        if newer and (kept := self._keep(live)) is not None:
            self._objects[_key(live)] = kept

    @property
    def _kind(self) -> str:
        return str(self.selection.kind)

    async def _list(self) -> str:
        listing = await self._cluster.list(self.selection)
        self._hear(listing.resource_version)
        present = {_key(item) for item in listing.items}
        for key in self._objects.keys() - present:
            if _version(self._objects[key]) <= self._seen:  # else it was made after this list
                self._on_change(self._objects.pop(key), None)
        for item in listing.items:
            self._take(item)
        self.listed.set()
        return listing.resource_version

    async def _watch(self, version: str) -> str:
        """Follow changes until the server ends the watch; return where to go on."""
        async for event in self._cluster.watch(self.selection, since=version):
            version = event.object["metadata"]["resourceVersion"]
            self._follow(event)
            self._hear(version)
            self._failures = 0
        return version

    def _fail(self, error: ClusterError) -> None:
        self._failures += 1
        self.heard = time.monotonic()
        self._metrics.watch_failed(self._kind)
        if self.problem != str(error):
            log.warning("cannot follow %s: %s", self._kind, error)
        self.problem = str(error)

    def _hear(self, version: str) -> None:
        self.heard = time.monotonic()
        self.problem = ""
        self._seen = int(version or 0)
        self._metrics.heard(self._kind)

    def _follow(self, event: WatchEvent) -> None:
        if event.type == "DELETED":
            self._drop(_key(event.object))
        elif event.type != "BOOKMARK":
            self._take(event.object)

    def _drop_all(self) -> None:
        for key in tuple(self._objects):
            self._drop(key)

    def _drop(self, key: tuple[str, str]) -> None:
        if known := self._objects.pop(key, None):
            self._on_change(known, None)

    def _take(self, live: Manifest) -> None:
        known = self._objects.get(_key(live))
        if known and _version(known) >= _version(live):
            return
        kept = self._keep(live)
        if kept is None:
            self._drop(_key(live))
            return
        self._objects[_key(live)] = kept
        self._on_change(known, kept)


def _pause(failures: int, longest: float) -> float:
    doubled = FIRST_PAUSE * 2.0 ** min(failures - 2, _MOST_DOUBLINGS)
    pause = RESUME_PAUSE if failures == 1 else min(doubled, longest)
    return pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreads what fails together


def _key(live: Manifest) -> tuple[str, str]:
    metadata = live["metadata"]
    return (metadata.get("namespace", ""), metadata["name"])


def _version(live: Manifest) -> int:
    """ResourceVersions grow; Kubernetes compares them as numbers as well."""
    return int(live["metadata"].get("resourceVersion") or 0)
