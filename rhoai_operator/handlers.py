"""Kopf at the edge: the only module that knows the framework.

Handlers hold no state and no retries: they tell the engine, wait for the first attempt at each
component in a sub-handler of its own, and end. What kopf would write into annotations stays in
memory; for a level-triggered engine a restart is like any other look at the object.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any, Protocol

import aiohttp
import kopf

from rhoai_operator.api import datasciencecluster, dscinitialization

FINALIZER = "rhoai-operator.opendatahub.io/finalizer"
ATTEMPT_SECONDS = 60.0
"""How long a sub-handler waits; the engine goes on by itself."""

_KINDS = {
    api.KIND: (api.GROUP, api.VERSION, api.PLURAL)
    for api in (datasciencecluster, dscinitialization)
}
LEGACY_FINALIZERS = frozenset(f"{group}/finalizer" for group, _, _ in _KINDS.values())
"""Those of the Go operator, which would hang on our objects for ever."""


class Engine(Protocol):
    """What handlers need of the engine."""

    async def submit(self, kind: str, uid: str, generation: int) -> tuple[str, ...]:
        """Return the components that this object switches on."""
        ...

    async def attempted(self, name: str, kind: str, uid: str, generation: int) -> object:
        """Wait for an attempt at a component that knows this version of the object."""
        ...

    async def removed(self, kind: str, uid: str) -> None:
        """Wait until nothing is left of what the object switched on."""
        ...

    async def release(self, kind: str, name: str, finalizers: Collection[str]) -> None:
        """Take finalizers off an object."""
        ...


def register(registry: kopf.OperatorRegistry, engine: Engine) -> None:
    """Attach the engine to both custom resources."""
    for kind, selector in _KINDS.items():
        _register_kind(registry, engine, kind, selector)


def _register_kind(
    registry: kopf.OperatorRegistry, engine: Engine, kind: str, selector: tuple[str, str, str]
) -> None:
    where: dict[str, Any] = {"registry": registry}

    @kopf.on.create(*selector, id="reconcile", **where)
    @kopf.on.update(*selector, id="reconcile", **where)
    @kopf.on.resume(*selector, id="reconcile", **where)
    async def reconcile(meta: kopf.Meta, **_: Any) -> None:
        uid, generation = meta["uid"], meta["generation"]
        if left := LEGACY_FINALIZERS.intersection(meta.get("finalizers", ())):
            await engine.release(kind, meta["name"], left)
        names = await engine.submit(kind, uid, generation)
        attempts: Any = {  # kopf takes mappings, whatever its annotations say
            f"{name}.g{generation}": partial(_first_attempt, engine, (name, kind, uid, generation))
            for name in names
        }
        await kopf.execute(fns=attempts, lifecycle=kopf.lifecycles.all_at_once)

    @kopf.on.delete(*selector, id="remove", **where)
    async def remove(meta: kopf.Meta, **_: Any) -> None:
        await engine.removed(kind, meta["uid"])
        if left := LEGACY_FINALIZERS.intersection(meta.get("finalizers", ())):
            await engine.release(kind, meta["name"], left)

    @kopf.on.event(*selector, id="release", **where)
    async def release(meta: kopf.Meta, type: str | None, **_: Any) -> None:
        """An object that was deleted before we could add our finalizer has only the Go one's."""
        finalizers = frozenset(meta.get("finalizers", ()))
        left = LEGACY_FINALIZERS & finalizers
        if type != "DELETED" and meta.deletion_timestamp and left and FINALIZER not in finalizers:
            await engine.removed(kind, meta["uid"])
            await engine.release(kind, meta["name"], left)


async def _first_attempt(
    engine: Engine, what: tuple[str, str, str, int], logger: kopf.Logger, **_: Any
) -> None:
    try:
        async with asyncio.timeout(ATTEMPT_SECONDS):
            await engine.attempted(*what)
    except TimeoutError:
        logger.warning("%s: no attempt within %.0f s; it goes on", what[0], ATTEMPT_SECONDS)


def settings() -> kopf.OperatorSettings:
    """Return kopf's settings for production: it watches two kinds and writes one finalizer."""
    chosen = kopf.OperatorSettings()
    chosen.peering.standalone = True
    chosen.scanning.disabled = True
    chosen.watching.inactivity_timeout = 70
    chosen.watching.server_timeout = 300
    chosen.watching.client_timeout = 330
    chosen.watching.connect_timeout = 10
    chosen.watching.reconnect_backoff = 1.0
    chosen.networking.request_timeout = 30
    chosen.networking.connect_timeout = 10
    chosen.networking.error_backoffs = (1, 2, 4, 8, *([15] * 40))
    chosen.queueing.error_delays = (1, 2, 5, 10, 30, 60)
    chosen.execution.default_backoff = 15
    chosen.posting.enabled = False
    chosen.process.ultimate_exiting_timeout = 25
    chosen.persistence.finalizer = FINALIZER
    chosen.persistence.consistency_timeout = 5
    chosen.persistence.progress_storage = _ProgressInMemory()
    chosen.persistence.diffbase_storage = _DiffBaseInMemory()
    return chosen


async def run(
    engine: Engine,
    server: str,
    session: Callable[[], aiohttp.ClientSession],
    *,
    stop: asyncio.Event,
    closing: Callable[[], Awaitable[None]],
) -> None:
    """Run kopf against ``server`` until ``stop`` is set or a signal comes.

    Args:
        session: makes a new authorized session; kopf closes it.
        closing: awaited before kopf ends the tasks that were started while it ran.
    """
    registry = kopf.OperatorRegistry()
    register(registry, engine)

    @kopf.on.login(registry=registry)
    async def login(**_: Any) -> kopf.AiohttpSession:
        return kopf.AiohttpSession(server=server, aiohttp_session=session())

    @kopf.on.cleanup(registry=registry)
    async def close(**_: Any) -> None:
        stop.set()  # kopf waits 5 s for its own watch over this flag, if a signal came first
        await closing()

    logging.getLogger("kopf.objects").setLevel(logging.WARNING)
    identity: Any = socket.gethostname()  # kopf would ask for a user's name, and a pod's has none
    await kopf.operator(
        registry=registry,
        settings=settings(),
        identity=identity,
        standalone=True,
        clusterwide=True,
        stop_flag=stop,
    )


class _ProgressInMemory(kopf.ProgressStorage):
    """Keeps how far handlers came. Nothing here retries, so nothing has to wake kopf up."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], Any] = {}

    def fetch(self, *, key: Any, body: kopf.Body) -> Any:
        return self._records.get((body.metadata["uid"], key))

    def store(self, *, key: Any, record: Any, body: kopf.Body, patch: kopf.Patch) -> None:
        self._records[body.metadata["uid"], key] = record

    def purge(self, *, key: Any, body: kopf.Body, patch: kopf.Patch) -> None:
        self._records.pop((body.metadata["uid"], key), None)

    def touch(self, *, body: kopf.Body, patch: kopf.Patch, value: str | None) -> None:
        return

    def clear(self, *, essence: Any) -> Any:
        return essence


class _DiffBaseInMemory(kopf.DiffBaseStorage):
    """Keeps what was handled last, by uid."""

    def __init__(self) -> None:
        super().__init__()
        self._essences: dict[str, Any] = {}

    def fetch(self, *, body: kopf.Body) -> Any:
        return self._essences.get(body.metadata["uid"])

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: Any) -> None:
        self._essences[body.metadata["uid"]] = essence
