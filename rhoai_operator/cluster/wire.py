"""Connections to the API server, always by the newest configuration."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from rhoai_operator.cluster.access import Access, Load
from rhoai_operator.cluster.requests import READING, Answer, Body, Request, Withheld
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.fields import FIELD_MANAGER

CONNECT_SECONDS = 10.0
IDLE_SECONDS = 75.0
"""A watch without an event or a bookmark for so long is dead; bookmarks come every 60 s."""
RENEW_SECONDS = 5.0
"""The configuration is read anew at most once in so many seconds."""
LOAD_SECONDS = 20.0
"""Reading it may mean to run a credential plug-in."""

_LIMIT = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
_NOT_US = 401
_TOO_OLD = 410
_SENDER = {"User-Agent": FIELD_MANAGER}

log = logging.getLogger(__name__)


class Wire:
    """Sends requests as :class:`Access` says and does not judge what comes back.

    Exceptions are those of aiohttp, ``TimeoutError`` and ``OSError``.
    """

    def __init__(self, access: Access, load: Load) -> None:
        self.access = access
        self._load = load
        self._session = self._new_session()
        self._renewing = asyncio.Lock()
        self._renewed = float("-inf")

    @property
    def host(self) -> str:
        """Name and port of the API server."""
        return urlsplit(self.access.server).netloc

    async def close(self) -> None:
        """Close all connections but those of ``session``."""
        await self._session.close()

    async def ask(self, request: Request, seconds: float, may_write: Callable[[], bool]) -> Answer:
        """Send a request and read the whole answer, from connecting on within ``seconds``."""
        async with asyncio.timeout(seconds):
            response = await self._open(request, may_write, _LIMIT)
            async with response:
                return Answer(response.status, await response.read(), response.headers)

    @asynccontextmanager
    async def follow(
        self, request: Request, seconds: float
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request whose answer has no end; ``seconds`` are for its head."""
        async with asyncio.timeout(seconds):
            limit = aiohttp.ClientTimeout(
                total=None, sock_connect=CONNECT_SECONDS, sock_read=IDLE_SECONDS
            )
            response = await self._open(request, lambda: True, limit)
        try:
            yield response
        finally:
            if response.connection and response.connection.transport:
                response.connection.transport.abort()  # nobody has to be asked
            response.close()

    def session(self, may_write: Callable[[], bool]) -> aiohttp.ClientSession:
        """Return a new session with these credentials, for its caller to use and to close.

        While ``may_write`` says no, everything but reading ends with an ``aiohttp`` connection
        error, and nothing is sent.
        """

        async def prepare(
            request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
        ) -> aiohttp.ClientResponse:
            access = self.access
            request.headers.update({**_SENDER, **await access.credentials()})
            if request.method not in READING:
                if not may_write():
                    raise Withheld
                if body := request.body:
                    await request.update_body(Body(await body.as_bytes(), may_write))
            try:
                response = await _answered(request, handler)
            except (aiohttp.ClientError, OSError):
                await self.renew(access)
                raise
            if response.status == _NOT_US:
                await self.renew(access)
            return response

        return self._new_session(prepare)

    async def renew(self, seen: Access) -> bool:
        """Read the configuration anew and use no connection from before, unless that was just done.

        Args:
            seen: what failed.

        Returns:
            Whether there is something newer than ``seen`` now.
        """
        async with self._renewing:
            since = time.monotonic() - self._renewed
            if self.access is seen and since >= RENEW_SECONDS:
                self._renewed = time.monotonic()
                try:
                    async with asyncio.timeout(LOAD_SECONDS):
                        self.access = await self._load()
                except (OperatorError, OSError, TimeoutError) as error:
                    log.warning("cannot read the configuration anew: %s", error)
        return self.access is not seen

    async def _open(
        self, request: Request, may_write: Callable[[], bool], limit: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        access = self.access
        headers = {
            "Accept": request.accept,
            "Accept-Encoding": "identity",
            "Content-Type": request.content_type,
            **_SENDER,
            **await access.credentials(),
        }
        body = Body(request.content, may_write) if request.content else None
        if body and not may_write():
            raise Withheld
        return await self._session.request(
            request.method,
            URL(f"{access.server}{request.target}", encoded=True),
            data=body,
            headers=headers,
            allow_redirects=False,
            timeout=limit,
        )

    def _new_session(self, *middlewares: aiohttp.ClientMiddlewareType) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=middlewares,
            request_class=_as_configured(lambda: self.access),
        )


async def _answered(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send a request of kopf's, which takes half an answer and a watch that is too old for fatal.

    Half an answer becomes a connection error, which kopf tries again. A watch that is too old
    starts at the newest version, with all there is.
    """
    response = await handler(request)
    if request.url.query.get("watch") is None:
        try:
            await response.read()
        except aiohttp.ClientPayloadError as error:
            raise aiohttp.ServerDisconnectedError(str(error)) from error
    elif response.status == _TOO_OLD:
        response.release()
        request.url = request.url.without_query_params("resourceVersion")
        response = await handler(request)
    return response


def _as_configured(current: Callable[[], Access]) -> type[aiohttp.ClientRequest]:
    """Return a class of requests that reach the API server as is configured at their time.

    Connections are pooled by TLS context and proxy, among others: new ones mean new connections.
    """

    class AsConfigured(aiohttp.ClientRequest):
        def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - aiohttp's own
            access = current()
            super().__init__(*args, **{**options, "ssl": access.tls, **access.options})

    return AsConfigured
