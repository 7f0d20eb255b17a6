from __future__ import annotations

import asyncio

import pytest

from rhoai_operator.engine import queue
from rhoai_operator.engine.queue import WorkQueue, backoff
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics

SECONDS = 5.0


class Work:
    """Counts calls by key; ``steps`` are what they return or raise, True when used up."""

    def __init__(self, *steps: bool | Exception) -> None:
        self.done: list[str] = []
        self.most = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._steps = list(steps)
        self._busy: dict[str, int] = {}
        self._news = asyncio.Event()

    async def __call__(self, key: str) -> bool:
        self._busy[key] = self._busy.get(key, 0) + 1
        self.most = max(self.most, self._busy[key])
        self._news.set()
        await self.gate.wait()
        self._busy[key] -= 1
        self.done.append(key)
        self._news.set()
        step = self._steps.pop(0) if self._steps else True
        if isinstance(step, Exception):
            raise step
        return step

    async def until(self, done: int, busy: int = 0) -> None:
        async with asyncio.timeout(SECONDS):
            while len(self.done) < done or sum(self._busy.values()) < busy:
                self._news.clear()
                await self._news.wait()

    async def idle(self) -> None:
        """Let everything that is due now happen."""
        for _ in range(20):
            await asyncio.sleep(0)


def started(work: Work, metrics: Metrics, supervisor: Supervisor) -> WorkQueue:
    made = WorkQueue(("a", "b"), work, metrics)
    made.start(supervisor)
    return made


async def test_a_key_is_worked_on_once_however_often_it_is_added(
    metrics: Metrics, supervisor: Supervisor
) -> None:
    work = Work()
    made = started(work, metrics, supervisor)

    for _ in range(3):
        made.add("a")
    await work.until(1)
    await work.idle()

    assert work.done == ["a"]


async def test_added_while_at_work_it_runs_once_more_and_never_twice_at_once(
    metrics: Metrics, supervisor: Supervisor
) -> None:
    work = Work()
    work.gate.clear()
    made = started(work, metrics, supervisor)
    made.add("a")
    await work.until(0, busy=1)

    for _ in range(3):
        made.add("a")
    await work.idle()
    work.gate.set()
    await work.until(2)
    await work.idle()

    assert (work.done, work.most) == (["a", "a"], 1)


async def test_keys_do_not_wait_for_each_other(metrics: Metrics, supervisor: Supervisor) -> None:
    work = Work()
    work.gate.clear()
    made = started(work, metrics, supervisor)

    made.add("a")
    made.add("b")

    await work.until(0, busy=2)


@pytest.mark.parametrize(
    "step",
    [pytest.param(False, id="not-done"), pytest.param(RuntimeError("a bug"), id="worker-dies")],
)
async def test_what_fails_is_tried_again(
    metrics: Metrics, supervisor: Supervisor, step: bool | Exception
) -> None:
    work = Work(step, step)

    started(work, metrics, supervisor).add("a")
    await work.until(3)
    await work.idle()

    assert work.done == ["a", "a", "a"]


async def test_a_new_look_does_not_wait_for_the_back_off(
    metrics: Metrics, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "FIRST_DELAY", 3600.0)
    monkeypatch.setattr(queue, "LONGEST_DELAY", 3600.0)
    work = Work(False)
    made = started(work, metrics, supervisor)
    made.add("a")
    await work.until(1)

    made.add("a")

    await work.until(2)
    assert made._retries == {}  # else it would run once more for nothing


@pytest.mark.parametrize(
    ("fresh", "counted"),
    [pytest.param(False, [1, 2, 2], id="event"), pytest.param(True, [1, 2, 1], id="fresh")],
)
async def test_an_event_does_not_lengthen_the_back_off_and_what_is_fresh_resets_it(
    metrics: Metrics,
    supervisor: Supervisor,
    monkeypatch: pytest.MonkeyPatch,
    fresh: bool,
    counted: list[int],
) -> None:
    seen: list[int] = []

    def recorded(failures: int) -> float:
        seen.append(failures)
        return 0.0 if len(seen) == 1 else 3600.0

    monkeypatch.setattr(queue, "backoff", recorded)
    work = Work(False, False, False)
    made = started(work, metrics, supervisor)
    made.add("a")
    await work.until(2)
    await work.idle()

    made.add("a", fresh=fresh)
    await work.until(3)
    await work.idle()

    assert seen == counted


@pytest.mark.parametrize(
    ("failures", "longest"),
    [
        pytest.param(1, 1.0, id="first"),
        pytest.param(2, 2.0, id="doubled"),
        pytest.param(9, 256.0, id="ninth"),
        pytest.param(10, 300.0, id="capped"),
        pytest.param(1000, 300.0, id="for-ever"),
    ],
)
def test_backoff(failures: int, longest: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "FIRST_DELAY", 1.0)
    assert backoff(failures, lambda: 1.0) == longest
    assert backoff(failures, lambda: 0.0) == longest / 2
