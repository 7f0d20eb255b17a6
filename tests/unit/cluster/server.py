"""A tiny API server that answers with what it is told to, in order; the last answer for ever."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiohttp import web

from rhoai_operator.cluster.access import Access

Step: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

CORE = {
    "metadata": {},
    "versions": [
        {
            "version": "v1",
            "resources": [
                {"resource": name, "scope": "Namespaced", "responseKind": {"kind": kind}}
                for name, kind in (("configmaps", "ConfigMap"), ("secrets", "Secret"))
            ],
        }
    ],
}
EXTENSIONS = {
    "metadata": {"name": "apiextensions.k8s.io"},
    "versions": [
        {
            "version": "v1",
            "resources": [
                {
                    "resource": "customresourcedefinitions",
                    "scope": "Cluster",
                    "responseKind": {"kind": "CustomResourceDefinition"},
                }
            ],
        }
    ],
}


@dataclass(frozen=True)
class Seen:
    """A request that came, whatever became of it; ``peer`` names its connection."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    peer: tuple[str, int]


@dataclass
class Server:
    """Attributes:
    steps: answers still to be given; discovery is answered beside.
    seen: requests but for discovery.
    """

    steps: list[Step]
    runner: web.AppRunner
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    discoveries: int = 0

    async def stop(self) -> None:
        await self.runner.cleanup()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path in ("/api", "/apis"):
            self.discoveries += 1
            return web.json_response({"items": [CORE if request.path == "/api" else EXTENSIONS]})
        peer = request.get_extra_info("peername")
        body = await request.read()
        self.seen.append(Seen(request.method, request.path_qs, request.headers, body, peer))
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        return await step(request)


@asynccontextmanager
async def serving(*steps: Step, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    app = web.Application(client_max_size=2**22)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.0, handler_cancellation=True)
    server = Server([*steps], runner)
    app.router.add_route("*", "/{path:.*}", server.answer)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"{'https' if tls else 'http'}://{host}:{port}"
    try:
        yield server
    finally:
        await server.stop()


def ok(body: object = None, code: int = 200, **headers: str) -> Step:
    async def step(request: web.Request) -> web.StreamResponse:
        return web.json_response({} if body is None else body, status=code, headers=headers)

    return step


def status(code: int, reason: str = "", **headers: str) -> Step:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"kind": "Status", "code": code, "reason": reason, "message": "because"}
    details = {"details": {"name": "x"}} if reason else {}
    return ok(body | details, code, **named)


def text(raw: str, code: int = 200) -> Step:
    async def step(request: web.Request) -> web.StreamResponse:
        return web.Response(text=raw, status=code)

    return step


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.abort()
    return web.Response()


async def hang(request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


async def truncated(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"metadata": {')
    assert request.transport
    request.transport.close()
    return response


async def slow(request: web.Request) -> web.StreamResponse:
    """Send the head and a bit of the body, and no more."""
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"metadata": {')
    return await hang(request)


def lines(*events: object, then: Step | None = None) -> Step:
    """Send lines of JSON, or bytes as they are, as watches do."""

    async def step(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for event in events:
            raw = event if isinstance(event, bytes) else json.dumps(event).encode() + b"\n"
            await response.write(raw)
        if then:
            return await then(request)
        return response

    return step


def event(kind: str, **live: Any) -> dict[str, Any]:
    return {"type": kind, "object": {"apiVersion": "v1", "kind": "ConfigMap", **live}}


def access(server: str, token: str = "", **options: Any) -> Access:
    async def credentials() -> Mapping[str, str]:
        return {"Authorization": f"Bearer {token}"} if token else {}

    return Access(server, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), credentials, options)
