from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.lease import Record, release

NOW = "2025-01-01T00:00:00.000000Z"
SPEC = {
    "holderIdentity": "a",
    "renewTime": NOW,
    "leaseTransitions": 3,
    "leaseDurationSeconds": 15,
    "acquireTime": NOW,
}
HELD = Record("a", NOW, 3, 15)


@pytest.mark.parametrize(
    ("live", "record"),
    [
        pytest.param({"spec": SPEC}, HELD, id="whole"),
        pytest.param({}, Record(), id="no-spec"),
        pytest.param({"spec": {"holderIdentity": None}}, Record(), id="null"),
        pytest.param({"spec": release(NOW)}, Record("", NOW, 0, 1), id="released"),
    ],
)
def test_reading(live: dict[str, Any], record: Record) -> None:
    assert Record.of(live) == record


@pytest.mark.parametrize(
    ("before", "transitions", "acquired"),
    [
        pytest.param(Record(), 0, True, id="new"),
        pytest.param(HELD, 4, True, id="taken"),
        pytest.param(Record("", NOW, 3, 1), 4, True, id="released-before"),
        pytest.param(Record("b", NOW, 3, 15), 3, False, id="renewed"),
    ],
)
def test_a_claim_counts_who_took_it(before: Record, transitions: int, acquired: bool) -> None:
    spec = before.claim("b", 2.5, NOW)

    assert Record.of({"spec": spec}) == Record("b", NOW, transitions, 3)
    assert ("acquireTime" in spec) is acquired
