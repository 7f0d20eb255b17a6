"""Cold install: how near to the lower limit, in time, in CPU and in requests."""

from __future__ import annotations

from statistics import median

from bench.figures import TIMES, Figure, Report, ratio, rounded
from bench.generated import Shape
from bench.install import Installed, Raw, apply_raw, install
from bench.options import Options
from bench.stage import stage

PART = "cold"
PLAIN = Shape(objects=320)
LARGE = Shape(objects=320, definitions=40, defining=2)
FREE = frozenset({"watch", "list", "discovery", "lease", "status", "event", "finalizer"})
"""Categories of requests that do not depend on how much there is to install."""


async def cold(options: Options, report: Report) -> None:
    """Measure with and without large CRDs."""
    await _compared("without CRDs", options.shape(PLAIN), 1.3, options, report)
    await _compared("with 40 CRDs", options.shape(LARGE), 1.15, options, report)


async def _compared(name: str, shape: Shape, bar: float, options: Options, report: Report) -> None:
    pairs: list[tuple[Raw, Installed]] = []
    for _ in range(options.runs):
        async with stage(shape, options.attach) as fresh:
            raw = await apply_raw(fresh)
        async with stage(shape, options.attach) as fresh:
            operator = await fresh.initialized()
            pairs.append((raw, await install(fresh, operator)))
    raws, ours = [raw for raw, _ in pairs], [found for _, found in pairs]
    _report_speed(name, bar, raws, ours, report)
    _report_cpu(name, raws, ours, report)
    _report_requests(name, shape, ours, report)
    if shape.defining:
        _report_others(name, shape, ours, report)


def _report_speed(
    name: str, bar: float, raws: list[Raw], ours: list[Installed], report: Report
) -> None:
    seconds, base = [found.seconds for found in ours], [raw.seconds for raw in raws]
    detail = {
        "objects": ours[0].objects,
        "seconds": rounded(seconds),
        "raw seconds": rounded(base),
        "raw established": rounded([raw.established for raw in raws]),
    }
    report(Figure(PART, f"install {name} ÷ raw apply", ratio(seconds, base), TIMES, bar, detail))
    report(Figure(PART, f"install {name}", median(seconds), "s"))
    report(Figure(PART, f"raw apply {name}", median(base), "s"))
    report(Figure(PART, f"DSC Ready {name}", median(found.ready for found in ours), "s"))


def _report_cpu(name: str, raws: list[Raw], ours: list[Installed], report: Report) -> None:
    cpu, base = [found.cpu for found in ours], [raw.cpu for raw in raws]
    detail = {
        "until the last object": rounded(cpu),
        "until Ready": rounded([found.cpu_ready for found in ours]),
        "until silent": rounded([found.cpu_silent for found in ours]),
        "raw": rounded(base),
        "peak MB": rounded([found.peak for found in ours]),
    }
    report(Figure(PART, f"CPU {name} ÷ raw apply's", ratio(cpu, base), TIMES, 2.0, detail))
    silent = ratio([found.cpu_silent for found in ours], base)
    report(Figure(PART, f"CPU {name} until silent ÷ raw apply's", silent, TIMES))


def _report_requests(name: str, shape: Shape, ours: list[Installed], report: Report) -> None:
    worst = max(ours, key=lambda found: sum(found.requests.values()))
    said = worst.requests
    applies = said.get("apply", 0) / worst.objects
    report(Figure(PART, f"applies per object {name}", applies, "", 1.0, dict(said)))
    inventory = said.get("inventory", 0) / len(shape.names)
    report(Figure(PART, f"inventory writes per component {name}", inventory, "", 2.0))
    rest = {
        word: count for word, count in said.items() if word not in {*FREE, "apply", "inventory"}
    }
    report(Figure(PART, f"other requests {name}", sum(rest.values()), "", 0, rest))


def _report_others(name: str, shape: Shape, ours: list[Installed], report: Report) -> None:
    """Tell when half of the components without CRDs were Ready, of the time for everything."""
    shares = [
        median(found.components[component] for component in shape.plain) / found.seconds
        for found in ours
    ]
    detail = {"shares": rounded(shares)}
    title = f"median of the others Ready {name} ÷ install"
    report(Figure(PART, title, median(shares), TIMES, 0.5, detail))
