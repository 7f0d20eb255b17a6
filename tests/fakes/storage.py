"""Objects with their versions and what happened to them, as an API server keeps them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from rhoai_operator.cluster.errors import Gone
from rhoai_operator.cluster.port import Kind, WatchEvent
from rhoai_operator.core.objects import Manifest, ObjectRef
from tests.fakes.selecting import Selector

_WITHOUT_GENERATION = frozenset({
    "", "rbac.authorization.k8s.io", "events.k8s.io", "coordination.k8s.io"
})  # fmt: skip
_FIRST_VERSION = 100


@dataclass(frozen=True, slots=True)
class _Change:
    """One step of the history; without ``before`` and ``after`` it is a bookmark."""

    version: int
    before: Manifest | None = None
    after: Manifest | None = None

    def event(self, kind: Kind, selects: Selector) -> WatchEvent | None:
        """Tell it to a watcher, if it is any news to it."""
        if not self.before and not self.after:
            version = f"{kind.group}/{kind.version}".removeprefix("/")
            identity = {"apiVersion": version, "kind": kind.kind}
            return WatchEvent("BOOKMARK", _at(identity, self.version))
        was = self.before if self.before and selects(self.before) else None
        now = self.after if self.after and selects(self.after) else None
        if now:
            return WatchEvent("MODIFIED" if was else "ADDED", now)
        return WatchEvent("DELETED", _at(was, self.version)) if was else None


class Storage:
    """Attributes:
    objects: all objects as they are now.
    version: the newest resourceVersion.
    """

    def __init__(self) -> None:
        self.objects: dict[ObjectRef, Manifest] = {}
        self.version = self._oldest = _FIRST_VERSION
        self._history: list[_Change] = []
        self._epoch = 0
        self._news: set[asyncio.Event] = set()

    def store(self, after: Manifest) -> Manifest:
        """Store what differs from before, as a new version and perhaps a new generation."""
        ref = ObjectRef.of(after)
        before = self.objects.get(ref)
        if before and _intent(before, "resourceVersion") == _intent(after, "resourceVersion"):
            return before
        stored = _at(after, self._next())
        if ref.group not in _WITHOUT_GENERATION:
            stored["metadata"]["generation"] = _generation(before, after)
        self.objects[ref] = stored
        self._record(_Change(self.version, before, stored))
        return stored

    def drop(self, ref: ObjectRef) -> None:
        """Let an object go."""
        before = self.objects.pop(ref)
        self._record(_Change(self._next(), before))

    def bookmark(self) -> str:
        """Send a bookmark to all watchers and return its resourceVersion."""
        self._record(_Change(self._next()))
        return str(self.version)

    def forget_history(self) -> None:
        """End all watches; none can be resumed from a version before this one."""
        self._oldest = self._next()
        self._history.clear()
        self.end_watches()

    def end_watches(self) -> None:
        """End all watches, as servers do every few minutes."""
        self._epoch += 1
        self._wake()

    async def watch(self, kind: Kind, selects: Selector, since: int) -> AsyncIterator[WatchEvent]:
        """Tell what happens after a version."""
        at, epoch, news = since, self._epoch, asyncio.Event()
        if at < self._oldest:
            raise Gone(f"too old resource version: {since} ({self._oldest})")
        self._news.add(news)
        try:
            while epoch == self._epoch:
                for change in tuple(c for c in self._history if c.version > at):
                    at = change.version
                    if event := change.event(kind, selects):
                        yield event
                await news.wait()
                news.clear()
        finally:
            self._news.discard(news)

    def _next(self) -> int:
        self.version += 1
        return self.version

    def _record(self, change: _Change) -> None:
        self._history.append(change)
        self._wake()

    def _wake(self) -> None:
        for news in self._news:
            news.set()


def _generation(before: Manifest | None, after: Manifest) -> int:
    if before is None:
        return int(after["metadata"].get("generation", 1))
    own, known = ("metadata", "status"), int(before["metadata"]["generation"])
    return known if _intent(before, *own) == _intent(after, *own) else known + 1


def _at(live: Manifest, version: int) -> dict[str, dict[str, object]]:
    return {**live, "metadata": {**live.get("metadata", {}), "resourceVersion": str(version)}}


def _intent(live: Manifest, *without: str) -> Manifest:
    """An object without some of its fields, or of its metadata's."""
    metadata = {k: v for k, v in live["metadata"].items() if k not in without}
    rest = {k: v for k, v in live.items() if k not in (*without, "metadata")}
    return rest if "metadata" in without else {**rest, "metadata": metadata}
