"""Who may scrape: whoever the API server knows by a token and allows to.

The same questions in the same order as those of Go's controller-runtime: a TokenReview, then a
SubjectAccessReview. Answers are remembered under a digest of what was asked, with a key of this
process; tokens are neither kept nor logged.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic, TypeAlias, TypeVar

from rhoai_operator.cluster.errors import ClusterError
from rhoai_operator.core.objects import Manifest

T = TypeVar("T")
Ask: TypeAlias = Callable[[Manifest], Awaitable[Manifest]]
"""Puts a question to the API server; raises ``ClusterError`` if there is no answer."""

KNOWN_SECONDS = 60.0
"""How long it is believed whose a token is, or that it is nobody's."""
ALLOWED_SECONDS = 300.0
DENIED_SECONDS = 30.0
REVIEW_SECONDS = 10.0
"""Deadline of all questions about one scrape."""

REMEMBERED = 1000
"""Answers of each sort at most."""
AT_ONCE = 8
"""Scrapes at most about which questions are asked at one time: anybody can make them up."""

log = logging.getLogger(__name__)


class Remembered(Generic[T]):
    """The newest answers, each for a while.

    Args:
        clock: gives monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float], most: int = REMEMBERED) -> None:
        self._clock = clock
        self._most = most
        self._answers: dict[bytes, tuple[float, T]] = {}

    def get(self, key: bytes) -> T | None:
        """Return the answer if there is one that is still believed."""
        until, answer = self._answers.get(key, (0.0, None))
        return answer if self._clock() < until else None

    def put(self, key: bytes, answer: T, seconds: float) -> None:
        """Remember the answer for so long, unless too many others come."""
        self._answers.pop(key, None)
        self._answers[key] = self._clock() + seconds, answer
        while len(self._answers) > self._most:
            del self._answers[next(iter(self._answers))]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to answer to a scrape: 200, 401, 403 or 500, and why it is not 200."""

    status: HTTPStatus
    text: str = ""


_NOBODY: Mapping[str, Any] = {}
_MAY = Verdict(HTTPStatus.OK)
_UNKNOWN = Verdict(HTTPStatus.UNAUTHORIZED, "give a token of this cluster as Authorization: Bearer")
_UNASKED = Verdict(HTTPStatus.INTERNAL_SERVER_ERROR, "cannot ask the API server; see the log")


class Guard:
    """Judges scrapes of one path.

    Args:
        ask: has to work on standby replicas as well.
    """

    def __init__(self, ask: Ask, path: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._path = path
        self._key = secrets.token_bytes()
        self._users = Remembered[Mapping[str, Any]](clock)
        self._allowed = Remembered[bool](clock)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._trouble = ""

    async def judge(self, authorization: str) -> Verdict:
        """Judge a GET by its Authorization header."""
        scheme, _, rest = authorization.partition(" ")
        token = rest.strip()
        if scheme.lower() != "bearer" or not token or not token.isascii():
            return _UNKNOWN
        try:
            async with asyncio.timeout(REVIEW_SECONDS):
                verdict = await self._judged(token)
        except (ClusterError, TimeoutError) as error:
            self._failed(str(error) or "no answer in time")
            return _UNASKED
        self._trouble = ""
        return verdict

    async def _judged(self, token: str) -> Verdict:
        user = await self._user(token)
        if not user:
            return _UNKNOWN
        if await self._may(user):
            return _MAY
        text = f"{user.get('username')!r} may not get {self._path}: bind it to a ClusterRole with "
        return Verdict(
            HTTPStatus.FORBIDDEN, f"{text}{{nonResourceURLs: [{self._path}], verbs: [get]}}"
        )

    async def _user(self, token: str) -> Mapping[str, Any]:
        """Return whose the token is; empty if it is nobody's."""
        key = self._digest(token)
        user = self._users.get(key)
        if user is None:
            status = await self._answer("authentication.k8s.io", "TokenReview", {"token": token})
            user = status.get("user") or _NOBODY if status.get("authenticated") else _NOBODY
            self._users.put(key, user, KNOWN_SECONDS)
        return user

    async def _may(self, user: Mapping[str, Any]) -> bool:
        asked = {"user" if k == "username" else k: v for k, v in user.items()}
        spec = {**asked, "nonResourceAttributes": {"path": self._path, "verb": "get"}}
        key = self._digest(json.dumps(spec, sort_keys=True))
        allowed = self._allowed.get(key)
        if allowed is None:
            status = await self._answer("authorization.k8s.io", "SubjectAccessReview", spec)
            allowed = bool(status.get("allowed"))
            self._allowed.put(key, allowed, ALLOWED_SECONDS if allowed else DENIED_SECONDS)
        return allowed

    async def _answer(self, group: str, kind: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
        question = {"apiVersion": f"{group}/v1", "kind": kind, "spec": spec}
        async with self._turns:
            return (await self._ask(question)).get("status") or {}

    def _digest(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode(), key=self._key).digest()

    def _failed(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.warning("cannot tell who may get %s, so nobody does: %s", self._path, trouble)
        self._trouble = trouble
