"""What kopf's handlers ask of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

from rhoai_operator.api.metadata import Metadata
from rhoai_operator.cluster.errors import Conflict
from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.report import Outcome
from rhoai_operator.engine.attempts import Attempts, Stamp, Version
from rhoai_operator.engine.watched import DSC, DSCI, Watched

CONFLICT_PAUSE = 0.1
"""Seconds before an object that changed while it was patched is looked at again."""
ARRIVAL_SECONDS = 10.0
"""How long a version that kopf knows of may take to reach our informer."""


class Edge:
    """Satisfies ``rhoai_operator.handlers.Engine``.

    Args:
        names: of the components that objects of each kind switch on.
        stamp: returns the versions that rule now.
    """

    def __init__(
        self,
        cluster: Cluster,
        watched: Watched,
        attempts: Attempts,
        names: Mapping[str, tuple[str, ...]],
        stamp: Callable[[], Stamp],
    ) -> None:
        self._cluster = cluster
        self._watched = watched
        self._attempts = attempts
        self._names = names
        self._stamp = stamp

    async def submit(self, kind: str, uid: str, generation: int) -> tuple[str, ...]:
        """Return the components that this object switches on, once its version has arrived.

        Empty when the object is gone, or an older one rules.
        """

        def arrived() -> bool:
            known = map(Metadata.of, self._watched.custom_resources(kind))
            return any(m.uid == uid and m.generation >= generation for m in known)

        await self._watched.synced()
        with suppress(TimeoutError):  # kopf may be ahead of our informer, or the object gone
            async with asyncio.timeout(ARRIVAL_SECONDS):
                await self._attempts.until(arrived)
        return self._names[kind] if self._rules(kind, uid) else ()

    async def attempted(self, name: str, kind: str, uid: str, generation: int) -> Outcome | None:
        """Wait for an attempt at a component that knows this version; None if it rules no more."""

        def made() -> bool:
            version = self._attempted(name, kind)
            done = version and version.uid == uid and version.generation >= generation
            return bool(done) or not self._rules(kind, uid)

        await self._attempts.until(made)
        attempt = self._attempts.newest(name)
        return attempt.outcome if attempt and self._rules(kind, uid) else None

    async def removed(self, kind: str, uid: str) -> None:
        """Wait until nothing is left of what this object, which is being deleted, switched on."""

        def gone(name: str) -> bool:
            attempt, version = self._attempts.newest(name), self._attempted(name, kind)
            if not attempt or not version or version.uid != uid or not version.deleting:
                return False
            return attempt.outcome.settled and not attempt.outcome.blocked

        await self._watched.synced()
        await self._attempts.until(
            lambda: not self._rules(kind, uid) or all(map(gone, self._names[kind]))
        )

    async def release(self, kind: str, name: str, finalizers: Collection[str]) -> None:
        """Take finalizers off a custom resource, if it is still there."""
        where = DSC if kind == DSC.kind else DSCI
        ref = ObjectRef(where.group, where.kind, "", name, where.version)
        while live := await self._cluster.get(ref):
            metadata = live["metadata"]
            kept = [f for f in metadata.get("finalizers") or () if f not in finalizers]
            change = {"finalizers": kept, "resourceVersion": metadata["resourceVersion"]}
            try:
                await self._cluster.patch(ref, {"metadata": change})
            except Conflict:  # it has just changed: look again, or a finalizer would be lost
                await asyncio.sleep(CONFLICT_PAUSE)
            else:
                return

    def _attempted(self, name: str, kind: str) -> Version | None:
        attempt = self._attempts.newest(name)
        return attempt.stamp.of_kind(kind) if attempt else None

    def _rules(self, kind: str, uid: str) -> bool:
        version = self._stamp().of_kind(kind)
        return version is not None and version.uid == uid
