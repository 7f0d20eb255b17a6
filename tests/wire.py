"""HTTP/1.1 as bytes on a connection: as much of it as a proxy in front of an API server needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Self

BODILESS = frozenset({"204", "304"})


@dataclass(frozen=True, slots=True)
class Head:
    """A request's or an answer's first line and its headers."""

    first: str
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        first, *lines = raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return cls(first, tuple((name.strip(), value.strip()) for name, _, value in pairs))

    def encode(self) -> bytes:
        lines = (self.first, *(f"{name}: {value}" for name, value in self.headers), "", "")
        return "\r\n".join(lines).encode("latin-1")

    def get(self, name: str) -> str:
        found = (value for key, value in self.headers if key.lower() == name.lower())
        return next(found, "")

    def having(self, **values: str) -> Head:
        """Return the same with these headers alone of their names; an empty value is none."""
        wanted = {name.replace("_", "-"): value for name, value in values.items()}
        replaced = {name.lower() for name in wanted}
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in replaced)
        return replace(self, headers=kept + tuple(p for p in wanted.items() if p[1]))

    @property
    def is_chunked(self) -> bool:
        return "chunked" in self.get("Transfer-Encoding").lower()


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """Read the next head; None where the connection ends instead."""
    try:
        return Head.decode(await reader.readuntil(b"\r\n\r\n"))
    except asyncio.IncompleteReadError:
        return None


async def read_body(reader: asyncio.StreamReader, head: Head) -> bytes:
    """Read what belongs to the head; an answer without a length goes on to the end.

    Raises:
        asyncio.IncompleteReadError: the connection ends in the middle.
    """
    if head.is_chunked:
        return b"".join([chunk async for chunk in chunks(reader)])
    if length := head.get("Content-Length"):
        return await reader.readexactly(int(length))
    protocol, code, *_ = head.first.split(" ")
    endless = protocol.startswith("HTTP/") and code not in BODILESS
    return await reader.read() if endless else b""


async def chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Read a chunked body.

    Raises:
        asyncio.IncompleteReadError: the connection ends in the middle.
    """
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        yield (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")


async def lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Read a chunked body a whole line at a time, as a watch's events come."""
    rest: list[bytes] = []
    async for chunk in chunks(reader):
        *ends, last = chunk.split(b"\n")
        for end in ends:
            yield b"".join((*rest, end, b"\n"))
            rest = []
        rest.append(last)


def whole(head: Head, body: bytes) -> bytes:
    """Encode a message whose body is known."""
    return head.having(Transfer_Encoding="", Content_Length=str(len(body))).encode() + body


def chunk(piece: bytes) -> bytes:
    """Encode a chunk; that of nothing ends the body."""
    return f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
