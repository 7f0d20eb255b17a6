"""The operator's own HTTP endpoints: ``/metrics``, ``/healthz``, ``/readyz``, ``/debug/state``."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from typing import Any

from aiohttp import web

from rhoai_operator.core.errors import OperatorError

BEAT_SECONDS = 1.0
LAG_SECONDS = 10.0
"""An event loop that lags so much is not alive."""

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
    """What the endpoints tell.

    Attributes:
        alive: the event loop runs and informers hear from the API server.
        ready: the informers' first lists are in.
        metrics: all of them in Prometheus' text format.
        state: what the engine knows and waits for, as JSON values; for callers on this host only.
    """

    alive: Callable[[], bool]
    ready: Callable[[], bool]
    metrics: Callable[[], bytes]
    state: Callable[[], Mapping[str, Any]]


async def serve(metrics_address: str, probe_address: str, probes: Probes) -> web.AppRunner:
    """Listen on both addresses (one server if they are equal), ``host:port`` or ``:port``.

    An address of ``0`` listens nowhere, as for Go operators.

    Raises:
        AddressError: it is malformed, or taken.
    """
    app = web.Application()
    app.add_routes(_routes(probes))
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        for address in dict.fromkeys((metrics_address, probe_address)):
            if address != "0":
                await _listen(runner, address)
    except AddressError:
        await runner.cleanup()
        raise
    return runner


def _routes(probes: Probes) -> list[web.RouteDef]:
    async def healthz(_: web.Request) -> web.Response:
        return _answer(probes.alive())

    async def readyz(_: web.Request) -> web.Response:
        return _answer(probes.ready())

    async def metrics(_: web.Request) -> web.Response:
        text = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=probes.metrics(), headers=text)

    async def state(request: web.Request) -> web.Response:
        if not is_local(request.remote):
            raise web.HTTPForbidden(text="only for this host: use kubectl port-forward\n")
        return web.json_response(probes.state(), dumps=partial(json.dumps, indent=2))

    handlers = {
        "/healthz": healthz,
        "/readyz": readyz,
        "/metrics": metrics,
        "/debug/state": state,
    }
    return [web.get(path, handler) for path, handler in handlers.items()]


async def _listen(runner: web.AppRunner, address: str) -> None:
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        raise AddressError(f"{address!r} is not host:port or :port; correct the address")
    try:
        await web.TCPSite(runner, host.strip("[]") or None, int(port)).start()
    except OSError as error:
        raise AddressError(f"cannot listen on {address}: {error}; give another address") from error
    log.info("listening on %s", address)


def is_local(remote: str | None) -> bool:
    """Tell whether a caller's address is one of this host."""
    try:
        return ip_address(remote or "").is_loopback
    except ValueError:
        return False


def _answer(well: bool) -> web.Response:
    return web.Response(text="ok\n") if well else web.Response(text="not ok\n", status=500)
