"""Requests that are sent until they are answered, within reason."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

import aiohttp
import orjson

from rhoai_operator.cluster import protobuf, stream
from rhoai_operator.cluster.errors import ClusterError
from rhoai_operator.cluster.failures import (
    TOTAL_SECONDS,
    Course,
    Failure,
    refused,
    unreadable,
    without_answer,
)
from rhoai_operator.cluster.port import WatchEvent
from rhoai_operator.cluster.requests import Answer, Request
from rhoai_operator.cluster.turns import Turns
from rhoai_operator.cluster.wire import Wire

REQUEST_SECONDS = 30.0
"""Deadline of one attempt: connecting, head and body, but not the wait for its turn."""

_REFUSED = 300

Observe: TypeAlias = Callable[[str, str, int, float], None]
"""Told of every attempt: HTTP method, host, status code (0: none came) and seconds."""

MayWrite: TypeAlias = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Lane:
    """How requests are treated.

    Attributes:
        name: whose they are, for their turns.
        may_write: asked immediately before anything but reading is sent.
        seconds: deadline of one attempt.
        queued: whether they wait for a turn.
    """

    name: str
    may_write: MayWrite
    seconds: float = REQUEST_SECONDS
    queued: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request came to in the end.

    Attributes:
        code: HTTP status code, 0 if it failed.
        body: of an answer that is no refusal.
        error: why it failed.
        doubtful: an attempt before the last one may have been acted upon.
    """

    code: int = 0
    body: dict[str, Any] = field(default_factory=dict, repr=False)
    error: ClusterError | None = None
    doubtful: bool = False


class Sender:
    """Takes turns, tries again what may be tried again, and tells of every attempt."""

    def __init__(self, wire: Wire, turns: Turns, observe: Observe) -> None:
        self._wire = wire
        self._turns = turns
        self._observe = observe

    async def send(self, request: Request, lane: Lane) -> Reply:
        """Send until answered, refused, or not worth another attempt."""
        course = Course(request.repeatable)
        while True:
            async with self._turn(lane, request):
                seen, began = self._wire.access, time.monotonic()
                seconds = min(lane.seconds, TOTAL_SECONDS - course.spent)
                outcome = await self._attempt(request, seconds, lane.may_write)
                course.spent += time.monotonic() - began
            if isinstance(outcome, Reply):
                return outcome
            renewed = outcome.stale and await self._wire.renew(seen)
            rest = course.rest(outcome, renewed=renewed)
            if rest is None:
                return Reply(error=outcome.error, doubtful=course.doubtful)
            await asyncio.sleep(rest)

    async def follow(self, request: Request) -> AsyncIterator[WatchEvent]:
        """Yield the events of a watch until it ends.

        Raises:
            ClusterError: it is refused, breaks, or falls silent.
        """
        seen = self._wire.access
        try:
            async with self._opened(request) as response:
                is_binary = response.content_type == protobuf.CONTENT_TYPE
                events = protobuf.events if is_binary else stream.events
                async for event in events(response.content.iter_any()):
                    yield event
        except (aiohttp.ClientError, OSError) as error:
            await self._wire.renew(seen)
            raise without_answer(error).error from error

    @asynccontextmanager
    async def _opened(self, request: Request) -> AsyncIterator[aiohttp.ClientResponse]:
        """Open a watch, for a second time where the configuration is not what it was."""
        for is_last in (False, True):
            seen, began = self._wire.access, time.monotonic()
            async with self._wire.follow(request, REQUEST_SECONDS) as response:
                self._tell(request, response.status, began)
                if response.status < _REFUSED:
                    yield response
                    return
                async with asyncio.timeout(REQUEST_SECONDS):
                    answer = Answer(response.status, await response.read(), response.headers)
            failure = refused(answer, datetime.now(UTC))
            if is_last or not (failure.stale and await self._wire.renew(seen)):
                raise failure.error

    async def _attempt(
        self, request: Request, seconds: float, may_write: MayWrite
    ) -> Reply | Failure:
        began = time.monotonic()
        try:
            answer = await self._wire.ask(request, seconds, may_write)
        except (aiohttp.ClientError, OSError) as error:
            failure = without_answer(error)
            if failure.passing:
                self._tell(request, 0, began)
            return failure
        self._tell(request, answer.code, began)
        if answer.code >= _REFUSED:
            return refused(answer, datetime.now(UTC))
        body = _object(answer.raw)
        return unreadable(answer) if body is None else Reply(answer.code, body)

    def _turn(self, lane: Lane, request: Request) -> AbstractAsyncContextManager[None]:
        return self._turns.turn(lane.name, request.width) if lane.queued else nullcontext()

    def _tell(self, request: Request, code: int, began: float) -> None:
        self._observe(request.method, self._wire.host, code, time.monotonic() - began)


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        body = orjson.loads(raw)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
