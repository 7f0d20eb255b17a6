from __future__ import annotations

import ssl
import time

import aiohttp
import pytest
from aiohttp import web

from rhoai_operator.core.objects import Manifest
from rhoai_operator.engine.guard import Guard
from rhoai_operator.engine.tls import ServingCertificate
from rhoai_operator.engine.web import (
    LAG_SECONDS,
    METRICS,
    AddressError,
    Heart,
    Probes,
    Scrapes,
    is_local,
    metrics_routes,
    probe_routes,
    serve,
)
from tests.unit.engine.certificates import client, made

ANY = "127.0.0.1:0"
KNOWN = {"authenticated": True, "user": {"username": "scraper"}}


def probes(*, alive: bool = True, ready: bool = True) -> list[web.RouteDef]:
    return probe_routes(Probes(lambda: alive, lambda: ready, lambda: {"queue": {}}))


def exposition() -> bytes:
    return b"metric 1\n"


async def answer(
    runner: web.AppRunner, path: str, *, tls: ssl.SSLContext | None = None, token: str = ""
) -> tuple[int, str]:
    host, port = runner.addresses[0]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"{'https' if tls else 'http'}://{host}:{port}{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, headers=headers, ssl=tls or False) as response,
    ):
        return response.status, await response.text()


@pytest.mark.parametrize(
    ("routes", "path", "status", "text"),
    [
        pytest.param(probes(ready=False), "/healthz", 200, "ok\n", id="alive"),
        pytest.param(probes(alive=False), "/healthz", 500, "not ok\n", id="not-alive"),
        pytest.param(probes(alive=False), "/readyz", 200, "ok\n", id="ready"),
        pytest.param(probes(ready=False), "/readyz", 500, "not ok\n", id="not-ready"),
        pytest.param(probes(), "/debug/state", 200, '{\n  "queue": {}\n}', id="state"),
        pytest.param(probes(), METRICS, 404, "404: Not Found", id="no-metrics-for-the-kubelet"),
        pytest.param(
            metrics_routes(Scrapes(exposition)), METRICS, 200, "metric 1\n", id="metrics-for-all"
        ),
    ],
)
async def test_endpoints(routes: list[web.RouteDef], path: str, status: int, text: str) -> None:
    runner = await serve(ANY, routes)
    try:
        assert await answer(runner, path) == (status, text)
    finally:
        await runner.cleanup()


class Answers:
    """An API server that knows one token and what its user may do."""

    def __init__(self, *, allowed: bool = True) -> None:
        self._allowed = allowed

    async def __call__(self, question: Manifest) -> Manifest:
        if question["kind"] == "TokenReview":
            known = question["spec"] == {"token": "good"}
            return {"status": KNOWN if known else {}}
        return {"status": {"allowed": self._allowed}}


@pytest.mark.parametrize(
    ("token", "allowed", "status"),
    [
        pytest.param("good", True, 200, id="allowed"),
        pytest.param("good", False, 403, id="denied"),
        pytest.param("bad", True, 401, id="unknown"),
        pytest.param("", True, 401, id="no-token"),
    ],
)
async def test_metrics_are_for_those_who_may(token: str, allowed: bool, status: int) -> None:
    counted: list[int] = []
    guard = Guard(Answers(allowed=allowed), METRICS)
    serving = ServingCertificate("metrics")
    serving.use(made())
    scrapes = Scrapes(exposition, guard, counted.append)
    runner = await serve(ANY, metrics_routes(scrapes), serving.context)
    try:
        found, text = await answer(runner, METRICS, tls=client(), token=token)
    finally:
        await runner.cleanup()
    assert (found, counted) == (status, [status])
    assert ("metric 1" in text) is (status == 200)


async def test_a_server_with_a_certificate_speaks_no_plain_http() -> None:
    serving = ServingCertificate("metrics")
    serving.use(made())
    runner = await serve(ANY, probes(), serving.context)
    try:
        with pytest.raises(aiohttp.ClientError):
            await answer(runner, "/healthz")
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("address", "count"), [("0", 0), (ANY, 1), ("localhost:0", 1)])
async def test_addresses(address: str, count: int) -> None:
    runner = await serve(address, probes())
    try:
        assert len(runner.sites) == count
    finally:
        await runner.cleanup()


async def test_an_address_that_is_taken() -> None:
    first = await serve(ANY, probes())
    try:
        with pytest.raises(AddressError, match="give another address"):
            await serve(f"127.0.0.1:{first.addresses[0][1]}", probes())
    finally:
        await first.cleanup()


async def test_an_address_that_is_none() -> None:
    with pytest.raises(AddressError, match="correct the address"):
        await serve("localhost", probes())


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
