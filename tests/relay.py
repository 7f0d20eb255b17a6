"""One connection of an operator's through the proxy: it passes requests and answers, or fails."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from tests import wire
from tests.faults import (
    OF_STREAMS,
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
    expiry,
    is_watch,
    pieces,
    refusal,
)
from tests.kubeconfig import Access

T = TypeVar("T")
Draw: TypeAlias = Callable[[str, str], Fault | None]
"""Says which fault befalls a request, of its method and its path with the query."""

_NEVER = 1e6
_HALF_AN_EVENT = b'{"type":"MODIFIED","object":{"kind":'


class _Over(Exception):
    """The operator's connection ends here, by a reset or in order."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__()
        self.reset = reset


@dataclass
class _Side:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()


@dataclass(eq=False)
class Relay:
    """One connection; ``befallen`` is what ends the watch that is open over it."""

    operator: _Side
    upstream: Access
    draw: Draw
    method: str = ""
    target: str = ""
    befallen: asyncio.Future[Fault] | None = None
    _server: _Side | None = field(default=None, init=False)

    @classmethod
    def between(
        cls, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to: Access, draw: Draw
    ) -> Relay:
        return cls(_Side(reader, writer), to, draw)

    async def run(self) -> None:
        """Serve requests one after the other until either side goes away."""
        reset = False
        try:
            while head := await wire.read_head(self.operator.reader):
                await self._serve(head, await wire.read_body(self.operator.reader, head))
        except _Over as over:
            reset = over.reset
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.close(reset=reset)

    def close(self, *, reset: bool = False) -> None:
        writer = self.operator.writer
        if reset and (sock := writer.get_extra_info("socket")):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        writer.close()
        self._part()

    async def _serve(self, head: wire.Head, body: bytes) -> None:
        self.method, self.target, _ = head.first.split(" ")
        fault = self.draw(self.method, self.target)
        if isinstance(fault, Answer):
            await self.operator.send(refusal(fault))
            return
        await self._hold_up(fault)
        answer = await self._while_there(self._ask(head, body))
        assert self._server
        if is_watch(self.target) and answer.is_chunked:
            await self._stream(self._server, answer, fault)
        else:
            content = await self._while_there(wire.read_body(self._server.reader, answer))
            await self._give(wire.whole(answer, content), len(content), fault)

    async def _hold_up(self, fault: Fault | None) -> None:
        match fault:
            case Drop(served=False) | Reset(served=False):
                raise _Over(reset=isinstance(fault, Reset))
            case HalfOpen():
                await self._while_there(asyncio.sleep(_NEVER))
            case Delay(seconds):
                await self._while_there(asyncio.sleep(seconds))

    async def _ask(self, head: wire.Head, body: bytes) -> wire.Head:
        server = await self._connected()
        token = self.upstream.token
        asked = head.having(
            Host=f"{self.upstream.host}:{self.upstream.port}",
            Authorization=f"Bearer {token}" if token else "",
        )
        await server.send(wire.whole(asked, body))
        answer = await wire.read_head(server.reader)
        if answer is None:
            raise _Over
        return answer

    async def _connected(self) -> _Side:
        if self._server is None or self._server.reader.at_eof():
            self._part()
            where = self.upstream
            self._server = _Side(
                *await asyncio.open_connection(where.host, where.port, ssl=where.tls)
            )
        return self._server

    def _part(self) -> None:
        if self._server:
            self._server.writer.transport.abort()
            self._server = None

    async def _give(self, answer: bytes, length: int, fault: Fault | None) -> None:
        match fault:
            case Drop() | Reset():
                raise _Over(reset=isinstance(fault, Reset))
            case Cut():
                await self.operator.send(answer[: len(answer) - (length + 1) // 2])
                raise _Over
            case Trickle(seconds):
                parts = pieces(answer)
                for part in parts:
                    await self.operator.send(part)
                    await self._while_there(asyncio.sleep(seconds / len(parts)))
            case _:
                await self.operator.send(answer)

    async def _stream(self, server: _Side, head: wire.Head, fault: Fault | None) -> None:
        """Pass a watch's events on, line by line, until it ends or a fault befalls it."""
        await self.operator.send(head.encode())
        befallen = self.befallen = asyncio.get_running_loop().create_future()
        if isinstance(fault, (*OF_STREAMS, Cut)):
            befallen.set_result(fault)
        passing = asyncio.ensure_future(self._pass_on(server, befallen))
        either = asyncio.wait({passing, befallen}, return_when=asyncio.FIRST_COMPLETED)
        try:
            await self._while_there(either)
        finally:
            self.befallen = None
            passing.cancel()
            await asyncio.wait({passing})
        if befallen.done():
            await self._break(befallen.result())
        passing.result()

    async def _pass_on(self, server: _Side, befallen: asyncio.Future[Fault]) -> None:
        async for line in wire.lines(server.reader):
            if befallen.done():
                return
            await self.operator.send(wire.chunk(line))
        await self.operator.send(wire.chunk(b""))

    async def _break(self, fault: Fault) -> None:
        match fault:
            case ExpiredWatch():
                await self.operator.send(wire.chunk(expiry()) + wire.chunk(b""))
            case Cut():
                await self.operator.send(wire.chunk(_HALF_AN_EVENT))
            case StaleWatch() | HalfOpen():
                await self._while_there(asyncio.sleep(_NEVER))
        raise _Over(reset=isinstance(fault, Reset))

    async def _while_there(self, work: Awaitable[T]) -> T:
        """Do something for as long as the operator stays.

        Raises:
            _Over: it went away.
        """
        doing = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(self.operator.reader.read(1))
        try:
            await asyncio.wait({doing, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise _Over
            return doing.result()
        finally:
            for task in (doing, gone):
                task.cancel()
            await asyncio.gather(doing, gone, return_exceptions=True)
