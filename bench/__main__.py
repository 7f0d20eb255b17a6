"""Measures the operator on control planes of its own and compares the figures with their bars.

``python -m bench`` takes all of them, ``python -m bench cold drift`` some. Exits with 0 only if every
bar holds. What each figure means is in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

import aiohttp
from rich.console import Console
from rich.table import Table

from bench.api import Refused
from bench.errors import BenchError
from bench.figures import Figure, Report
from bench.machine import commit, load, machine
from bench.options import Options
from bench.parts.cold import cold
from bench.parts.components import components
from bench.parts.drift import drift
from bench.parts.failover import failover
from bench.parts.growth import growth
from bench.parts.idle import idle
from bench.parts.image import image
from bench.parts.isolation import isolation
from bench.parts.memory import memory
from bench.parts.resync import resync
from bench.profile import profiling
from bench.stage import RESULTS, nothing
from hack.control_plane import BuildError, NotReady, build
from hack.image.store import ImageError

WIDTH = 110
INTERRUPTED = 130
KNOWN = (BenchError, Refused, NotReady, ImageError, aiohttp.ClientError, OSError, TimeoutError)
"""What can go wrong in a part without being a fault of the benchmark."""


@dataclass(frozen=True, slots=True)
class Part:
    """A group of figures that are taken together; ``minutes`` is the most it may take."""

    run: Callable[[Options, Report], Awaitable[None]]
    minutes: float


PARTS: Mapping[str, Part] = {
    "cold": Part(cold, 15),
    "components": Part(components, 15),
    "resync": Part(resync, 5),
    "drift": Part(drift, 8),
    "idle": Part(idle, 6),
    "memory": Part(memory, 20),
    "growth": Part(growth, 20),
    "isolation": Part(isolation, 15),
    "failover": Part(failover, 6),
    "image": Part(image, 12),
}


class Results:
    """Prints each figure as it comes, and keeps it: in memory and as a line of a file."""

    def __init__(self, console: Console, common: Mapping[str, object]) -> None:
        self.figures: list[Figure] = []
        self._console = console
        self._common = common
        RESULTS.mkdir(exist_ok=True)

    def add(self, figure: Figure) -> None:
        """Take one figure."""
        self.figures.append(figure)
        line = {"time": round(time.time(), 3), **self._common, "load": load(), **figure.to_json()}
        with (RESULTS / "results.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        _, name, value, bar, verdict = figure.row()
        self._console.print(f"  {name}: {value} {bar and f'({bar})'} {verdict}".rstrip())
        if not figure.holds:
            self._console.print(f"    {dict(figure.detail)}", style="dim", markup=False)

    def table(self) -> Table:
        """Return all of them."""
        table = Table("part", "figure", "value", "bar", "")
        for figure in self.figures:
            style = "" if figure.holds else "red"
            table.add_row(*figure.row(), style=style)
        return table


def main() -> None:
    arguments = _parser().parse_args()
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    common = {"commit": commit(), "machine": machine(), "seed": arguments.seed}
    common |= {"share": arguments.share, "profiled": arguments.profile}
    results = Results(console, common)
    console.print(f"{common['commit']} on {common['machine']}")
    console.print(f"load {load()}, seed {arguments.seed}")
    try:
        build()
        asyncio.run(_measure(arguments, results, console))
    except BuildError as error:
        sys.exit(str(error))
    except (asyncio.CancelledError, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    console.print(results.table())
    sys.exit(not all(figure.holds for figure in results.figures))


async def _measure(arguments: argparse.Namespace, results: Results, console: Console) -> None:
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    for name in arguments.part or PARTS:
        part = PARTS[name]
        console.print(f"[bold]{name}[/] (at most {part.minutes:g} minutes)")
        options = Options(arguments.runs, arguments.seed, arguments.share, _attach(arguments, name))
        if failure := await _failure(part, options, results.add):
            console.print(failure, markup=False)
            results.add(Figure(name, "could not be measured", math.inf, detail={"why": failure}))


async def _failure(part: Part, options: Options, report: Report) -> str:
    """Run one part; return why it could not be finished, if so."""
    limit = asyncio.timeout(part.minutes * 60)
    try:
        async with limit:
            await part.run(options, report)
    except KNOWN as error:
        if limit.expired():
            return f"not finished after {part.minutes:g} minutes"
        return f"{type(error).__name__}: {error}"
    except ExceptionGroup as group:
        _, unknown = group.split(KNOWN)
        if unknown:
            raise
        return "; ".join(f"{type(error).__name__}: {error}" for error in group.exceptions)
    return ""


def _attach(
    arguments: argparse.Namespace, part: str
) -> Callable[[int], AbstractContextManager[object]]:
    return profiling(RESULTS, part) if arguments.profile else nothing


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("part", nargs="*", choices=[[], *PARTS], help=f"what to measure: {', '.join(PARTS)}")
    add("--runs", type=int, default=3, help="how often each ratio is taken: the median counts")
    add("--seed", type=int, default=random.randrange(10**6), help="for what is chosen at random")
    add(
        "--share",
        type=float,
        default=1.0,
        help="of the objects, for a quick look: bars mean little",
    )
    add("--profile", action="store_true", help="with py-spy (pip install py-spy); slows it down")
    return parser


if __name__ == "__main__":
    main()
