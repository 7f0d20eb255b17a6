from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable

import pytest
from aiohttp import web

from rhoai_operator.cluster import wire
from rhoai_operator.cluster.errors import ClusterError, Forbidden, Gone, Unavailable
from rhoai_operator.cluster.port import WatchEvent
from rhoai_operator.cluster.turns import Turns
from tests.unit.cluster.sending import GET, LANE, sending
from tests.unit.cluster.server import Step, event, hang, lines, ok, reset, status


class TestFollow:
    async def test_events(self) -> None:
        async with sending(lines(event("ADDED", a=1), event("BOOKMARK", b=1))) as it:
            told = [e async for e in it.sender.follow(GET)]

        assert [(e.type, {**e.object}.keys() & {"a", "b"}) for e in told] == [
            ("ADDED", {"a"}),
            ("BOOKMARK", {"b"}),
        ]
        assert it.told == [("GET", 200)]

    @pytest.mark.parametrize(
        ("steps", "error"),
        [
            pytest.param((status(410),), Gone, id="410"),
            pytest.param((status(503),), Unavailable, id="503"),
            pytest.param((status(401), status(401)), Forbidden, id="401"),
            pytest.param((reset,), Unavailable, id="reset-at-once"),
            pytest.param((lines(event("ADDED"), then=reset),), Unavailable, id="reset"),
            pytest.param((lines(event("ADDED"), b"<html>\n"),), Unavailable, id="no-json"),
            pytest.param((lines(event("ADDED"), then=hang),), Unavailable, id="silent"),
        ],
    )
    async def test_what_ends_it(
        self, steps: tuple[Step, ...], error: type[ClusterError], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wire, "IDLE_SECONDS", 0.2)
        async with sending(*steps) as it:
            with pytest.raises(error):
                await drain(it.sender.follow(GET))

    async def test_it_is_opened_again_with_new_credentials(self) -> None:
        async with sending(status(401), lines(event("ADDED"))) as it:
            told = [e.type async for e in it.sender.follow(GET)]

        assert told == ["ADDED"]
        assert it.server.seen[1].headers["Authorization"] == "Bearer token-1"

    async def test_no_head_is_an_error_after_a_while(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("rhoai_operator.cluster.sender.REQUEST_SECONDS", 0.2)
        async with sending(hang) as it:
            with pytest.raises(Unavailable):
                await anext(it.sender.follow(GET))

    async def test_whoever_stops_following_closes_the_connection(self) -> None:
        closed = asyncio.Event()

        async def wait(request: web.Request) -> web.StreamResponse:
            try:
                return await hang(request)
            finally:
                closed.set()

        async with sending(lines(event("ADDED"), then=wait)) as it:
            events = it.sender.follow(GET)
            assert isinstance(await anext(events), WatchEvent)
            await aclose(events)
            async with asyncio.timeout(5):
                await closed.wait()

    async def test_it_takes_no_turn(self) -> None:
        async with sending(lines(event("ADDED"), then=hang), ok(), turns=Turns(1, 1)) as it:
            events = it.sender.follow(GET)
            await anext(events)
            async with asyncio.timeout(5):
                reply = await it.sender.send(GET, LANE)
            await aclose(events)

        assert reply.error is None


async def drain(events: AsyncIterator[WatchEvent]) -> None:
    async with asyncio.timeout(5):
        async for _ in events:
            pass


def aclose(events: AsyncIterator[WatchEvent]) -> Awaitable[None]:
    closing: Awaitable[None] = events.aclose()  # type: ignore[attr-defined]
    return closing
