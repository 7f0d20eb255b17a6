from __future__ import annotations

import asyncio

from rhoai_operator.engine.supervisor import Supervisor

SECONDS = 5.0


async def test_a_task_that_dies_is_counted_and_starts_again() -> None:
    crashes: list[str] = []
    supervisor, well, runs = Supervisor(crashes.append), asyncio.Event(), iter(range(10))

    async def run() -> None:
        if next(runs) < 2:
            raise RuntimeError("a bug")
        well.set()

    supervisor.start("worker", run)
    await asyncio.wait_for(well.wait(), SECONDS)
    await supervisor.close()

    assert crashes == ["worker", "worker"]
    assert next(runs) == 3


async def test_closing_ends_all_tasks_and_waits_for_them() -> None:
    supervisor, begun, ended = Supervisor(), asyncio.Event(), asyncio.Event()

    async def run() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    supervisor.start("worker", run)
    await asyncio.wait_for(begun.wait(), SECONDS)

    await supervisor.close()

    assert ended.is_set()
