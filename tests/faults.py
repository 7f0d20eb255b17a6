"""What can go wrong between an operator and its API server, as values."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.wire import Head, whole


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection closes without an answer, before or after the request was served."""

    served: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset instead of answered, before or after the request was served."""

    served: bool = False


@dataclass(frozen=True, slots=True)
class Delay:
    """The request waits before it is served."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The request is refused with this code and never served."""

    code: int
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class HalfOpen:
    """The connection stays open, and nothing comes over it any more."""


@dataclass(frozen=True, slots=True)
class Trickle:
    """The body of the answer takes so long, a little at a time."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection closes in the middle of the answer's body."""


@dataclass(frozen=True, slots=True)
class StaleWatch:
    """A watch stays open; neither events nor bookmarks come."""


@dataclass(frozen=True, slots=True)
class ExpiredWatch:
    """A watch ends with an ERROR event, 410 Expired."""


Fault: TypeAlias = (
    Drop | Reset | Delay | Answer | HalfOpen | Trickle | Cut | StaleWatch | ExpiredWatch
)
OF_WATCHES = (StaleWatch, ExpiredWatch)
"""These befall watches and nothing else."""
OF_STREAMS = (Drop, Reset, HalfOpen, StaleWatch, ExpiredWatch)
"""These befall watches that are open as well as requests to come."""

_PIECES = 20
_REASONS = {
    409: "Conflict",
    410: "Expired",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
}


@dataclass(eq=False)
class Rule:
    """Which requests a fault befalls, and how often it has so far.

    Attributes:
        method: regular expression for the whole of it.
        path: regular expression for some part of the path with its query.
        rate: share of the requests it befalls, 0 to 1.
        count: it befalls so many at most.
    """

    fault: Fault
    method: str = ".*"
    path: str = ""
    rate: float = 1.0
    count: int | None = None
    hits: int = field(default=0, init=False)

    def befalls(self, method: str, target: str, chance: random.Random) -> bool:
        """Draw whether it befalls this request, and count it if so."""
        if self.count is not None and self.hits >= self.count:
            return False
        if isinstance(self.fault, OF_WATCHES) and not is_watch(target):
            return False
        if not re.fullmatch(self.method, method) or not re.search(self.path, target):
            return False
        drawn = chance.random() < self.rate
        self.hits += drawn
        return drawn


def is_watch(target: str) -> bool:
    return re.search(r"[?&]watch=(?:true|1)\b", target) is not None


def refusal(answer: Answer) -> bytes:
    """Encode the answer of an API server that refuses."""
    head = Head(f"HTTP/1.1 {answer.code} Made-Up", (("Content-Type", "application/json"),))
    if answer.retry_after is not None:
        head = head.having(Retry_After=str(answer.retry_after))
    return whole(head, json.dumps(_status(answer.code)).encode())


def expiry() -> bytes:
    """Encode the last event of a watch that cannot go on."""
    return json.dumps({"type": "ERROR", "object": _status(410)}).encode() + b"\n"


def pieces(body: bytes) -> list[bytes]:
    """Cut a body into about ``_PIECES`` pieces."""
    size = max(1, len(body) // _PIECES)
    return [body[start : start + size] for start in range(0, len(body), size)]


def _status(code: int) -> dict[str, object]:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "made up by a test",
        "reason": _REASONS.get(code, ""),
        "code": code,
    }
