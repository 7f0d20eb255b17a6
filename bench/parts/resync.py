"""Nothing changed: what a resync asks, and what a restart writes."""

from __future__ import annotations

from bench import audit
from bench.figures import Figure, Report
from bench.generated import Shape
from bench.install import QUIET_SECONDS, install
from bench.operator import Operator
from bench.options import Options
from bench.stage import stage
from bench.waiting import until

PART = "resync"
SHAPE = Shape(objects=400)
RESYNC_SECONDS = 5.0
RESYNCS = 3
WITHIN_SECONDS = 90.0
RECONCILES = "controller_runtime_reconcile_total"


async def resync(options: Options, report: Report) -> None:
    """Let everything be looked at again some times, then restart the operator."""
    shape = options.shape(SHAPE)
    async with stage(shape, options.attach) as fresh:
        operator = await fresh.initialized(RHOAI_RESYNC_SECONDS=str(RESYNC_SECONDS))
        await install(fresh, operator)
        mark, before = await fresh.audit.mark(), operator.metric(RECONCILES)
        with fresh.attach(operator.pid):
            await reconciled(operator, before + RESYNCS * len(shape.names))
        asked = audit.told(await fresh.audit.since(mark), audit.SILENT)
        name = f"requests of {RESYNCS} resyncs"
        report(Figure(PART, name, sum(asked.values()), "", 0, asked))
        await fresh.audit.quiet(QUIET_SECONDS, WITHIN_SECONDS)

        mark = await fresh.audit.mark()
        await operator.stop()
        again = await fresh.operator()
        await reconciled(again, len(shape.names))
        await fresh.audit.quiet(QUIET_SECONDS, WITHIN_SECONDS)
        events = await fresh.audit.since(mark)
        written = audit.writes(events)
        report(Figure(PART, "writes of a restart", sum(written.values()), "", 0, written))
        asked = audit.told(events, audit.SILENT)
        report(Figure(PART, "requests of a restart", sum(asked.values()), "", None, asked))


async def reconciled(operator: Operator, times: float) -> None:
    """Wait until components have been reconciled so many times, all added up."""

    async def enough() -> bool:
        return operator.metric(RECONCILES) >= times

    await until(enough, f"{times:g} reconciles", WITHIN_SECONDS, every=0.25)
