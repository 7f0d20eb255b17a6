"""Keep tasks running that nobody awaits: one that dies is logged, counted and restarted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds before a task that died starts again; doubled each time."""

log = logging.getLogger(__name__)

Task: TypeAlias = asyncio.Task[None]
"""Cancelling it ends what it runs."""


class Supervisor:
    """Runs named tasks until closed.

    Attributes:
        crashes: told the name of every task that died.
    """

    def __init__(self, crashes: Callable[[str], None] = lambda _: None) -> None:
        self.crashes = crashes
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> Task:
        """Run a coroutine function; one that returns is done, one that raises starts again."""
        task = asyncio.create_task(self._keep(name, run), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Cancel all tasks and wait for their end."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                return await run()
            except Exception:  # the one place where a bug ends up: said, counted, not fatal
                log.exception("task %s died; it starts again in %.0f s", name, pause)
                self.crashes(name)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
