"""Waiting on conditions: the only way in which tests let time pass."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")
EVERY_SECONDS = 0.05


@overload
async def until(condition: Callable[[], Awaitable[T]], seconds: float, what: str) -> T: ...
@overload
async def until(condition: Callable[[], T], seconds: float, what: str) -> T: ...
async def until(condition: Callable[[], object], seconds: float, what: str) -> object:
    """Return the condition's value as soon as it is true.

    One that is no coroutine function runs in a thread, so that it may block (on kubectl) while an
    operator runs in this loop. An AssertionError in it counts as not yet.

    Raises:
        AssertionError: it is not true after ``seconds``; the message tells the last value.
    """
    last: object = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    last = value = await _value(condition)
                except AssertionError as error:
                    last = error
                else:
                    if value:
                        return value
                await asyncio.sleep(EVERY_SECONDS)
    except TimeoutError:
        raise AssertionError(_never(seconds, what, last)) from None


async def _value(condition: Callable[[], object]) -> object:
    if inspect.iscoroutinefunction(condition):
        return await condition()
    value = await asyncio.to_thread(condition)
    return await value if inspect.isawaitable(value) else value


def blocking_until(condition: Callable[[], T], seconds: float, what: str) -> T:
    """Do as ``until`` does, where there is no loop."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(_never(seconds, what, value))
        time.sleep(EVERY_SECONDS)
    return value


def _never(seconds: float, what: str, last: object) -> str:
    return f"not within {seconds:g} s: {what}; last: {last!r}"
