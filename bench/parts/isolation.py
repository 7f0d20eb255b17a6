"""Isolation: what the others notice of a component whose requests hang."""

from __future__ import annotations

from statistics import median

from bench.figures import TIMES, Figure, Report, ratio, rounded
from bench.generated import Shape
from bench.install import Installed, install
from bench.options import Options
from bench.stage import stage
from tests.faults import Delay, Rule
from tests.kubeconfig import access
from tests.proxy import Proxy

PART = "isolation"
SHAPE = Shape(objects=320)
HANGS_SECONDS = 30.0
BAR = 1.1


async def isolation(options: Options, report: Report) -> None:
    """Install with and without the hanging component in turn, through the same proxy."""
    shape = options.shape(SHAPE)
    pairs: list[tuple[float, float]] = []
    ready: list[tuple[float, float]] = []
    for _ in range(options.runs):
        well = await _others(shape, options, hangs=False)
        hurt = await _others(shape, options, hangs=True)
        pairs.append((max(hurt.applied.values()), max(well.applied.values())))
        ready.append((max(hurt.components.values()), max(well.components.values())))
    for name, found, bar in (
        ("others' objects there", pairs, BAR),
        ("others Ready", ready, None),
    ):
        hurts, wells = [hurt for hurt, _ in found], [well for _, well in found]
        detail = {"hanging": rounded(hurts), "not hanging": rounded(wells)}
        report(Figure(PART, f"{name}, one hanging ÷ none", ratio(hurts, wells), TIMES, bar, detail))
        report(Figure(PART, f"{name}, one hanging", median(hurts), "s"))


async def _others(shape: Shape, options: Options, *, hangs: bool) -> Installed:
    """Install everything; tell of all components but one, whose applies may hang."""
    victim = shape.names[0]
    async with stage(shape, options.attach) as fresh:
        with Proxy(access(fresh.kubeconfig)) as proxy:
            through = proxy.kubeconfig(fresh.folder / "proxied")
            operator = await fresh.initialized(through)
            if hangs:
                proxy.inject(Rule(Delay(HANGS_SECONDS), "PATCH", f"/{victim}-"))
            return await install(fresh, operator, slow=[victim])
