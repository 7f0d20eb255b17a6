"""Read a watch: lines of any length, each an event or an error."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator

from rhoai_operator.cluster.port import WatchEvent
from rhoai_operator.cluster.refusals import refusal


async def events(chunks: AsyncIterable[bytes]) -> AsyncIterator[WatchEvent]:
    """Decode a watch's body, as it comes.

    Raises:
        ClusterError: the API server ends the watch with an error, such as Gone.
    """
    async for line in _lines(chunks):
        event = json.loads(line)
        if event["type"] == "ERROR":
            status = event["object"]
            raise refusal(status.get("code", 500), json.dumps(status).encode(), {})
        yield WatchEvent(event["type"], event["object"])


async def _lines(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    rest: list[bytes] = []
    async for chunk in chunks:
        *ends, last = chunk.split(b"\n")
        for end in ends:
            yield b"".join((*rest, end))
            rest = []
        rest.append(last)
