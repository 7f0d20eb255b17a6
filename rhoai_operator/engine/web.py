"""What the operator answers over HTTP: metrics; ``/healthz``, ``/readyz``, ``/debug/state``."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

from aiohttp import web

from rhoai_operator.core.errors import OperatorError
from rhoai_operator.engine.guard import Guard

METRICS = "/metrics"
BEAT_SECONDS = 1.0
LAG_SECONDS = 10.0
"""An event loop that lags so much is not alive."""

SHUTDOWN_SECONDS = 2.0
"""So long answers that are under way may take at the end."""

_EXPOSITION = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
_WHO = {"WWW-Authenticate": "Bearer"}

log = logging.getLogger(__name__)


class AddressError(OperatorError):
    """An address cannot be listened on."""


@dataclass(slots=True)
class Heart:
    """Beats as long as the event loop runs."""

    beat: float = field(default_factory=time.monotonic)

    async def run(self) -> None:
        """Beat for ever."""
        while True:
            self.beat = time.monotonic()
            await asyncio.sleep(BEAT_SECONDS)

    @property
    def is_alive(self) -> bool:
        """Whether it has beaten lately."""
        return time.monotonic() - self.beat < LAG_SECONDS


@dataclass(frozen=True, slots=True)
class Probes:
    """What the kubelet and people on this host are told.

    Attributes:
        alive: the event loop runs and informers hear from the API server.
        ready: the informers' first lists are in.
        state: what the engine knows and waits for, as JSON values; for callers on this host only.
    """

    alive: Callable[[], bool]
    ready: Callable[[], bool]
    state: Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Scrapes:
    """What whoever scrapes is told.

    Attributes:
        exposition: all metrics in Prometheus' text format.
        guard: who may; None for everybody.
        answered: told the status code of each answer.
    """

    exposition: Callable[[], bytes]
    guard: Guard | None = None
    answered: Callable[[int], None] = lambda _: None


async def serve(
    address: str, routes: Iterable[web.RouteDef], tls: ssl.SSLContext | None = None
) -> web.AppRunner:
    """Listen on ``host:port`` or ``:port``, over HTTPS with ``tls``, else over HTTP.

    An address of ``0`` listens nowhere, as for Go operators.

    Raises:
        AddressError: it is malformed, or taken.
    """
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_SECONDS
    )
    await runner.setup()
    try:
        if address != "0":
            await _listen(runner, address, tls)
    except AddressError:
        await runner.cleanup()
        raise
    return runner


def probe_routes(probes: Probes) -> list[web.RouteDef]:
    """Return the routes of the health server."""

    async def healthz(_: web.Request) -> web.Response:
        return _answer(probes.alive())

    async def readyz(_: web.Request) -> web.Response:
        return _answer(probes.ready())

    async def state(request: web.Request) -> web.Response:
        if not is_local(request.remote):
            raise web.HTTPForbidden(text="only for this host: use kubectl port-forward\n")
        return web.json_response(probes.state(), dumps=partial(json.dumps, indent=2))

    handlers = {"/healthz": healthz, "/readyz": readyz, "/debug/state": state}
    return [web.get(path, handler) for path, handler in handlers.items()]


def metrics_routes(scrapes: Scrapes) -> list[web.RouteDef]:
    """Return the routes of the metrics server."""

    async def metrics(request: web.Request) -> web.Response:
        if scrapes.guard:
            verdict = await scrapes.guard.judge(request.headers.get("Authorization", ""))
            scrapes.answered(verdict.status)
            if verdict.status is not HTTPStatus.OK:
                who = _WHO if verdict.status is HTTPStatus.UNAUTHORIZED else None
                return web.Response(text=f"{verdict.text}\n", status=verdict.status, headers=who)
        else:
            scrapes.answered(HTTPStatus.OK)
        return web.Response(body=scrapes.exposition(), headers=_EXPOSITION)

    return [web.get(METRICS, metrics, allow_head=False)]


async def _listen(runner: web.AppRunner, address: str, tls: ssl.SSLContext | None) -> None:
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        raise AddressError(f"{address!r} is not host:port or :port; correct the address")
    try:
        site = web.TCPSite(runner, host.strip("[]") or None, int(port), ssl_context=tls)
        await site.start()
    except OSError as error:
        raise AddressError(f"cannot listen on {address}: {error}; give another address") from error
    log.info("listening on %s, %s", address, "HTTPS" if tls else "HTTP")


def is_local(remote: str | None) -> bool:
    """Tell whether a caller's address is one of this host."""
    try:
        return ip_address(remote or "").is_loopback
    except ValueError:
        return False


def _answer(well: bool) -> web.Response:
    return web.Response(text="ok\n") if well else web.Response(text="not ok\n", status=500)
