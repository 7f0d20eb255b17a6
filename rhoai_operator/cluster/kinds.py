"""Remembers which kinds the API server serves, and asks again when that may have changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from rhoai_operator.cluster.discovery import Resource
from rhoai_operator.cluster.errors import KindNotServed
from rhoai_operator.cluster.port import Kind

BELIEVED_SECONDS = 1.0
"""How long the answer "no such kind" is believed."""


class Kinds:
    """What was discovered last.

    Args:
        ask: discovers.
        clock: gives monotonic seconds.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[Mapping[Kind, Resource]]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._known: dict[Kind, Resource] = {}
        self._asked = float("-inf")
        self._asking = asyncio.Lock()

    async def find(self, kind: Kind) -> Resource:
        """Return where the objects of this kind are.

        Raises:
            KindNotServed: not even the newest discovery knows it.
        """
        if kind not in self._known:
            async with self._asking:
                if kind not in self._known and self._clock() - self._asked > BELIEVED_SECONDS:
                    await self._refresh()
        try:
            return self._known[kind]
        except KeyError:
            raise KindNotServed(f"this cluster does not serve {kind}") from None

    async def refresh(self) -> frozenset[Kind]:
        """Discover now, and return all kinds."""
        async with self._asking:
            await self._refresh()
            return frozenset(self._known)

    def doubt(self) -> None:
        """Believe no more that what is unknown is not served."""
        self._asked = float("-inf")

    def forget(self, kind: Kind) -> None:
        """Believe no more that this kind is served."""
        self._known.pop(kind, None)

    async def _refresh(self) -> None:
        asked = self._clock()
        self._known = dict(await self._ask())
        self._asked = asked
