"""Waiting on conditions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bench.errors import BenchError

LOOK_SECONDS = 0.05


async def until(
    condition: Callable[[], Awaitable[object]],
    what: str,
    seconds: float,
    every: float = LOOK_SECONDS,
) -> None:
    """Ask again and again until the answer is true.

    Raises:
        BenchError: it is not after so many seconds.
    """
    try:
        async with asyncio.timeout(seconds):
            while True:
                if await condition():
                    return
                await asyncio.sleep(every)
    except TimeoutError:
        raise BenchError(f"not within {seconds:g} s: {what}") from None
