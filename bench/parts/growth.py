"""Growth: whether twice as much takes twice as long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

from bench.figures import TIMES, Figure, Report, rounded
from bench.generated import Shape
from bench.install import apply_raw, install
from bench.options import Options
from bench.stage import stage

PART = "growth"
SIZES = (100, 400, 1600)
BAR = 1.2


async def growth(options: Options, report: Report) -> None:
    """Install each size on a control plane of its own, in turn, and apply it raw as well."""
    ours: dict[int, list[float]] = defaultdict(list)
    raws: dict[int, list[float]] = defaultdict(list)
    sizes = [options.scaled(size) for size in SIZES]
    for _ in range(options.runs):
        for size in sizes:
            async with stage(Shape(objects=size), options.attach) as fresh:
                raws[size].append((await apply_raw(fresh)).seconds)
            async with stage(Shape(objects=size), options.attach) as fresh:
                ours[size].append((await install(fresh, await fresh.initialized())).seconds)
    for size in sizes:
        report(
            Figure(
                PART, f"install of {size} objects", median(ours[size]), "s", None, _all(ours, size)
            )
        )
        report(
            Figure(
                PART,
                f"raw apply of {size} objects",
                median(raws[size]),
                "s",
                None,
                _all(raws, size),
            )
        )
    for small, large in (*pairwise(sizes), (sizes[0], sizes[-1])):
        name = f"{large} objects ÷ {small}, of proportional"
        report(Figure(PART, name, _over(ours, small, large), TIMES, BAR))
        report(Figure(PART, f"{name}, raw", _over(raws, small, large), TIMES))


def _all(seconds: Mapping[int, Sequence[float]], size: int) -> dict[str, list[float]]:
    return {"seconds": rounded(seconds[size])}


def _over(seconds: Mapping[int, Sequence[float]], small: int, large: int) -> float:
    """Return how much longer the large one takes than its size lets expect."""
    return (median(seconds[large]) / large) / (median(seconds[small]) / small)
