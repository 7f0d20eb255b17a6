"""The work queue: which component is reconciled when.

Level-triggered and keyed by component: a key says *that* something changed, never what. A key
is never worked on twice at once; adding it while it is worked on runs it once more.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeAlias

from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics

FIRST_DELAY = 1.0
LONGEST_DELAY = 300.0
"""Seconds until a failed component is tried again; doubled each time, then jittered."""
_MOST_DOUBLINGS = 64  # what fails for days must not overflow

Work: TypeAlias = Callable[[str], Awaitable[bool]]
"""Work on one key; False asks for another try after the back-off."""


class WorkQueue:
    """One worker for each key; the keys are all known at start."""

    def __init__(self, keys: Iterable[str], work: Work, metrics: Metrics) -> None:
        self._work = work
        self._metrics = metrics
        self._wanted = {key: asyncio.Event() for key in keys}
        self._since = dict.fromkeys(self._wanted, 0.0)
        self._failures = dict.fromkeys(self._wanted, 0)
        self._retries: dict[str, asyncio.TimerHandle] = {}
        self._working: set[str] = set()

    def start(self, supervisor: Supervisor) -> None:
        """Start the workers."""
        for key in self._wanted:
            supervisor.start(f"worker {key}", lambda key=key: self._serve(key))  # type: ignore[misc]

    def add(self, key: str, *, fresh: bool = False) -> None:
        """Have ``key`` worked on as soon as its worker is free.

        Args:
            fresh: something about the key is new, so its failures so far do not count.
        """
        if timer := self._retries.pop(key, None):  # an event came first: no failure of waiting
            timer.cancel()
            self._failures[key] -= 1
        if fresh:
            self._failures[key] = 0
        if not self._wanted[key].is_set():
            self._since[key] = time.monotonic()
            self._metrics.added(key)
            self._wanted[key].set()

    def state(self) -> dict[str, dict[str, Any]]:
        """Return for each key whether it waits, is worked on, has failed, and is tried again."""
        now, loop = time.monotonic(), asyncio.get_running_loop()
        return {
            key: {
                "waitingSeconds": round(now - self._since[key], 3) if event.is_set() else None,
                "working": key in self._working,
                "failures": max(0, self._failures[key] - (key in self._working)),
                "retryIn": round(self._retries[key].when() - loop.time(), 1)
                if key in self._retries
                else None,
            }
            for key, event in self._wanted.items()
        }

    def is_working(self, key: str) -> bool:
        """Tell whether ``key`` is worked on now."""
        return key in self._working

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nobody is at work; what is tried again later does not count."""
        return not self._working and not any(event.is_set() for event in self._wanted.values())

    async def _serve(self, key: str) -> None:
        if self._failures[key]:  # this worker died while at work: nothing else would wake it
            self._retry(key)
        while True:
            await self._wanted[key].wait()
            self._wanted[key].clear()
            self._failures[key] += 1
            start = time.monotonic()
            self._metrics.started(key, start - self._since[key])
            self._working.add(key)
            try:
                done = await self._work(key)
            finally:
                self._working.discard(key)
                self._metrics.finished(key, time.monotonic() - start)
            if done:
                self._failures[key] = 0
            else:
                self._retry(key)

    def _retry(self, key: str) -> None:
        if self._wanted[key].is_set():  # something changed meanwhile: no need to wait
            return
        self._metrics.retried(key)
        delay = backoff(self._failures[key])
        self._retries[key] = asyncio.get_running_loop().call_later(delay, self._again, key)

    def _again(self, key: str) -> None:
        del self._retries[key]
        self.add(key)


def backoff(failures: int, chance: Callable[[], float] = random.random) -> float:
    """Return seconds to wait after so many failures in a row (1 or more): full to half jitter."""
    longest = min(FIRST_DELAY * 2.0 ** min(failures - 1, _MOST_DOUBLINGS), LONGEST_DELAY)
    return longest * (0.5 + chance() / 2)
