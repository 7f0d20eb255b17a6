from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.core.conditions import Condition, Truth
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.report import Report
from rhoai_operator.engine.events import Recorder
from rhoai_operator.engine.status import Due, StatusWriter, says
from rhoai_operator.engine.supervisor import Supervisor
from tests.fakes.cluster import FakeCluster
from tests.manifests import an
from tests.wait import until

SECONDS = 5.0
NOW = datetime(2025, 1, 1, tzinfo=UTC)
READY = Condition("Ready", Truth.TRUE, "AllReady", "", 1, NOW)
REPORT = Report((READY,), 1, "Ready")
STATUS = REPORT.to_status()
DSC = an("DataScienceCluster", "dsc")
FOREIGN = {"type": "Theirs", "status": "True"}
STALLED = {"type": "Stalled", "status": "True"}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        pytest.param(STATUS, True, id="same"),
        pytest.param({**STATUS, "errorMessage": "x"}, True, id="more-of-others"),
        pytest.param(
            {**STATUS, "conditions": [FOREIGN, *STATUS["conditions"]]}, True, id="others-condition"
        ),
        pytest.param(None, False, id="none"),
        pytest.param({**STATUS, "phase": "Error"}, False, id="other-phase"),
        pytest.param({**STATUS, "conditions": []}, False, id="lacks-a-condition"),
        pytest.param(
            {**STATUS, "conditions": [*STATUS["conditions"], STALLED]}, False, id="stalled-no-more"
        ),
        pytest.param(
            {**STATUS, "conditions": [{**READY.to_dict(), "reason": "R"}]}, False, id="other-reason"
        ),
    ],
)
def test_says(status: dict[str, Any] | None, said: bool) -> None:
    assert says({"status": status}, STATUS) is said


class Writing:
    """A writer at work on one DataScienceCluster."""

    def __init__(self, *live: Manifest) -> None:
        self.cluster = FakeCluster(*live)
        self.composed = 0
        self.live = self.cluster.now(DSC) if live else self.cluster_less()
        self._news = asyncio.Event()
        self.recorder = Recorder(self.cluster, "me", lambda: NOW)
        self.writer = StatusWriter(self.cluster, self._compose, self.recorder, self._written)

    @staticmethod
    def cluster_less() -> Manifest:
        return {**DSC, "metadata": {"name": "dsc", "uid": "u"}}

    def _compose(self) -> Iterator[Due]:
        self.composed += 1
        self._news.set()
        yield Due(self.live, REPORT)

    def _written(self, live: Manifest) -> None:
        self.live = live

    async def poke(self, *, until: int) -> None:
        """Poke and wait until so many were composed and what came of it is done."""
        self.writer.poke()
        async with asyncio.timeout(SECONDS):
            while self.composed < until:
                self._news.clear()
                await self._news.wait()
            for _ in range(20):
                await asyncio.sleep(0)

    @property
    def verbs(self) -> list[str]:
        return [verb for verb, _ in self.cluster.calls]


async def test_what_changed_is_written_and_told_once(supervisor: Supervisor) -> None:
    writing = Writing(DSC)
    supervisor.start("writer", writing.writer.run)
    supervisor.start("events", writing.recorder.run)

    await writing.poke(until=1)
    await writing.poke(until=2)

    assert writing.verbs == ["apply", "create"]
    assert writing.live["status"] == writing.cluster.now(DSC)["status"] == STATUS
    (event,) = (ref for ref in writing.cluster.refs if ref.kind == "Event")
    told = await writing.cluster.get(event)
    assert told
    assert (told["reason"], told["note"], told["type"]) == ("Ready", "Ready: AllReady", "Normal")
    assert told["regarding"]["uid"] == writing.live["metadata"]["uid"]


async def test_many_pokes_are_one_look(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rhoai_operator.engine.status.COALESCE_SECONDS", 0.1)
    writing = Writing(DSC)
    supervisor.start("writer", writing.writer.run)
    for _ in range(5):
        writing.writer.poke()
        await asyncio.sleep(0)

    await writing.poke(until=1)

    assert writing.composed == 1


async def test_a_refused_status_is_tried_again(supervisor: Supervisor) -> None:
    writing = Writing(DSC)
    writing.cluster.failing["apply", ObjectRef.of(DSC)] = Unavailable("no answer")
    supervisor.start("writer", writing.writer.run)
    await writing.poke(until=1)
    assert "status" not in writing.live

    writing.cluster.failing.clear()
    await until(lambda: "status" in writing.live, SECONDS, "the status is written")


async def test_an_object_that_is_gone_is_let_go(supervisor: Supervisor) -> None:
    writing = Writing()
    supervisor.start("writer", writing.writer.run)

    await writing.poke(until=1)

    assert writing.verbs == ["apply"]
