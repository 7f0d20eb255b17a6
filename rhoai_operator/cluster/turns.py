"""Who may send a request now: a few at once, and nobody's backlog delays another's."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

WIDE_SECONDS = 2.0

_Waiter: TypeAlias = tuple[int, asyncio.Future[None]]
"""The width of the turn, and what is done when it has come."""

_Queues: TypeAlias = dict[str, deque[_Waiter]]
"""By name; one without anyone waiting is absent."""


class Turns:
    """At most ``most`` turns are taken at once, and at most ``share`` of them under one name.

    Whoever has to wait does so in the order of arrival among those of its name and width. Of the
    names, one that holds no turn goes first, then the one with the least waiting, so that each is
    soon done. What is wide counts as several turns, and starts as soon as one is free, but only
    one after the other while anything narrow waits or is on its way; one that takes long holds the
    next up for ``WIDE_SECONDS``.
    """

    def __init__(self, most: int = 16, share: int = 8) -> None:
        self._most = most
        self._share = share
        self._taken: Counter[str] = Counter()
        self._busy = 0
        self._wide = 0
        """How many of the busy turns are wide ones'."""
        self._pause: asyncio.TimerHandle | None = None
        self._narrow_waiting: _Queues = {}
        self._wide_waiting: _Queues = {}

    @asynccontextmanager
    async def turn(self, name: str, width: int = 1) -> AsyncIterator[None]:
        """Hold a turn under this name, once there is one."""
        if self._is_free(name) and self._may_go(width):
            self._take(name, width)
        else:
            await self._wait(name, width)
        try:
            yield
        finally:
            self._give_back(name, width)

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return sum(map(len, (*self._narrow_waiting.values(), *self._wide_waiting.values())))

    def _is_free(self, name: str) -> bool:
        """Turns never lie idle while somebody may take them, so nobody is overtaken here."""
        return self._busy < self._most and self._taken[name] < self._share

    def _may_go(self, width: int) -> bool:
        is_narrow_about = self._narrow_waiting or self._busy > self._wide
        return width == 1 or not (self._wide and self._pause and is_narrow_about)

    def _take(self, name: str, width: int) -> None:
        self._taken[name] += width
        self._busy += width
        if width > 1:
            self._wide += width
            if self._pause:
                self._pause.cancel()
            self._pause = asyncio.get_running_loop().call_later(WIDE_SECONDS, self._end_pause)

    def _end_pause(self) -> None:
        self._pause = None
        self._give()

    async def _wait(self, name: str, width: int) -> None:
        mine = asyncio.get_running_loop().create_future()
        waiter, queues = (width, mine), self._queues(width)
        queues.setdefault(name, deque()).append(waiter)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.cancelled():
                _leave(queues, name, waiter)
            else:  # it was given the turn and cancelled before it could take it
                self._give_back(name, width)
            raise

    def _queues(self, width: int) -> _Queues:
        return self._wide_waiting if width > 1 else self._narrow_waiting

    def _give_back(self, name: str, width: int) -> None:
        self._busy -= width
        self._wide -= width if width > 1 else 0
        self._taken[name] -= width
        if not self._taken[name]:
            del self._taken[name]
        self._give()

    def _give(self) -> None:
        """Give turns to all who are next, while there are any."""
        while self._give_one():
            pass

    def _give_one(self) -> bool:
        """Give a turn to whoever is next, if there is one."""
        for queues in (self._wide_waiting, self._narrow_waiting):
            free = filter(self._is_free, queues)
            if ready := [name for name in free if self._may_go(queues[name][0][0])]:
                self._call(queues, min(ready, key=lambda n: (self._taken[n] > 0, len(queues[n]))))
                return True
        return False

    def _call(self, queues: _Queues, name: str) -> None:
        width, first = queues[name].popleft()
        if not queues[name]:
            del queues[name]
        if not first.done():
            self._take(name, width)
            first.set_result(None)


def _leave(queues: _Queues, name: str, waiter: _Waiter) -> None:
    queue = queues.get(name, deque())
    if waiter in queue:  # else it was passed over, after its cancellation
        queue.remove(waiter)
        if not queue:
            del queues[name]
