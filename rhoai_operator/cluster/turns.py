"""Who may send a request now: a few at once, and nobody's backlog delays another's."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

_Waiter: TypeAlias = tuple[int, asyncio.Future[None]]
"""The width of the turn, and what is done when it has come."""


class Turns:
    """At most ``most`` turns are taken at once, and at most ``share`` of them under one name.

    Whoever has to wait does so in the order of arrival among those of its name. Of the names, the
    one that holds the fewest goes first; those that hold as many take it in rotation. What is wide
    counts as several turns, and starts as soon as one is free.
    """

    def __init__(self, most: int = 16, share: int = 8) -> None:
        self._most = most
        self._share = share
        self._taken: Counter[str] = Counter()
        self._busy = 0
        self._waiting: dict[str, deque[_Waiter]] = {}
        """In order of rotation; a name without anyone waiting is absent."""

    @asynccontextmanager
    async def turn(self, name: str, width: int = 1) -> AsyncIterator[None]:
        """Hold a turn under this name, once there is one."""
        if self._is_free(name):
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
        return sum(map(len, self._waiting.values()))

    def _is_free(self, name: str) -> bool:
        """Turns never lie idle while somebody may take them, so nobody is overtaken here."""
        return self._busy < self._most and self._taken[name] < self._share

    def _take(self, name: str, width: int) -> None:
        self._taken[name] += width
        self._busy += width

    async def _wait(self, name: str, width: int) -> None:
        mine = asyncio.get_running_loop().create_future()
        waiter = width, mine
        self._waiting.setdefault(name, deque()).append(waiter)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.cancelled():
                self._leave(name, waiter)
            else:  # it was given the turn and cancelled before it could take it
                self._give_back(name, width)
            raise

    def _leave(self, name: str, waiter: _Waiter) -> None:
        queue = self._waiting.get(name, deque())
        if waiter in queue:  # else it was passed over, after its cancellation
            queue.remove(waiter)
            if not queue:
                del self._waiting[name]

    def _give_back(self, name: str, width: int) -> None:
        self._busy -= width
        self._taken[name] -= width
        if not self._taken[name]:
            del self._taken[name]
        while free := [waiting for waiting in self._waiting if self._is_free(waiting)]:
            self._give(min(free, key=self._taken.__getitem__))

    def _give(self, name: str) -> None:
        queue = self._waiting.pop(name)
        width, first = queue.popleft()
        if queue:
            self._waiting[name] = queue  # at the end of the rotation
        if not first.done():
            self._take(name, width)
            first.set_result(None)
