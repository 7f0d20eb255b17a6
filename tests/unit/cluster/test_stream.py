from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from rhoai_operator.cluster.errors import Gone, Unavailable
from rhoai_operator.cluster.port import WatchEvent
from rhoai_operator.cluster.stream import events

A = {"type": "ADDED", "object": {"metadata": {"name": "a"}}}
B = {"type": "DELETED", "object": {"metadata": {"name": "b"}}}
BOTH = json.dumps(A).encode() + b"\n" + json.dumps(B).encode() + b"\n"
EXPIRED = {"kind": "Status", "code": 410, "message": "too old", "details": {}}


async def told(*chunks: bytes) -> list[WatchEvent]:
    async def coming() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return [event async for event in events(coming())]


@pytest.mark.parametrize("size", [1, 7, 50, 10_000])
async def test_lines_come_in_pieces_of_any_size(size: int) -> None:
    pieces = [BOTH[at : at + size] for at in range(0, len(BOTH), size)]

    assert await told(*pieces) == [
        WatchEvent("ADDED", {"metadata": {"name": "a"}}),
        WatchEvent("DELETED", {"metadata": {"name": "b"}}),
    ]


async def test_a_line_that_is_cut_off_is_no_event() -> None:
    assert len(await told(BOTH[:-10])) == 1


async def test_an_error_ends_it() -> None:
    with pytest.raises(Gone, match="too old"):
        await told(json.dumps({"type": "ERROR", "object": EXPIRED}).encode() + b"\n")


@pytest.mark.parametrize("line", [b"<html>", b"[]", b"{}", b'{"type": "ADDED"}', b"7"])
async def test_what_is_no_event(line: bytes) -> None:
    with pytest.raises(Unavailable, match="no event"):
        await told(line + b"\n")
