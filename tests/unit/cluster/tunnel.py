"""A tiny proxy that knows CONNECT and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Tunnel:
    """Attributes:
    heads: what was asked of it, with the headers.
    """

    address: str = ""
    heads: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        host, port = head.split()[1].split(":")
        back, forth = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(pipe(reader, forth), pipe(back, writer))


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65536):
        writer.write(chunk)
    writer.close()


@asynccontextmanager
async def tunnelling() -> AsyncIterator[Tunnel]:
    tunnel = Tunnel()
    async with await asyncio.start_server(tunnel.serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        tunnel.address = f"{host}:{port}"
        yield tunnel
