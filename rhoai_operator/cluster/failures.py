"""Why an attempt at a request failed, and whether another one may help. Pure but for jitter."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import aiohttp

from rhoai_operator.cluster.errors import ClusterError, NotLeading, Unavailable, WebhookUnavailable
from rhoai_operator.cluster.refusals import refusal
from rhoai_operator.cluster.requests import Answer, Withheld

LONGEST_WISH = 60.0
"""Seconds: no ``Retry-After`` is honoured for longer."""
FIRST_PAUSE = 0.2
"""Seconds: the longest pause after the first attempt; each further one is four times as long."""
ATTEMPTS = 4
TOTAL_SECONDS = 65.0
"""All attempts at a request with the pauses between them; a bit more than the longest wish."""

_ERRORS = 400
_NOT_US = 401
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Failure:
    """What became of an attempt.

    Attributes:
        error: to be raised, unless another attempt succeeds.
        passing: another attempt may succeed.
        stale: another one may succeed with new connections and configuration.
        acted: the API server may have done what it was asked for.
        wish: how long it wants to be left alone, in seconds.
    """

    error: ClusterError
    passing: bool = True
    stale: bool = False
    acted: bool = True
    wish: float = 0.0


@dataclass(slots=True)
class Course:
    """How far the attempts at one request have come.

    Attributes:
        repeatable: another attempt is harmless although the last may have been acted upon.
        spent: seconds so far, those of the attempts included, those in queues not.
        doubtful: an attempt before the last may have been acted upon.
    """

    repeatable: bool
    attempts: int = 0
    spent: float = 0.0
    doubtful: bool = False

    def rest(self, failure: Failure, *, renewed: bool) -> float | None:
        """Return the seconds to wait before the next attempt, jittered; None: there is none.

        Args:
            renewed: the configuration is newer than that of the attempt that failed.
        """
        self.attempts += 1
        if not failure.passing and not renewed:
            return None
        if failure.acted and not self.repeatable:
            return None
        rest = failure.wish
        if failure.passing:
            rest += random.uniform(0.0, FIRST_PAUSE * 4.0 ** (self.attempts - 1))  # noqa: S311
        if self.attempts == ATTEMPTS or self.spent + rest >= TOTAL_SECONDS:
            return None
        self.spent += rest
        self.doubtful = self.doubtful or failure.acted
        return rest


def without_answer(error: Exception) -> Failure:
    """Tell what an exception means that came instead of an answer."""
    if isinstance(error, Withheld) or isinstance(error.__cause__, Withheld):
        text = "another replica holds the lease, or nobody: nothing was sent"
        return Failure(NotLeading(text), passing=False, acted=False)
    unconnected = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
    return Failure(
        Unavailable(f"no answer from the API server: {_words(error)}"),
        stale=True,  # a server that does not take our certificate may just hang up
        acted=not isinstance(error, unconnected),
    )


def unreadable(answer: Answer) -> Failure:
    """Tell of an answer that should be a JSON object and is not."""
    start = answer.raw[:100].decode(errors="replace")
    text = f"HTTP {answer.code} from the API server without a JSON object: {start!r}"
    return Failure(Unavailable(text))


def refused(answer: Answer, now: datetime) -> Failure:
    """Tell what an answer means that is no success."""
    wish = _wish(answer.headers, now)
    if answer.code < _ERRORS:
        text = f"HTTP {answer.code} from the API server: there is something else at its address"
        return Failure(Unavailable(text), passing=False, acted=False)
    error = refusal(answer.code, answer.raw, answer.headers)
    if isinstance(error, Unavailable):
        error.retry_after = wish
    return Failure(
        error,
        # A webhook has up to 30 s to answer: whoever asked for it knows better when to try again.
        passing=isinstance(error, Unavailable) and not isinstance(error, WebhookUnavailable),
        stale=answer.code == _NOT_US,
        acted=answer.code not in {_NOT_US, _TOO_MANY},
        wish=wish,
    )


def _words(error: Exception) -> str:
    """Say what happened, the same way every time."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ClientConnectorCertificateError):
        return f"cannot connect to {error.host}:{error.port}: {error.__cause__ or error.args[-1]}"
    return str(error) or ("not in time" if isinstance(error, TimeoutError) else repr(error))


def _wish(headers: Mapping[str, str], now: datetime) -> float:
    """``Retry-After``: seconds, or a date, which is compared with the server's own clock."""
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        seconds = float(text)
    elif date := _date(text):
        seconds = (date - (_date(headers.get("Date", "")) or now)).total_seconds()
    else:
        return 0.0
    return min(max(seconds, 0.0), LONGEST_WISH)


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else None
