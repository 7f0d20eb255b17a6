from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, repeat

import pytest

from rhoai_operator.cluster import failures
from rhoai_operator.cluster.errors import (
    Forbidden,
    Invalid,
    NotLeading,
    Unavailable,
)
from rhoai_operator.cluster.failures import ATTEMPTS
from rhoai_operator.cluster.requests import Request, encoded
from rhoai_operator.cluster.turns import Turns
from tests.unit.cluster.sending import GET, LANE, sending
from tests.unit.cluster.server import (
    Step,
    hang,
    ok,
    reset,
    slow,
    status,
    text,
    truncated,
)
from tests.wait import until

WRITE = Request("PATCH", "/x", "force=true", encoded({"a": 1}), "application/apply-patch+yaml")
UNREPEATABLE = replace(WRITE, repeatable=False)
BRIEF_LANE = replace(LANE, seconds=0.2)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "FIRST_PAUSE", 0.001)


class TestAttempts:
    async def test_the_answer(self) -> None:
        async with sending(ok({"a": 1}, 201)) as it:
            reply = await it.sender.send(WRITE, LANE)

        (seen,) = it.server.seen
        assert (reply.code, reply.body, reply.error) == (201, {"a": 1}, None)
        assert (seen.method, seen.path, seen.body) == ("PATCH", "/x?force=true", b'{"a":1}')
        assert seen.headers["Content-Type"] == "application/apply-patch+yaml"
        assert seen.headers["User-Agent"] == "rhoai-operator"
        assert seen.headers["Authorization"] == "Bearer token-0"
        assert it.told == [("PATCH", 201)]

    @pytest.mark.parametrize(
        ("fault", "code"),
        [
            pytest.param(status(500), 500, id="500"),
            pytest.param(text("<html>", 502), 502, id="502-html"),
            pytest.param(status(503), 503, id="503"),
            pytest.param(status(429, Retry_After="0"), 429, id="429"),
            pytest.param(reset, 0, id="reset"),
            pytest.param(truncated, 0, id="truncated"),
            pytest.param(slow, 0, id="slow-body"),
            pytest.param(hang, 0, id="hangs"),
            pytest.param(text('{"a": '), 200, id="no-json"),
            pytest.param(text("[1]"), 200, id="no-object"),
        ],
    )
    @pytest.mark.parametrize("request_", [GET, WRITE], ids=["get", "apply"])
    async def test_faults_pass(self, fault: Step, code: int, request_: Request) -> None:
        async with sending(fault, ok({"a": 1})) as it:
            reply = await it.sender.send(request_, BRIEF_LANE)

        assert (reply.body, reply.error) == ({"a": 1}, None)
        # aiohttp repeats a GET by itself, once, where a kept connection was closed meanwhile.
        assert it.told in ([(request_.method, code), (request_.method, 200)], [("GET", 200)])

    async def test_they_are_bounded(self) -> None:
        async with sending(status(503)) as it:
            reply = await it.sender.send(WRITE, LANE)

        assert isinstance(reply.error, Unavailable)
        assert it.told == [("PATCH", 503)] * ATTEMPTS

    async def test_nobody_listens(self) -> None:
        async with sending(ok()) as it:
            await it.server.stop()
            reply = await it.sender.send(UNREPEATABLE, LANE)

        assert isinstance(reply.error, Unavailable)
        assert "cannot connect to 127.0.0.1" in str(reply.error)
        assert it.told == [("PATCH", 0)] * ATTEMPTS

    async def test_a_refusal_is_final(self) -> None:
        async with sending(status(422)) as it:
            reply = await it.sender.send(WRITE, LANE)

        assert isinstance(reply.error, Invalid)
        assert it.told == [("PATCH", 422)]

    async def test_a_redirect_is_not_followed(self) -> None:
        async with sending(ok(code=302, Location="/login")) as it:
            reply = await it.sender.send(GET, LANE)

        assert isinstance(reply.error, Unavailable)
        assert len(it.server.seen) == 1

    @pytest.mark.parametrize(
        ("fault", "requests"),
        [
            pytest.param(status(500), 1, id="may-have-acted"),
            pytest.param(reset, 1, id="reset"),
            pytest.param(status(429), 2, id="has-not-acted"),
        ],
    )
    async def test_what_must_not_be_done_twice(self, fault: Step, requests: int) -> None:
        async with sending(fault, ok()) as it:
            await it.sender.send(UNREPEATABLE, LANE)

        assert len(it.server.seen) == requests

    async def test_whether_an_earlier_one_may_have_been_acted_upon(self) -> None:
        async with sending(reset, status(409), status(409)) as it:
            first = await it.sender.send(WRITE, LANE)
            second = await it.sender.send(WRITE, LANE)

        assert (first.doubtful, second.doubtful) == (True, False)

    async def test_a_wish_is_granted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(failures, "LONGEST_WISH", 0.1)
        loop = asyncio.get_running_loop()
        async with sending(status(429, Retry_After="7"), ok()) as it:
            began = loop.time()
            await it.sender.send(WRITE, LANE)

        assert loop.time() - began >= 0.1


class TestTurns:
    async def test_whoever_waits_to_try_again_lets_others_go_first(self) -> None:
        async with sending(status(429, Retry_After="50"), ok(), turns=Turns(1, 1)) as it:
            waiting = asyncio.create_task(it.sender.send(WRITE, LANE))
            await until(lambda: it.told, 5, "the first attempt failed")
            async with asyncio.timeout(5):
                reply = await it.sender.send(GET, LANE)
            waiting.cancel()

        assert reply.error is None

    async def test_a_hanging_request_delays_only_its_own(self) -> None:
        async with sending(hang, hang, ok(), turns=Turns(3, 2)) as it:
            hanging = [asyncio.create_task(it.sender.send(GET, LANE)) for _ in range(20)]
            await until(lambda: len(it.server.seen) == 2, 5, "they hang")
            async with asyncio.timeout(5):
                reply = await it.sender.send(GET, replace(LANE, name="other"))
            for task in hanging:
                task.cancel()

        assert reply.error is None

    async def test_what_is_not_queued_is_sent_at_once(self) -> None:
        async with sending(hang, ok(), turns=Turns(1, 1)) as it:
            hanging = asyncio.create_task(it.sender.send(GET, LANE))
            await until(lambda: it.server.seen, 5, "it hangs")
            async with asyncio.timeout(5):
                reply = await it.sender.send(GET, replace(LANE, queued=False))
            hanging.cancel()

        assert reply.error is None

    async def test_a_cancelled_request_gives_its_turn_back(self) -> None:
        async with sending(hang, ok(), turns=Turns(1, 1)) as it:
            hanging = asyncio.create_task(it.sender.send(GET, LANE))
            await until(lambda: it.server.seen, 5, "it hangs")
            hanging.cancel()
            async with asyncio.timeout(5):
                reply = await it.sender.send(GET, LANE)

        assert reply.error is None


def answers(*values: bool) -> Callable[[], bool]:
    """Say these one after the other, the last for ever."""
    following: Iterator[bool] = chain(values, repeat(values[-1]))
    return lambda: next(following)


class TestGate:
    @pytest.mark.parametrize(
        "may_write",
        [
            pytest.param(answers(False), id="before"),
            pytest.param(answers(True, False), id="while-connecting"),
        ],
    )
    async def test_nothing_is_sent_and_nothing_tried_again(
        self, may_write: Callable[[], bool]
    ) -> None:
        async with sending(ok()) as it:
            reply = await it.sender.send(WRITE, replace(LANE, may_write=may_write))
            after = await it.sender.send(WRITE, LANE)

        assert isinstance(reply.error, NotLeading)
        assert after.error is None
        assert len(it.server.seen) == 1
        assert it.told == [("PATCH", 200)]

    async def test_it_is_asked_before_every_attempt(self) -> None:
        """Each attempt asks twice: before it connects and before it sends."""
        async with sending(reset, ok()) as it:
            lane = replace(LANE, may_write=answers(True, True, False))
            reply = await it.sender.send(WRITE, lane)

        assert isinstance(reply.error, NotLeading)
        assert it.told == [("PATCH", 0)]

    async def test_reading_is_free(self) -> None:
        async with sending(ok()) as it:
            reply = await it.sender.send(GET, replace(LANE, may_write=answers(False)))

        assert reply.error is None


class TestRenewal:
    async def test_new_credentials_are_tried_at_once_but_not_all_the_time(self) -> None:
        async with sending(status(401), ok(), status(401), status(401)) as it:
            first = await it.sender.send(UNREPEATABLE, LANE)
            second = await it.sender.send(UNREPEATABLE, LANE)

        assert first.error is None
        assert isinstance(second.error, Forbidden)
        tokens = [seen.headers["Authorization"] for seen in it.server.seen]
        assert tokens == ["Bearer token-0", "Bearer token-1", "Bearer token-1"]
        assert it.loads == 1

    async def test_all_that_failed_meanwhile_use_what_one_of_them_renewed(self) -> None:
        refusals = [status(401) for _ in range(5)]
        async with sending(*refusals, ok()) as it:
            replies = await asyncio.gather(*(it.sender.send(GET, LANE) for _ in range(5)))

        assert [reply.error for reply in replies] == [None] * 5
        assert it.loads == 1

    async def test_connections_that_fell_silent_are_not_used_again(self) -> None:
        async with sending(ok(), hang, ok()) as it:
            for _ in range(2):
                await it.sender.send(WRITE, BRIEF_LANE)

        first, silent, after = (seen.peer for seen in it.server.seen)
        assert first == silent != after
