"""Waiting for what informers tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from rhoai_operator.core.objects import Manifest

SECONDS = 5.0


class News:
    """What was told, and a way to wait for more of it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.names: list[str] = []
        self._more = asyncio.Event()

    def changed(self, before: Manifest | None, after: Manifest | None) -> None:
        what = "changed" if before and after else "new" if after else "gone"
        self.told.append((what, (after or before or {})["metadata"]["name"]))
        self._more.set()

    def concerns(self, names: Iterable[str]) -> None:
        self.names += names
        self._more.set()

    def poke(self) -> None:
        self._more.set()

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for a condition that only what is told here can change."""
        async with asyncio.timeout(SECONDS):
            while not holds():
                self._more.clear()
                await self._more.wait()


async def idle() -> None:
    """Let everything that is due now happen."""
    for _ in range(20):
        await asyncio.sleep(0)
