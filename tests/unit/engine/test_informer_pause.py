from __future__ import annotations

import pytest

from rhoai_operator.cluster.errors import ClusterError, Forbidden, Gone, Unavailable
from rhoai_operator.engine import informer
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics
from tests.manifests import an
from tests.unit.engine.test_informer import KIND, SECONDS, follow
from tests.wait import until


@pytest.mark.parametrize(
    ("failures", "longest"),
    [
        pytest.param(1, 0.2, id="first"),
        pytest.param(2, 1.0, id="second"),
        pytest.param(4, 4.0, id="doubled"),
        pytest.param(10, 30.0, id="capped"),
        pytest.param(5000, 30.0, id="for-days"),
    ],
)
def test_pauses_grow_up_to_a_limit(
    failures: int, longest: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(informer, "FIRST_PAUSE", 1.0)
    monkeypatch.setattr(informer, "RESUME_PAUSE", 0.2)
    assert all(longest / 2 <= informer._pause(failures, 30.0) <= longest for _ in range(20))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float]]:
    """Failures in a row and the longest pause, of each pause that an informer made."""
    made: list[tuple[int, float]] = []

    def pause(failures: int, longest: float) -> float:
        made.append((failures, longest))
        return 0.0

    monkeypatch.setattr(informer, "_pause", pause)
    return made


@pytest.mark.parametrize(
    ("error", "longest"),
    [
        pytest.param(Unavailable("reset"), informer.LONGEST_AWAY_PAUSE, id="away"),
        pytest.param(Forbidden("no"), informer.LONGEST_PAUSE, id="refused"),
        pytest.param(Gone("old"), informer.LONGEST_PAUSE, id="too-old"),
    ],
)
async def test_failures_of_a_watch_add_up_though_lists_succeed(
    error: ClusterError,
    longest: float,
    pauses: list[tuple[int, float]],
    supervisor: Supervisor,
    metrics: Metrics,
) -> None:
    followed = await follow(supervisor, metrics)
    followed.cluster.failing["watch", KIND] = error

    followed.cluster.end_watches()

    await until(lambda: len(pauses) >= 3, SECONDS, "it is tried again")
    assert pauses[:3] == [(1, longest), (2, longest), (3, longest)]


async def test_a_watch_that_tells_something_ends_a_row_of_failures(
    pauses: list[tuple[int, float]], supervisor: Supervisor, metrics: Metrics
) -> None:
    followed = await follow(supervisor, metrics)
    followed.cluster.failing["watch", KIND] = Unavailable("reset")
    followed.cluster.end_watches()
    await until(lambda: len(pauses) >= 3, SECONDS, "it is tried again")
    followed.cluster.failing.clear()
    followed.cluster.put(an("ConfigMap", "b"))
    await followed.until(lambda: "b" in followed.names)
    pauses.clear()

    followed.cluster.failing["watch", KIND] = Unavailable("reset")
    followed.cluster.end_watches()

    await until(lambda: len(pauses) >= 1, SECONDS, "it is tried again")
    assert pauses[0][0] == 1
