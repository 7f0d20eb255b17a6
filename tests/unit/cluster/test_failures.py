from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhoai_operator.cluster.errors import (
    ClusterError,
    Conflict,
    Forbidden,
    NotLeading,
    Unavailable,
)
from rhoai_operator.cluster.failures import (
    ATTEMPTS,
    LONGEST_WISH,
    TOTAL_SECONDS,
    Course,
    Failure,
    refused,
    unreadable,
    without_answer,
)
from rhoai_operator.cluster.requests import Answer, Withheld
from tests.unit.cluster.answers import internal

NOW = datetime(2025, 10, 21, 7, 28, tzinfo=UTC)
KEY: Any = SimpleNamespace(host="api", port=6443, ssl=True)
PASSING = Failure(Unavailable("away"))


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "acted"),
    [
        pytest.param(TimeoutError(), True, id="deadline"),
        pytest.param(aiohttp.ServerDisconnectedError(), True, id="disconnected"),
        pytest.param(aiohttp.ClientPayloadError(), True, id="truncated"),
        pytest.param(ConnectionResetError(), True, id="reset"),
        pytest.param(aiohttp.ClientConnectorError(KEY, OSError()), False, id="refused"),
        pytest.param(aiohttp.ConnectionTimeoutError(), False, id="connecting"),
        pytest.param(aiohttp.ClientConnectorSSLError(KEY, OSError()), False, id="tls"),
    ],
)
def test_no_answer(error: Exception, acted: bool) -> None:
    failure = without_answer(error)

    assert isinstance(failure.error, Unavailable)
    assert (failure.passing, failure.acted, failure.stale) == (True, acted, True)


def test_no_connection_is_told_the_same_way_every_time() -> None:
    refusal = ConnectionRefusedError(111, "Connection refused")
    failure = without_answer(caused(aiohttp.ClientConnectorError(KEY, refusal), refusal))

    assert str(failure.error) == (
        "no answer from the API server: cannot connect to api:6443: [Errno 111] Connection refused"
    )


@pytest.mark.parametrize(
    "error", [Withheld(), caused(aiohttp.ClientConnectionError(), Withheld())], ids=["own", "cause"]
)
def test_what_was_withheld_is_not_tried_again(error: Exception) -> None:
    failure = without_answer(error)

    assert isinstance(failure.error, NotLeading)
    assert (failure.passing, failure.acted) == (False, False)


@pytest.mark.parametrize(
    ("code", "error", "passing", "acted", "stale"),
    [
        pytest.param(302, Unavailable, False, False, False, id="redirect"),
        pytest.param(401, Forbidden, False, False, True, id="401"),
        pytest.param(403, Forbidden, False, True, False, id="403"),
        pytest.param(409, Conflict, False, True, False, id="409"),
        pytest.param(429, Unavailable, True, False, False, id="429"),
        pytest.param(500, Unavailable, True, True, False, id="500"),
        pytest.param(504, Unavailable, True, True, False, id="504"),
    ],
)
def test_refused(
    code: int, error: type[ClusterError], passing: bool, acted: bool, stale: bool
) -> None:
    failure = refused(Answer(code, b"{}", {}), NOW)

    assert isinstance(failure.error, error)
    assert (failure.passing, failure.acted, failure.stale) == (passing, acted, stale)


def test_a_webhook_that_does_not_answer_is_not_asked_again() -> None:
    raw = internal(
        'failed calling webhook "a.example.com": failed to call webhook: Post '
        '"https://hook.ns.svc:443/x?timeout=10s": context deadline exceeded'
    )
    failure = refused(Answer(500, raw, {}), NOW)

    assert isinstance(failure.error, Unavailable)
    assert not failure.passing


def test_an_answer_that_is_no_json_object_is_quoted() -> None:
    failure = unreadable(Answer(200, b"<html>" + b"x" * 1000, {}))

    assert isinstance(failure.error, Unavailable)
    assert "<html>xx" in str(failure.error)
    assert len(str(failure.error)) < 200


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, 0.0, id="absent"),
        pytest.param({"Retry-After": "7"}, 7.0, id="seconds"),
        pytest.param({"Retry-After": "3600"}, LONGEST_WISH, id="too-long"),
        pytest.param({"Retry-After": "soon"}, 0.0, id="neither"),
        pytest.param({"Retry-After": "-7"}, 0.0, id="negative"),
        pytest.param({"Retry-After": "Tue, 21 Oct 2025 07:28:09 GMT"}, 9.0, id="date"),
        pytest.param({"Retry-After": "Tue, 21 Oct 2025 07:27:00 GMT"}, 0.0, id="past"),
        pytest.param({"Retry-After": "Tue, 21 Oct 2025 07:28:09 -0000"}, 0.0, id="no-zone"),
        pytest.param(
            {
                "Retry-After": "Tue, 21 Oct 2025 12:00:05 GMT",
                "Date": "Tue, 21 Oct 2025 12:00:00 GMT",
            },
            5.0,
            id="by-the-servers-own-clock",
        ),
    ],
)
def test_when_the_server_wants_us_back(headers: dict[str, str], seconds: float) -> None:
    failure = refused(Answer(429, b"{}", headers), NOW)

    assert isinstance(failure.error, Unavailable)
    assert (failure.wish, failure.error.retry_after) == (seconds, seconds)


def test_a_course_is_of_so_many_attempts() -> None:
    course = Course(repeatable=True)
    rests = [course.rest(PASSING, renewed=False) for _ in range(ATTEMPTS)]

    assert [rest is None for rest in rests] == [False] * (ATTEMPTS - 1) + [True]


@given(wishes=st.lists(st.floats(0, LONGEST_WISH), min_size=1, max_size=9), took=st.floats(0, 30))
def test_a_course_ends_in_time(wishes: list[float], took: float) -> None:
    course = Course(repeatable=True)
    for wish in wishes:
        course.spent += took
        rest = course.rest(Failure(Unavailable("away"), wish=wish), renewed=False)
        if rest is None:
            break
        assert rest >= wish
        assert course.spent < TOTAL_SECONDS


def test_the_longest_wish_is_granted() -> None:
    rest = Course(repeatable=True, spent=1.0).rest(
        Failure(Unavailable("away"), wish=LONGEST_WISH), renewed=False
    )
    assert rest is not None


@pytest.mark.parametrize(
    ("acted", "again"), [(True, False), (False, True)], ids=["may-have-acted", "has-not"]
)
def test_what_is_not_repeatable_is_repeated_only_if_nothing_came_of_it(
    acted: bool, again: bool
) -> None:
    course = Course(repeatable=False)
    rest = course.rest(Failure(Unavailable("away"), acted=acted), renewed=False)

    assert (rest is not None) is again
    assert not course.doubtful


def test_a_repetition_of_what_may_have_been_done_is_doubtful() -> None:
    course = Course(repeatable=True)
    course.rest(Failure(Unavailable("busy"), acted=False), renewed=False)
    assert not course.doubtful
    course.rest(Failure(Unavailable("reset"), acted=True), renewed=False)
    assert course.doubtful


@pytest.mark.parametrize("renewed", [True, False])
def test_a_renewed_configuration_is_worth_an_attempt_at_once(renewed: bool) -> None:
    unknown = Failure(Forbidden("who?"), passing=False, stale=True, acted=False)

    assert Course(repeatable=True).rest(unknown, renewed=renewed) == (0.0 if renewed else None)
