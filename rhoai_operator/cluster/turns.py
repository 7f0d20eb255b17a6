"""Who may send a request now: a few at once, and nobody's backlog delays another's."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """At most ``most`` turns are taken at once, and at most ``share`` of them under one name.

    Whoever has to wait does so in the order of arrival among those of its name; the names are
    served in rotation.
    """

    def __init__(self, most: int = 16, share: int = 8) -> None:
        self._most = most
        self._share = share
        self._taken: Counter[str] = Counter()
        self._busy = 0
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        """In order of rotation; a name without anyone waiting is absent."""

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Hold a turn under this name, once there is one."""
        if self._is_free(name):
            self._take(name)
        else:
            await self._wait(name)
        try:
            yield
        finally:
            self._give_back(name)

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return sum(map(len, self._waiting.values()))

    def _is_free(self, name: str) -> bool:
        """Turns never lie idle while somebody may take them, so nobody is overtaken here."""
        return self._busy < self._most and self._taken[name] < self._share

    def _take(self, name: str) -> None:
        self._taken[name] += 1
        self._busy += 1

    async def _wait(self, name: str) -> None:
        mine = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.cancelled():
                self._leave(name, mine)
            else:  # it was given the turn and cancelled before it could take it
                self._give_back(name)
            raise

    def _leave(self, name: str, waiter: asyncio.Future[None]) -> None:
        queue = self._waiting.get(name, deque())
        if waiter in queue:  # else it was passed over, after its cancellation
            queue.remove(waiter)
            if not queue:
                del self._waiting[name]

    def _give_back(self, name: str) -> None:
        self._busy -= 1
        self._taken[name] -= 1
        if not self._taken[name]:
            del self._taken[name]
        while (chosen := next(filter(self._is_free, self._waiting), None)) is not None:
            self._give(chosen)

    def _give(self, name: str) -> None:
        queue = self._waiting.pop(name)
        first = queue.popleft()
        if queue:
            self._waiting[name] = queue  # at the end of the rotation
        if not first.done():
            self._take(name)
            first.set_result(None)
