"""Idle: what an operator costs with nothing to do."""

from __future__ import annotations

import asyncio
import time

from bench import audit
from bench.figures import Figure, Report
from bench.generated import Shape
from bench.install import install
from bench.operator import cpu_seconds
from bench.options import Options
from bench.stage import stage

PART = "idle"
SHAPE = Shape(objects=400)
IDLE_SECONDS = 180


async def idle(options: Options, report: Report) -> None:
    """Leave an operator alone that has installed everything."""
    async with stage(options.shape(SHAPE), options.attach) as fresh:
        operator = await fresh.initialized()
        await install(fresh, operator)
        await fresh.audit.quiet(5, 60)
        mark = await fresh.audit.mark()
        start, used = time.monotonic(), cpu_seconds(operator.pid)
        with fresh.attach(operator.pid):
            await asyncio.sleep(options.scaled(IDLE_SECONDS))
        share = (cpu_seconds(operator.pid) - used) / (time.monotonic() - start)
        events = await fresh.audit.since(mark)
        asked = audit.told(events, audit.SILENT)
        report(Figure(PART, "requests but watches and lease", sum(asked.values()), "", 0, asked))
        free = audit.told(events)
        report(Figure(PART, "CPU", share * 100, "% of a core", 0.5, free))
