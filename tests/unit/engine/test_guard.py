from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import Any

import pytest

from rhoai_operator.cluster.errors import ClusterError, Unavailable
from rhoai_operator.core.objects import Manifest
from rhoai_operator.engine import guard as module
from rhoai_operator.engine.guard import Guard, Remembered
from tests.virtual_time import virtual_time

NAME = "system:serviceaccount:monitoring:prometheus"
SCRAPER = {
    "username": NAME,
    "uid": "1",
    "groups": ["system:authenticated"],
    "extra": {"authentication.kubernetes.io/pod-name": ["prometheus-0"]},
}
TOKEN = "very-secret-token"  # noqa: S105 - of nobody


class ApiServer:
    """Answers reviews and keeps what it was asked."""

    def __init__(self) -> None:
        self.users: dict[str, Any] = {TOKEN: SCRAPER}
        self.allowed = True
        self.trouble: ClusterError | None = None
        self.asked: list[Manifest] = []

    async def __call__(self, question: Manifest) -> Manifest:
        self.asked.append(question)
        if self.trouble:
            raise self.trouble
        if question["kind"] == "SubjectAccessReview":
            return {"status": {"allowed": self.allowed}}
        user = self.users.get(question["spec"]["token"])
        status = {"authenticated": True, "user": user} if user else {"error": "invalid"}
        return {"status": status}

    @property
    def kinds(self) -> list[str]:
        return [question["kind"] for question in self.asked]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> ApiServer:
    return ApiServer()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(server: ApiServer, clock: Clock) -> Guard:
    return Guard(server, "/metrics", clock)


async def status(guard: Guard, token: str = TOKEN) -> int:
    return (await guard.judge(f"Bearer {token}")).status


async def test_it_asks_whose_the_token_is_and_what_that_user_may(
    guard: Guard, server: ApiServer
) -> None:
    assert await status(guard) == HTTPStatus.OK
    assert server.asked == [
        {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "spec": {"token": TOKEN},
        },
        {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": SCRAPER["username"],
                "uid": "1",
                "groups": SCRAPER["groups"],
                "extra": SCRAPER["extra"],
                "nonResourceAttributes": {"path": "/metrics", "verb": "get"},
            },
        },
    ]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer  ", f"Basic {TOKEN}", TOKEN, "Bearer t\udc80ken"],
    ids=["none", "empty", "blank", "basic", "bare", "no-ascii"],
)
async def test_who_brings_no_token_is_refused_without_a_question(
    guard: Guard, server: ApiServer, header: str
) -> None:
    assert (await guard.judge(header)).status == HTTPStatus.UNAUTHORIZED
    assert server.asked == []


async def test_a_token_of_nobody_is_refused(guard: Guard, server: ApiServer) -> None:
    assert await status(guard, "garbage") == HTTPStatus.UNAUTHORIZED
    assert server.kinds == ["TokenReview"]


async def test_who_may_not_is_told_what_lacks(guard: Guard, server: ApiServer) -> None:
    server.allowed = False
    verdict = await guard.judge(f"bearer {TOKEN}")
    assert verdict.status == HTTPStatus.FORBIDDEN
    assert NAME in verdict.text
    assert "{nonResourceURLs: [/metrics], verbs: [get]}" in verdict.text


@pytest.mark.parametrize(
    ("token", "allowed", "seconds", "asked"),
    [
        pytest.param(TOKEN, True, 59, [], id="known-and-allowed"),
        pytest.param(TOKEN, True, 61, ["TokenReview"], id="still-allowed"),
        pytest.param(TOKEN, True, 301, ["TokenReview", "SubjectAccessReview"], id="all-anew"),
        pytest.param(TOKEN, False, 29, [], id="denied"),
        pytest.param(TOKEN, False, 31, ["SubjectAccessReview"], id="perhaps-allowed-by-now"),
        pytest.param("garbage", True, 59, [], id="unknown"),
        pytest.param("garbage", True, 61, ["TokenReview"], id="perhaps-known-by-now"),
    ],
)
async def test_answers_are_believed_for_a_while(
    guard: Guard,
    server: ApiServer,
    clock: Clock,
    *,
    token: str,
    allowed: bool,
    seconds: float,
    asked: list[str],
) -> None:
    server.allowed = allowed
    first = await status(guard, token)
    server.asked.clear()
    clock.now += seconds
    assert await status(guard, token) == first
    assert server.kinds == asked


async def test_no_answer_of_the_api_server_lets_nobody_in(
    guard: Guard, server: ApiServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.trouble = Unavailable("connection refused")
    with caplog.at_level(logging.DEBUG):
        answers = [await guard.judge(f"Bearer {TOKEN}") for _ in range(2)]
    assert {verdict.status for verdict in answers} == {HTTPStatus.INTERNAL_SERVER_ERROR}
    assert caplog.messages == [
        "cannot tell who may get /metrics, so nobody does: connection refused"
    ]
    server.trouble = None
    assert await status(guard) == HTTPStatus.OK


@virtual_time
async def test_an_api_server_that_is_silent_is_waited_for_ten_seconds() -> None:
    async def silent(_: Manifest) -> Manifest:
        await asyncio.Event().wait()
        raise AssertionError

    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert await status(Guard(silent, "/metrics")) == HTTPStatus.INTERNAL_SERVER_ERROR
    assert loop.time() - begun == pytest.approx(10.0)


@virtual_time
async def test_made_up_tokens_do_not_flood_the_api_server() -> None:
    now, most = 0, 0

    async def slow(_: Manifest) -> Manifest:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.1)
        now -= 1
        return {}

    guard = Guard(slow, "/metrics")
    verdicts = await asyncio.gather(*(guard.judge(f"Bearer {n}") for n in range(50)))
    assert {verdict.status for verdict in verdicts} == {HTTPStatus.UNAUTHORIZED}
    assert most == module.AT_ONCE


def test_tokens_are_nowhere_in_what_is_remembered(guard: Guard) -> None:
    asyncio.run(status(guard))
    held = repr([vars(kept) for kept in vars(guard).values() if isinstance(kept, Remembered)])
    assert NAME in held
    assert TOKEN not in held


def test_only_so_much_is_remembered_the_newest_of_it(clock: Clock) -> None:
    known = Remembered[int](clock, most=2)
    for number in (1, 2, 3, 2, 4):
        known.put(bytes([number]), number, 60)
    assert [known.get(bytes([n])) for n in (1, 2, 3, 4)] == [None, 2, None, 4]
