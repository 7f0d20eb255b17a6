from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from rhoai_operator.cluster.errors import KindNotServed, Unavailable
from rhoai_operator.cluster.port import Kind, Selection
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


def without_large_fields(live: Manifest) -> Manifest | None:
    """Nothing at all of an object named secret."""
    if live["metadata"]["name"] == "secret":
        return None
    return {key: value for key, value in live.items() if key != "binaryData"}


class Followed:
    """An informer at work, and what it told."""

    def __init__(self, cluster: FakeCluster, metrics: Metrics, labels: str = "") -> None:
        self.told: list[tuple[str, str]] = []
        self.cluster = cluster
        self._news = asyncio.Event()
        self.informer = Informer(
            cluster,
            Selection(KIND, labels=labels),
            keep=without_large_fields,
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
    await asyncio.wait_for(followed.informer.listed.wait(), SECONDS)
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
    assert not followed.informer.listed.is_set()

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


async def test_what_is_not_kept_is_as_if_it_were_not_there(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    followed = await follow(supervisor, metrics, A, an("ConfigMap", "secret"))

    assert followed.names == {"a"}
    assert followed.told == [("new", "a")]


async def test_a_watch_that_breaks_is_resumed_without_a_list(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    followed = await follow(supervisor, metrics, A)
    followed.cluster.failing["watch", KIND] = Unavailable("reset")
    followed.cluster.end_watches()
    await until(lambda: followed.informer.problem == "reset", SECONDS, "it is told")
    followed.cluster.put(B)

    followed.cluster.failing.clear()

    await followed.until(lambda: followed.names == {"a", "b"})
    assert followed.count("list") == 1
    assert followed.informer.problem == ""


async def test_a_watch_that_goes_on_failing_is_logged_once(
    supervisor: Supervisor, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    followed = await follow(supervisor, metrics, A)
    followed.cluster.failing["watch", KIND] = Unavailable("reset")
    before = followed.count("watch")

    followed.cluster.end_watches()

    await until(lambda: followed.count("watch") >= before + 3, SECONDS, "it is tried again")
    assert [record.message for record in caplog.records] == [f"cannot follow {KIND}: reset"]


async def test_all_objects_go_with_their_kind(supervisor: Supervisor, metrics: Metrics) -> None:
    followed = await follow(supervisor, metrics, A)

    followed.cluster.failing["watch", KIND] = KindNotServed("gone")
    followed.cluster.failing["list", KIND] = KindNotServed("gone")
    followed.cluster.end_watches()

    await followed.until(lambda: ("gone", "a") in followed.told)
    assert followed.names == set()


@pytest.mark.parametrize(
    ("name", "version", "known"),
    [
        pytest.param("a", 1_000_000, {"a": 9}, id="newer-is-taken"),
        pytest.param("a", 1, {"a": 1}, id="older-is-ignored"),
        pytest.param("c", 1_000_000, {"a": 1, "c": 9}, id="new-before-the-watch-tells"),
        pytest.param("c", 1, {"a": 1}, id="gone-again-as-the-watch-has-told"),
    ],
)
async def test_the_answers_to_our_own_requests(
    supervisor: Supervisor, metrics: Metrics, name: str, version: int, known: dict[str, int]
) -> None:
    followed = await follow(supervisor, metrics, A)
    told = len(followed.told)

    metadata = {"resourceVersion": str(version)}
    followed.informer.took(an("ConfigMap", name, metadata=metadata, data={"n": 9}))

    assert {live["metadata"]["name"]: live["data"]["n"] for live in followed.informer} == known
    assert len(followed.told) == told


async def test_one_that_is_given_up_leaves_no_sign_of_life_behind(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    await follow(supervisor, metrics, A)
    alive = f'rhoai_operator_watch_last_event_timestamp_seconds{{resource="{KIND}"}}'
    assert alive in metrics.exposition().decode()

    await supervisor.close()

    assert alive not in metrics.exposition().decode()
