from __future__ import annotations

import time

import aiohttp
import pytest
from aiohttp import web

from rhoai_operator.engine.web import LAG_SECONDS, AddressError, Heart, Probes, is_local, serve

ANY = "127.0.0.1:0"


def probes(*, alive: bool = True, ready: bool = True) -> Probes:
    return Probes(lambda: alive, lambda: ready, lambda: b"metric 1\n", lambda: {"queue": {}})


async def answer(runner: web.AppRunner, path: str) -> tuple[int, str]:
    host, port = runner.addresses[0]
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://{host}:{port}{path}") as response,
    ):
        return response.status, await response.text()


@pytest.mark.parametrize(
    ("told", "path", "status", "text"),
    [
        pytest.param(probes(ready=False), "/healthz", 200, "ok\n", id="alive"),
        pytest.param(probes(alive=False), "/healthz", 500, "not ok\n", id="not-alive"),
        pytest.param(probes(alive=False), "/readyz", 200, "ok\n", id="ready"),
        pytest.param(probes(ready=False), "/readyz", 500, "not ok\n", id="not-ready"),
        pytest.param(probes(), "/metrics", 200, "metric 1\n", id="metrics"),
        pytest.param(probes(), "/debug/state", 200, '{\n  "queue": {}\n}', id="state"),
    ],
)
async def test_endpoints(told: Probes, path: str, status: int, text: str) -> None:
    runner = await serve(ANY, ANY, told)
    try:
        assert await answer(runner, path) == (status, text)
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("metrics", "probe", "count"),
    [
        pytest.param("0", "0", 0, id="nowhere"),
        pytest.param("0", ANY, 1, id="probes-only"),
        pytest.param(ANY, ANY, 1, id="one-for-both"),
        pytest.param(ANY, "localhost:0", 2, id="two"),
    ],
)
async def test_addresses(metrics: str, probe: str, count: int) -> None:
    runner = await serve(metrics, probe, probes())
    try:
        assert len(runner.sites) == count
    finally:
        await runner.cleanup()


async def test_an_address_that_is_taken() -> None:
    first = await serve(ANY, "0", probes())
    try:
        with pytest.raises(AddressError, match="give another address"):
            await serve(f"127.0.0.1:{first.addresses[0][1]}", "0", probes())
    finally:
        await first.cleanup()


async def test_an_address_that_is_none() -> None:
    with pytest.raises(AddressError, match="correct the address"):
        await serve("localhost", "0", probes())


def test_a_heart_that_lags_is_not_alive() -> None:
    assert Heart().is_alive
    assert not Heart(time.monotonic() - LAG_SECONDS - 1).is_alive


@pytest.mark.parametrize(
    ("remote", "local"),
    [
        pytest.param("127.0.0.1", True, id="loopback"),
        pytest.param("::1", True, id="loopback-6"),
        pytest.param("10.0.0.1", False, id="another-host"),
        pytest.param(None, False, id="unknown"),
    ],
)
def test_state_is_for_this_host_only(remote: str | None, local: bool) -> None:
    assert is_local(remote) is local
