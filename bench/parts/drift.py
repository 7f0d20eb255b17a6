"""Drift: how long an object stays deleted or edited."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Sequence
from typing import Any

from bench.api import IN_FLIGHT, Object
from bench.disturb import Disturbance, disturb, eligible
from bench.errors import BenchError
from bench.figures import Figure, Report, percentile
from bench.generated import Shape
from bench.install import install
from bench.options import Options
from bench.stage import Stage, stage
from bench.watching import Mirror, mirror

PART = "drift"
SHAPE = Shape(objects=400)
DISTURBED = 200
TOO_MANY = 5
"""Objects that nobody repairs, after which there is no point in going on."""


async def drift(options: Options, report: Report) -> None:
    """Disturb objects one after the other, then as many at once."""
    rng = random.Random(options.seed)
    async with stage(options.shape(SHAPE), options.attach) as fresh:
        operator = await fresh.initialized()
        await install(fresh, operator)
        bodies = [b for found in (await fresh.bodies()).values() for b in found if eligible(b)]
        count = min(options.scaled(DISTURBED), len(bodies))
        async with mirror(fresh.api, bodies) as live:
            mark = await fresh.audit.mark()
            with fresh.attach(operator.pid):
                one_by_one = await _in_turn(fresh, live, rng.sample(bodies, count), rng)
            requests = len(await fresh.audit.since(mark))
            _report("one after the other", one_by_one, report, bars=(0.1, 1.0, 0))
            report(Figure(PART, "requests per repair", requests / count))
            await fresh.audit.quiet(2, 60)
            at_once = await _at_once(fresh, live, rng.sample(bodies, count), rng)
            _report(f"{count} at once", at_once, report, bars=(None, None, None))


async def _in_turn(
    fresh: Stage, live: Mirror, chosen: Sequence[Object], rng: random.Random
) -> list[Disturbance]:
    done: list[Disturbance] = []
    for body in chosen:
        done.append(await disturb(fresh.api, live, body, rng))
        lost = [d for d in done if math.isinf(d.seconds)]
        if len(lost) == TOO_MANY:
            names = ", ".join(f"{d.kind} {d.name} ({d.what})" for d in lost)
            raise BenchError(f"{TOO_MANY} of {len(done)} objects were not repaired: {names}")
    return done


async def _at_once(
    fresh: Stage, live: Mirror, chosen: Sequence[Object], rng: random.Random
) -> list[Disturbance]:
    turn = asyncio.Semaphore(IN_FLIGHT)

    async def one(body: Object) -> Disturbance:
        return await disturb(fresh.api, live, body, rng, turn)

    return await asyncio.gather(*map(one, chosen))


def _report(
    name: str,
    done: Sequence[Disturbance],
    report: Report,
    bars: tuple[float | None, float | None, float | None],
) -> None:
    seconds = [d.seconds for d in done]
    slowest = sorted(done, key=lambda d: d.seconds)[-5:]
    detail: dict[str, Any] = {
        "slowest": [(d.kind, d.name, d.how, round(d.seconds, 4)) for d in reversed(slowest)],
        "p50 by kind": {
            kind: round(percentile([d.seconds for d in done if d.kind == kind], 0.5), 4)
            for kind in sorted({d.kind for d in done})
        },
        "p50 by edit": {
            how: round(percentile([d.seconds for d in done if d.how == how], 0.5), 4)
            for how in sorted({d.how for d in done})
        },
        "before the answer": sum(d.seconds == 0 for d in done),
    }
    for share, bar in zip((0.5, 0.99), bars[:2], strict=True):
        value = percentile(seconds, share)
        report(Figure(PART, f"{name}: p{share * 100:.0f}", value, "s", bar, detail))
        detail = {}
    lost = [f"{d.kind} {d.name}: {d.what}" for d in done if math.isinf(d.seconds)]
    report(Figure(PART, f"{name}: not repaired", len(lost), "", bars[2], {"lost": lost}))
    slow = max((d.seconds for d in done if math.isfinite(d.seconds)), default=math.inf)
    report(Figure(PART, f"{name}: slowest of those repaired", slow, "s"))
    whole = percentile([d.whole for d in done], 0.99)
    report(Figure(PART, f"{name}: p99 from the request on", whole, "s"))
