from __future__ import annotations

import asyncio
import os
import signal

import pytest

from rhoai_operator.engine.ending import Ended, at_signals, unless

SECONDS = 5.0


async def answer() -> int:
    return 42


async def test_what_is_done_first_counts() -> None:
    assert await unless(asyncio.Event(), answer()) == 42


async def test_the_end_interrupts_what_would_take_longer() -> None:
    stop, begun, cancelled = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def endless() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    waiting = asyncio.create_task(unless(stop, endless()))
    await asyncio.wait_for(begun.wait(), SECONDS)
    stop.set()

    with pytest.raises(Ended):
        await asyncio.wait_for(waiting, SECONDS)
    assert cancelled.is_set()


async def test_nothing_is_begun_in_earnest_after_the_end() -> None:
    stop = asyncio.Event()
    stop.set()

    with pytest.raises(Ended):
        await unless(stop, answer())


async def test_errors_come_through() -> None:
    async def fails() -> None:
        raise LookupError("lost")

    with pytest.raises(LookupError, match="lost"):
        await unless(asyncio.Event(), fails())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signals_set_the_event(number: signal.Signals) -> None:
    stop = asyncio.Event()
    with at_signals(stop):
        os.kill(os.getpid(), number)

        await asyncio.wait_for(stop.wait(), SECONDS)


async def test_in_another_thread_signals_are_left_alone() -> None:
    async def entered() -> bool:
        with at_signals(asyncio.Event()):
            return True

    assert await asyncio.to_thread(asyncio.run, entered())
