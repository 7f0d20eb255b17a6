"""Whatever is added when, and however long work takes or fails."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rhoai_operator.engine import queue
from rhoai_operator.engine.queue import WorkQueue, backoff
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics
from tests.quickly import quickly
from tests.virtual_time import virtual_time

KEYS = ("a", "b")
PAUSES = st.sampled_from([0.0, 0.001, 0.5, 20.0])
ADDS = st.lists(st.tuples(PAUSES, st.sampled_from(KEYS), st.booleans()), max_size=25)
WORKS = st.lists(st.tuples(PAUSES, st.booleans()), max_size=25)


class Worker:
    """Takes as long and ends as it is told; done at once when it is told no more."""

    def __init__(self, steps: list[tuple[float, bool]]) -> None:
        self.spans: defaultdict[str, list[tuple[float, float, bool]]] = defaultdict(list)
        self.busy: set[str] = set()
        self._steps = list(steps)

    async def __call__(self, key: str) -> bool:
        assert key not in self.busy
        self.busy.add(key)
        loop = asyncio.get_running_loop()
        begin = loop.time()
        seconds, done = self._steps.pop(0) if self._steps else (0.0, True)
        await asyncio.sleep(seconds)
        self.busy.discard(key)
        self.spans[key].append((begin, loop.time(), done))
        return done


async def carried_out(
    adds: list[tuple[float, str, bool]], works: list[tuple[float, bool]]
) -> tuple[Worker, dict[str, list[float]]]:
    """Work on all that is added; tell when that was."""
    crashes: list[str] = []
    supervisor, worker = Supervisor(crashes.append), Worker(works)
    made = WorkQueue(KEYS, worker, Metrics(dict.fromkeys(KEYS, "boss"), "1"))
    made.start(supervisor)
    added: defaultdict[str, list[float]] = defaultdict(list)
    for pause, key, fresh in adds:
        await asyncio.sleep(pause)
        made.add(key, fresh=fresh)
        added[key].append(asyncio.get_running_loop().time())
    await asyncio.sleep(100_000.0)
    assert made.is_idle
    assert made._retries.keys() <= set(KEYS)
    await supervisor.close()
    assert crashes == []
    return worker, added


@quickly
@given(ADDS, WORKS)
@virtual_time
async def test_nothing_is_lost_and_nothing_is_done_twice_at_once(
    adds: list[tuple[float, str, bool]], works: list[tuple[float, bool]]
) -> None:
    worker, added = await carried_out(adds, works)

    assert worker.spans.keys() == added.keys()
    for key, times in added.items():
        spans = worker.spans[key]
        assert spans[-1][0] >= times[-1]
        assert spans[-1][2]
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
        assert len(spans) <= len(times) + len(works)


@quickly
@given(st.integers(0, 12))
@virtual_time
async def test_pauses_between_tries_grow_up_to_a_limit(failures: int) -> None:
    worker, _ = await carried_out([(0.0, "a", False)], [(0.0, False)] * failures)

    spans = worker.spans["a"]
    assert len(spans) == failures + 1
    for number, (before, after) in enumerate(pairwise(spans), start=1):
        longest = min(queue.FIRST_DELAY * 2.0 ** (number - 1), queue.LONGEST_DELAY)
        assert longest / 2 - 1e-9 <= after[0] - before[1] <= longest + 1e-9


@quickly
@given(st.integers(1, 5000), st.floats(0.0, 1.0, exclude_max=True))
def test_backoff_is_bounded(failures: int, chance: float) -> None:
    pause = backoff(failures, lambda: chance)
    assert queue.FIRST_DELAY / 2 <= pause <= queue.LONGEST_DELAY
    assert pause <= backoff(failures + 1, lambda: chance)
