"""Read a watch: lines of any length, each an event or an error."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator

import orjson

from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.cluster.port import WatchEvent
from rhoai_operator.cluster.refusals import refusal


async def events(chunks: AsyncIterable[bytes]) -> AsyncIterator[WatchEvent]:
    """Decode a watch's body, as it comes. A line that is cut off by its end is no event.

    Raises:
        ClusterError: the API server ends the watch with an error, such as Gone, or sends
            something else than events.
    """
    async for line in _lines(chunks):
        try:
            event = orjson.loads(line)
            kind, live = event["type"], event["object"]
        except (ValueError, LookupError, TypeError) as error:
            raise Unavailable(f"a watch told no event but {line[:100]!r}") from error
        if kind == "ERROR":
            raise refusal(live.get("code", 500), json.dumps(live).encode(), {})
        yield WatchEvent(kind, live)


async def _lines(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    rest: list[bytes] = []
    async for chunk in chunks:
        *ends, last = chunk.split(b"\n")
        for end in ends:
            yield b"".join((*rest, end))
            rest = []
        rest.append(last)
