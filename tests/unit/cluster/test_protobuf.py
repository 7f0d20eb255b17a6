from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from rhoai_operator.cluster.errors import Gone, Unavailable
from rhoai_operator.cluster.port import WatchEvent
from rhoai_operator.cluster.protobuf import events
from tests.unit.cluster.protobuf import event, framed, message, metadata

NOON = message((1, 1767268800), (2, 0))
OWNER = message((1, "Boss"), (3, "boss"), (4, "u2"), (5, "v1"), (6, 1), (7, 0))
MANAGED = message(
    (1, "someone"),
    (2, "Apply"),
    (3, "v1"),
    (4, NOON),
    (6, "FieldsV1"),
    (7, message((1, '{"f:data":{"f:a":{}}}'))),
    (8, ""),
)
WHOLE = metadata(
    (1, "a"),
    (2, ""),
    (3, "ns"),
    (4, ""),
    (5, "u1"),
    (6, "70000"),
    (7, 300),
    (8, NOON),
    (9, NOON),
    (10, 30),
    (11, message((1, "x"), (2, "1"))),
    (11, message((1, "empty"), (2, ""))),
    (12, message((1, "note"), (2, "ä" * 200))),
    (13, OWNER),
    (14, "keep"),
    (14, "me"),
    (17, MANAGED),
    (99, "a field of the future"),
)
READ = {
    "name": "a",
    "namespace": "ns",
    "uid": "u1",
    "resourceVersion": "70000",
    "generation": 300,
    "creationTimestamp": "2026-01-01T12:00:00Z",
    "deletionTimestamp": "2026-01-01T12:00:00Z",
    "deletionGracePeriodSeconds": 30,
    "labels": {"x": "1", "empty": ""},
    "annotations": {"note": "ä" * 200},
    "ownerReferences": [
        {"kind": "Boss", "name": "boss", "uid": "u2", "apiVersion": "v1", "controller": True}
    ],
    "finalizers": ["keep", "me"],
    "managedFields": [
        {
            "manager": "someone",
            "operation": "Apply",
            "apiVersion": "v1",
            "time": "2026-01-01T12:00:00Z",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:data": {"f:a": {}}},
        }
    ],
}
A = event("ADDED", WHOLE)
B = event("DELETED", metadata((1, "b"), (8, b"")))
EXPIRED = message((2, "Failure"), (3, "too old"), (4, "Expired"), (6, 410))


async def told(*chunks: bytes) -> list[WatchEvent]:
    async def coming() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return [event async for event in events(coming())]


@pytest.mark.parametrize("size", [1, 7, 50, 10_000])
async def test_events_come_in_pieces_of_any_size(size: int) -> None:
    both = A + B
    pieces = [both[at : at + size] for at in range(0, len(both), size)]

    assert await told(*pieces) == [
        WatchEvent("ADDED", {"metadata": READ}),
        WatchEvent("DELETED", {"metadata": {"name": "b"}}),
    ]


async def test_an_event_that_is_cut_off_is_none() -> None:
    assert len(await told((A + B)[:-1])) == 1
    assert await told(A[:3]) == []


async def test_an_error_ends_it() -> None:
    with pytest.raises(Gone, match="too old"):
        await told(event("ERROR", EXPIRED))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(message((1, "ADDED")), id="without-an-object"),
        pytest.param(message((1, "ADDED"), (2, message((1, "{}")))), id="not-in-an-envelope"),
        pytest.param(b"\x0a\x7fADDED", id="longer-than-there-is"),
        pytest.param(b"\x0a", id="ends-within-a-field"),
        pytest.param(b"\x09" + b"\x00" * 8, id="a-number-of-fixed-length"),
        pytest.param(message((1, b"\xff")), id="not-utf-8"),
    ],
)
async def test_what_is_no_event(body: bytes) -> None:
    with pytest.raises(Unavailable, match="no event"):
        await told(framed(body))
