from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics
from tests.unit.engine.running import Running


@pytest.fixture
def metrics() -> Metrics:
    return Metrics({"a": "boss", "b": "boss"}, "1")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for seconds."""
    for name in (
        "supervisor.FIRST_PAUSE",
        "informer.FIRST_PAUSE",
        "informer.RESUME_PAUSE",
        "queue.FIRST_DELAY",
        "status.COALESCE_SECONDS",
        "status.RETRY_SECONDS",
        "initialization.WAIT_SECONDS",
        "composer.PATIENCE_SECONDS",
    ):
        monkeypatch.setattr(f"rhoai_operator.engine.{name}", 0.01)
    monkeypatch.setattr("rhoai_operator.engine.served.LOOKS", (0.01, 0.01, 0.01))
    monkeypatch.setattr("rhoai_operator.engine.served.REST_SECONDS", 0.01)
    monkeypatch.setattr("rhoai_operator.engine.served.BUSY_SECONDS", 0.01)


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    running = Supervisor()
    yield running
    await running.close()


@pytest.fixture
async def running(supervisor: Supervisor) -> Running:
    return Running(supervisor)
