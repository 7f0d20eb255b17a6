from __future__ import annotations

import asyncio

import pytest

from rhoai_operator.api.datasciencecluster import parse
from rhoai_operator.core.report import Blocked, Outcome
from rhoai_operator.engine.attempts import Attempt, Attempts, Stamp, Version
from rhoai_operator.reconcile.platform import Intent
from tests.manifests import an

SECONDS = 5.0
NOW, BEFORE = (Stamp(Version("u", generation, deleting=False)) for generation in (2, 1))


def test_a_stamp_is_uid_generation_and_whether_it_is_deleted() -> None:
    body = an("DataScienceCluster", metadata={"uid": "u", "generation": 2})
    assert Stamp.of(Intent(parse(body))) == NOW
    assert Stamp.of(Intent()) == Stamp(None, None)


async def test_who_waits_looks_again_at_every_attempt() -> None:
    attempts = Attempts()
    waiting = asyncio.create_task(attempts.until(lambda: attempts.newest("b") is not None))

    attempts.record("a", Attempt(NOW, Outcome("a")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    attempts.record("b", Attempt(NOW, Outcome("b")))

    await asyncio.wait_for(waiting, SECONDS)


async def test_what_holds_already_is_not_waited_for() -> None:
    await asyncio.wait_for(Attempts().until(lambda: True), SECONDS)


@pytest.mark.parametrize(
    ("attempt", "conclusive"),
    [
        pytest.param(None, False, id="none"),
        pytest.param(Attempt(NOW, Outcome("b")), True, id="done"),
        pytest.param(Attempt(BEFORE, Outcome("b")), False, id="for-an-older-intent"),
        pytest.param(Attempt(NOW, Outcome("b", blocked=Blocked("R", ""))), True, id="blocked"),
        pytest.param(
            Attempt(NOW, Outcome("b", blocked=Blocked("R", "", passing=True))), False, id="put-off"
        ),
    ],
)
def test_conclusive(attempt: Attempt | None, conclusive: bool) -> None:
    attempts = Attempts()
    attempts.record("a", Attempt(NOW, Outcome("a")))
    if attempt:
        attempts.record("b", attempt)

    assert attempts.conclusive(["a", "b"], NOW) is conclusive
    current = attempt is not None and attempt.stamp == NOW
    assert attempts.outcomes(NOW).keys() == ({"a", "b"} if current else {"a"})
