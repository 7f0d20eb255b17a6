"""All real components: installed, at rest, restarted."""

from __future__ import annotations

from statistics import median

from bench import audit
from bench.figures import TIMES, Figure, Report, ratio, rounded
from bench.install import Installed, Raw, apply_raw, install
from bench.operator import Operator, cpu_seconds, resident_mb
from bench.options import Options
from bench.parts.cold import FREE
from bench.parts.resync import RECONCILES, RESYNC_SECONDS, RESYNCS, WITHIN_SECONDS, reconciled
from bench.real import Real
from bench.stage import Stage, stage

PART = "components"
REST_SECONDS = 60.0
LOOKED_SECONDS = 6.0
"""Silent so long, the operator has looked for the last time whether a new kind is served."""
ONCE = frozenset({"create", "get"})
"""Categories of what is made once, Secrets and users' objects, and is looked for before."""


async def components(options: Options, report: Report) -> None:
    """Install all of them, by the raw apply and by the operator, and let that one be."""
    pairs: list[tuple[Raw, Installed]] = []
    for run in range(options.runs):
        async with stage(Real(), options.attach) as fresh:
            raw = await apply_raw(fresh)
        async with stage(Real(), options.attach) as fresh:
            resync = {"RHOAI_RESYNC_SECONDS": str(RESYNC_SECONDS)} if run == 0 else {}
            operator = await fresh.initialized(**resync)
            pairs.append((raw, await install(fresh, operator)))
            if run == 0:
                await _at_rest(fresh, operator, report)
    _report_install([raw for raw, _ in pairs], [found for _, found in pairs], report)


def _report_install(raws: list[Raw], ours: list[Installed], report: Report) -> None:
    seconds, base = [found.seconds for found in ours], [raw.seconds for raw in raws]
    detail = {
        "objects": ours[0].objects,
        "seconds": rounded(seconds),
        "raw seconds": rounded(base),
        "until silent, CPU": rounded([found.cpu_silent for found in ours]),
        "peak MB": rounded([found.peak for found in ours]),
    }
    report(Figure(PART, "install ÷ raw apply", ratio(seconds, base), TIMES, 1.15, detail))
    report(Figure(PART, "install", median(seconds), "s"))
    report(Figure(PART, "DSC Ready", median(found.ready for found in ours), "s"))
    cpu = ratio([found.cpu for found in ours], [raw.cpu for raw in raws])
    report(Figure(PART, "CPU ÷ raw apply's", cpu, TIMES, 2.0))
    said = max((found.requests for found in ours), key=lambda requests: sum(requests.values()))
    applies = said.get("apply", 0) / ours[0].objects
    report(Figure(PART, "applies per object", applies, "", 1.0, dict(said)))
    inventory = said.get("inventory", 0) / len(Real().names)
    report(Figure(PART, "inventory writes per component", inventory, "", 2.0))
    known = {*FREE, *ONCE, "apply", "inventory"}
    rest = {word: count for word, count in said.items() if word not in known}
    report(Figure(PART, "other requests", sum(rest.values()), "", 0, rest))


async def _at_rest(fresh: Stage, operator: Operator, report: Report) -> None:
    """Measure resyncs, rest, memory and a restart, one after the other."""
    await fresh.audit.quiet(LOOKED_SECONDS, WITHIN_SECONDS)
    mark, before = await fresh.audit.mark(), operator.metric(RECONCILES)
    await reconciled(operator, before + RESYNCS * len(fresh.shape.names))
    asked = audit.told(await fresh.audit.since(mark), audit.SILENT)
    report(Figure(PART, f"requests of {RESYNCS} resyncs", sum(asked.values()), "", 0, asked))

    mark = await fresh.audit.mark()
    await operator.stop()
    again = await fresh.operator()
    await reconciled(again, len(fresh.shape.names))
    await fresh.audit.quiet(LOOKED_SECONDS, WITHIN_SECONDS)
    written = audit.writes(await fresh.audit.since(mark))
    report(Figure(PART, "writes of a restart", sum(written.values()), "", 0, written))

    await fresh.calm()
    await fresh.audit.quiet(LOOKED_SECONDS, WITHIN_SECONDS)
    mark, before = await fresh.audit.mark(), cpu_seconds(again.pid)
    await fresh.audit.quiet(REST_SECONDS, 2 * REST_SECONDS)
    used = (cpu_seconds(again.pid) - before) / REST_SECONDS
    asked = audit.told(await fresh.audit.since(mark), audit.SILENT)
    report(Figure(PART, "requests at rest", sum(asked.values()), "", 0, asked))
    report(Figure(PART, "CPU at rest", 100 * used, "% of a core", 0.5))
    report(Figure(PART, "resident", resident_mb(again.pid), "MB", 120))
