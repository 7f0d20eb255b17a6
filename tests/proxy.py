"""A proxy between an operator and its API server that makes faults to order.

It speaks plain HTTP to the operator, and adds credentials and TLS towards the API server. It runs
in a thread of its own; its methods may be called from any other.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, Self

from tests.faults import OF_STREAMS, Fault, Rule
from tests.kubeconfig import Access, write_kubeconfig
from tests.relay import Relay

ANSWERED_SECONDS = 10.0


class Proxy:
    """Forwards inside its ``with`` block; ``seed`` decides which requests a rate hits."""

    def __init__(self, upstream: Access, seed: int = 0) -> None:
        self.port = 0
        self._upstream = upstream
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._rules: list[Rule] = []
        self._relays: dict[Relay, asyncio.Task[None]] = {}
        self._listener: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="proxy")

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def open(self) -> int:
        """How many connections of the operator's are open."""
        return len(self._relays)

    def kubeconfig(self, path: Path) -> Path:
        """Write a kubeconfig that leads through the proxy; return where."""
        write_kubeconfig(path, f"http://127.0.0.1:{self.port}")
        return path

    def inject(self, rule: Rule) -> Rule:
        """Let a rule hold from now on, for watches that are open as well; earlier ones go first."""
        self._do(self._add(rule))
        return rule

    def lift(self, *rules: Rule) -> None:
        """Take these rules away, or all. What they befell stays as it is."""
        self._do(self._remove(rules))

    @contextmanager
    def fault(self, fault: Fault, **which: Any) -> Iterator[Rule]:
        """Make a fault inside the block; ``which`` are the fields of ``Rule``."""
        rule = self.inject(Rule(fault, **which))
        try:
            yield rule
        finally:
            self.lift(rule)

    def hang_up(self) -> None:
        """Break every connection; new ones are served."""
        self._do(self._break())

    @contextmanager
    def away(self) -> Iterator[None]:
        """Break every connection and refuse new ones inside the block."""
        self._do(self._hang_up())
        try:
            yield
        finally:
            self._do(self._listen())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWERED_SECONDS)

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _hang_up(self) -> None:
        assert self._listener
        self._listener.close()
        await self._break()

    async def _break(self) -> None:
        served = tuple(self._relays.values())
        for task in served:
            task.cancel()
        await asyncio.gather(*served, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relay = Relay.between(reader, writer, self._upstream, self._draw)
        task = asyncio.ensure_future(relay.run())
        self._relays[relay] = task
        try:
            await asyncio.wait({task})
        finally:
            del self._relays[relay]

    async def _add(self, rule: Rule) -> None:
        self._rules.append(rule)
        for relay in self._relays if isinstance(rule.fault, OF_STREAMS) else ():
            open_watch = relay.befallen
            if not open_watch or open_watch.done():
                continue
            if rule.befalls(relay.method, relay.target, self._chance):
                open_watch.set_result(rule.fault)

    async def _remove(self, rules: tuple[Rule, ...]) -> None:
        self._rules[:] = [kept for kept in self._rules if rules and kept not in rules]

    def _draw(self, method: str, target: str) -> Fault | None:
        hits = (rule for rule in self._rules if rule.befalls(method, target, self._chance))
        hit = next(hits, None)
        return hit.fault if hit else None
