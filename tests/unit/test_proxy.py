"""The fault proxy, between an ordinary HTTP client and a server that answers and streams."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from tests.faults import (
    Answer,
    Cut,
    Delay,
    Drop,
    ExpiredWatch,
    Fault,
    HalfOpen,
    Reset,
    StaleWatch,
    Trickle,
)
from tests.kubeconfig import Access, access
from tests.proxy import Proxy
from tests.wait import until

LARGE = "x" * 300_000
EVENT = {"type": "ADDED", "object": {"kind": "Thing"}}
SOON = aiohttp.ClientTimeout(total=0.15)


class Server:
    """Says what it was asked, and streams an event for each ``next``."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.next = asyncio.Queue[str]()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if "watch" in request.query:
            return await self._stream(request)
        text = await request.text()
        return web.json_response(
            {"text": text, "token": request.headers.get("Authorization"), "more": LARGE}
        )

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse()
        stream.enable_chunked_encoding()
        await stream.prepare(request)
        while text := await self.next.get():
            await stream.write(text.encode())
        return stream


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, Access]]:
    server, app = Server(), web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield server, Access("127.0.0.1", runner.addresses[0][1], token="let-me-in")  # noqa: S106
    server.next.put_nowait("")
    await runner.cleanup()


@pytest.fixture
def asked(server: tuple[Server, Access]) -> Server:
    return server[0]


@pytest.fixture
def proxy(server: tuple[Server, Access]) -> Iterator[Proxy]:
    with Proxy(server[1], seed=1) as proxy:
        yield proxy


@pytest.fixture
async def client(proxy: Proxy) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{proxy.port}") as client:
        yield client


async def event(watch: aiohttp.ClientResponse) -> object:
    return json.loads(await watch.content.readline())


async def test_without_a_fault_it_passes_everything_on(
    client: aiohttp.ClientSession, asked: Server
) -> None:
    for number in range(3):
        async with client.post(f"/things/{number}", data="hello") as answer:
            said = await answer.json()
            assert said == {"text": "hello", "token": "Bearer let-me-in", "more": LARGE}
    assert asked.asked == [f"POST /things/{number}" for number in range(3)]


async def test_a_watch_is_passed_on_event_by_event(
    client: aiohttp.ClientSession, asked: Server
) -> None:
    async with client.get("/things?watch=true") as watch:
        text = json.dumps(EVENT)
        for part in (f"{text}\n{text[:5]}", text[5:] + "\n"):
            asked.next.put_nowait(part)
            assert await event(watch) == EVENT
        asked.next.put_nowait("")
        assert await watch.content.readline() == b""


@pytest.mark.parametrize(
    ("fault", "served"),
    [
        pytest.param(Drop(), False, id="dropped"),
        pytest.param(Drop(served=True), True, id="dropped-after-it-was-served"),
        pytest.param(Reset(), False, id="reset"),
        pytest.param(Reset(served=True), True, id="reset-after-it-was-served"),
        pytest.param(Cut(), True, id="cut"),
    ],
)
async def test_an_answer_is_lost(
    client: aiohttp.ClientSession, proxy: Proxy, asked: Server, fault: Fault, served: bool
) -> None:
    with proxy.fault(fault, method="PATCH") as rule, pytest.raises(aiohttp.ClientError) as lost:
        async with client.patch("/thing") as answer:
            await answer.read()
    assert isinstance(lost.value, aiohttp.ClientOSError) is isinstance(fault, Reset)
    assert (bool(asked.asked), rule.hits) == (served, 1)
    async with client.patch("/thing") as answer:
        assert answer.status == 200


@pytest.mark.parametrize("code", [409, 429, 500, 503])
async def test_a_request_is_refused(
    client: aiohttp.ClientSession, proxy: Proxy, asked: Server, code: int
) -> None:
    with proxy.fault(Answer(code, retry_after=7), path="/thing$"):
        async with client.get("/thing") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (code, "7")
            assert (await answer.json())["code"] == code
        async with client.get("/things") as answer:
            assert answer.status == 200
    assert asked.asked == ["GET /things"]


@pytest.mark.parametrize("fault", [HalfOpen(), Delay(30), Trickle(30)])
async def test_nothing_comes_in_time(
    client: aiohttp.ClientSession, proxy: Proxy, fault: Fault
) -> None:
    with proxy.fault(fault, count=1), pytest.raises(TimeoutError):
        async with client.get("/thing", timeout=SOON) as answer:
            await answer.read()
    async with client.get("/thing") as answer:
        assert answer.status == 200


async def test_a_delay_and_a_trickle_end(client: aiohttp.ClientSession, proxy: Proxy) -> None:
    for fault in (Delay(0.01), Trickle(0.05)):
        with proxy.fault(fault) as rule:
            async with client.get("/thing") as answer:
                assert (await answer.json())["more"] == LARGE
        assert rule.hits == 1


async def test_an_open_watch_becomes_stale_for_ever(
    client: aiohttp.ClientSession, proxy: Proxy, asked: Server
) -> None:
    async with client.get("/things?watch=true", timeout=SOON) as watch:
        with proxy.fault(StaleWatch()) as rule:
            assert rule.hits == 1
        asked.next.put_nowait(json.dumps(EVENT) + "\n")
        with pytest.raises(TimeoutError):
            await event(watch)
    async with client.get("/thing") as answer:
        assert answer.status == 200


async def test_an_open_watch_expires(client: aiohttp.ClientSession, proxy: Proxy) -> None:
    async with client.get("/things?watch=true") as watch:
        with proxy.fault(ExpiredWatch()):
            last = await event(watch)
    assert isinstance(last, dict)
    assert (last["type"], last["object"]["code"]) == ("ERROR", 410)


async def test_an_open_watch_ends_in_the_middle_of_an_event(
    client: aiohttp.ClientSession, proxy: Proxy
) -> None:
    with proxy.fault(Cut()):
        async with client.get("/things?watch=true") as watch:
            with pytest.raises(aiohttp.ClientPayloadError):
                await watch.read()


async def test_a_rate_is_kept_and_drawn_by_the_seed(server: tuple[Server, Access]) -> None:
    async def codes() -> list[int]:
        with Proxy(server[1], seed=7) as proxy, proxy.fault(Answer(503), rate=0.3):
            async with aiohttp.ClientSession(f"http://127.0.0.1:{proxy.port}") as client:
                answers = [await client.get("/thing") for _ in range(40)]
                for answer in answers:
                    await answer.read()
                return [answer.status for answer in answers]

    first = await codes()
    assert first == await codes()
    assert 4 < first.count(503) < 20


async def test_it_goes_away_and_comes_back(client: aiohttp.ClientSession, proxy: Proxy) -> None:
    async with client.get("/things?watch=true") as watch:
        with proxy.away():
            with pytest.raises(aiohttp.ClientError):
                await watch.read()
            with pytest.raises(aiohttp.ClientConnectorError):
                await client.get("/thing")
    async with client.get("/thing") as answer:
        assert answer.status == 200


async def test_hanging_up_breaks_what_is_open_and_nothing_else(
    client: aiohttp.ClientSession, proxy: Proxy
) -> None:
    async with client.get("/things?watch=true") as watch:
        proxy.hang_up()
        with pytest.raises(aiohttp.ClientError):
            await watch.read()
    async with client.get("/thing") as answer:
        assert answer.status == 200


async def test_a_server_that_is_gone_breaks_the_connection() -> None:
    with Proxy(Access("127.0.0.1", 1)) as proxy:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{proxy.port}") as client:
            with pytest.raises(aiohttp.ClientError):
                await client.get("/thing")


async def test_an_operator_that_hangs_up_ends_the_servers_watch(
    client: aiohttp.ClientSession, proxy: Proxy
) -> None:
    async with client.get("/things?watch=true"):
        assert proxy.open == 1
    await until(lambda: proxy.open == 0, 5, "the connection is gone")


def test_its_kubeconfig_leads_to_it(proxy: Proxy, tmp_path: Path) -> None:
    path = proxy.kubeconfig(tmp_path / "kubeconfig")
    assert access(path) == Access("127.0.0.1", proxy.port)
