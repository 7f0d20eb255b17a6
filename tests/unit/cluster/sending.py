"""A sender with a tiny server behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rhoai_operator.cluster.access import Access
from rhoai_operator.cluster.requests import Request
from rhoai_operator.cluster.sender import Lane, Sender
from rhoai_operator.cluster.turns import Turns
from rhoai_operator.cluster.wire import Wire
from tests.unit.cluster.server import Server, Step, access, serving

GET = Request("GET", "/x")
LANE = Lane("web", lambda: True, seconds=20.0)


@dataclass
class Sending:
    """A sender and what it told of its attempts: method, code."""

    server: Server
    sender: Sender
    told: list[tuple[str, int]]
    loads: int = 0


@asynccontextmanager
async def sending(*steps: Step, turns: Turns | None = None) -> AsyncIterator[Sending]:
    async with serving(*steps) as server:

        async def load() -> Access:
            it.loads += 1
            return access(server.url, f"token-{it.loads}")

        def observe(method: str, host: str, code: int, seconds: float) -> None:
            assert server.url == f"http://{host}"
            assert seconds >= 0
            it.told.append((method, code))

        line = Wire(access(server.url, "token-0"), load)
        it = Sending(server, Sender(line, turns or Turns(), observe), [])
        try:
            yield it
        finally:
            await line.close()
