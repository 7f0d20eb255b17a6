from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import Manifest
from rhoai_operator.engine.informer import Informer
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics
from tests.fakes.cluster import FakeCluster, Verb
from tests.manifests import an
from tests.wait import until

SECONDS = 5.0
KIND = Kind("", "v1", "ConfigMap")
A, B = an("ConfigMap", "a", data={"n": 1}), an("ConfigMap", "b")


class Followed:
    """An informer at work, and what it told."""

    def __init__(self, cluster: FakeCluster, metrics: Metrics, labels: str = "") -> None:
        self.told: list[tuple[str, str]] = []
        self.cluster = cluster
        self._news = asyncio.Event()
        self.informer = Informer(
            cluster,
            KIND,
            labels=labels,
            without=frozenset({"binaryData"}),
            on_change=self._changed,
            metrics=metrics,
        )

    def _changed(self, before: Manifest | None, after: Manifest | None) -> None:
        what = "changed" if before and after else "new" if after else "gone"
        self.told.append((what, (after or before or {})["metadata"]["name"]))
        self._news.set()

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(SECONDS):
            while not holds():
                self._news.clear()
                await self._news.wait()

    @property
    def names(self) -> set[str]:
        return {live["metadata"]["name"] for live in self.informer}

    def count(self, verb: Verb) -> int:
        return [name for name, _ in self.cluster.calls].count(verb)


async def follow(
    supervisor: Supervisor, metrics: Metrics, *live: Manifest, labels: str = ""
) -> Followed:
    followed = Followed(FakeCluster(*live), metrics, labels)
    supervisor.start("informer", followed.informer.run)
    await asyncio.wait_for(followed.informer.synced.wait(), SECONDS)
    return followed


async def test_the_list_then_every_change(supervisor: Supervisor, metrics: Metrics) -> None:
    followed = await follow(supervisor, metrics, A)

    followed.cluster.put(B)
    followed.cluster.put({**A, "data": {"n": 2}})
    followed.cluster.remove(B)
    await followed.until(lambda: len(followed.told) == 4)

    assert followed.told == [("new", "a"), ("new", "b"), ("changed", "a"), ("gone", "b")]
    known = followed.informer.get("ns", "a")
    assert known
    assert known["data"] == {"n": 2}
    assert followed.informer.get("ns", "b") is None


async def test_a_watch_that_ends_is_resumed_where_it_was(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    followed = await follow(supervisor, metrics, A)
    followed.cluster.put(B)
    followed.cluster.remove(B)
    await followed.until(lambda: ("gone", "b") in followed.told)

    followed.cluster.end_watches()
    followed.cluster.put(an("ConfigMap", "c"))
    await followed.until(lambda: followed.names == {"a", "c"})

    assert followed.count("list") == 1
    assert followed.told.count(("new", "b")) == 1


async def test_deletions_in_a_gap_are_noticed(supervisor: Supervisor, metrics: Metrics) -> None:
    followed = await follow(supervisor, metrics, A, B)

    followed.cluster.remove(B)
    followed.cluster.forget_history()
    await followed.until(lambda: ("gone", "b") in followed.told)

    assert followed.names == {"a"}
    assert followed.count("list") == 2
    assert followed.told.count(("new", "a")) == 1


async def test_it_goes_on_when_the_api_server_is_back(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    followed = Followed(FakeCluster(A), metrics)
    followed.cluster.failing["list", KIND] = Unavailable("no answer")
    supervisor.start("informer", followed.informer.run)
    restarts = b'rhoai_operator_watch_restarts_total{resource="ConfigMap.v1"}'
    await until(lambda: restarts in metrics.exposition(), SECONDS, "a restart is counted")
    assert not followed.informer.synced.is_set()

    followed.cluster.failing.clear()

    await followed.until(lambda: followed.names == {"a"})


async def test_bookmarks_are_signs_of_life_and_move_the_watch_on(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    followed = await follow(supervisor, metrics, A)
    followed.informer.heard = before = 0.0

    followed.cluster.bookmark()
    await until(lambda: followed.informer.heard != before, SECONDS, "a sign of life")

    assert followed.names == {"a"}


async def test_labels_choose_and_large_fields_are_left_out(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    mine = an("ConfigMap", "mine", metadata={"labels": {"mine": "1"}}, binaryData={"x": ""})

    followed = await follow(supervisor, metrics, A, mine, labels="mine=1")

    (known,) = followed.informer
    assert known["metadata"]["name"] == "mine"
    assert "binaryData" not in known


@pytest.mark.parametrize(
    ("name", "version", "data"),
    [
        pytest.param("a", "1000000", {"n": 9}, id="newer-is-taken"),
        pytest.param("a", "1", {"n": 1}, id="stale-is-ignored"),
        pytest.param("b", "1000000", {"n": 1}, id="gone-stays-gone"),
    ],
)
async def test_refresh(
    supervisor: Supervisor, metrics: Metrics, name: str, version: str, data: dict[str, int]
) -> None:
    followed = await follow(supervisor, metrics, A)

    followed.informer.refresh(
        an("ConfigMap", name, metadata={"resourceVersion": version}, data={"n": 9})
    )

    (known,) = followed.informer
    assert (known["metadata"]["name"], known["data"]) == ("a", data)
