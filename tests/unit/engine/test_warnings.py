from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from rhoai_operator.cluster.port import Listing, Selection, WatchEvent
from rhoai_operator.core.objects import Manifest
from rhoai_operator.engine import warnings
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.warnings import EVENT, Warnings
from rhoai_operator.metrics import Metrics
from tests.fakes.cluster import FakeCluster
from tests.manifests import an

SECONDS = 5.0


def event(pod: str, version: int, message: str = "no Secret x", **fields: Any) -> Manifest:
    namespace = fields.pop("namespace", "ns")
    about = {"kind": "Pod", "namespace": namespace, "name": pod, "uid": f"uid-{pod}"}
    metadata = {"namespace": namespace, "resourceVersion": str(version)}
    told = {"type": "Warning", "reason": "FailedMount", "message": message, **fields}
    return an("Event", f"{pod}.{version}", metadata=metadata, involvedObject=about, **told)


class Telling(FakeCluster):
    """Lists and watches Events as a test has it."""

    def __init__(self, *listed: Manifest) -> None:
        super().__init__()
        self.listed = listed
        self.selections: list[Selection] = []
        self.watched: dict[str, asyncio.Queue[Manifest]] = {}
        self.news = asyncio.Event()

    async def list(self, selection: Selection) -> Listing:
        self.selections.append(selection)
        items = (e for e in self.listed if e["metadata"]["namespace"] == selection.namespace)
        return Listing(tuple(items), "1")

    async def watch(self, selection: Selection, *, since: str) -> AsyncIterator[WatchEvent]:
        queue = self.watched[selection.namespace] = asyncio.Queue()
        self.news.set()
        try:
            while True:
                yield WatchEvent("MODIFIED", await queue.get())
                queue.task_done()
        finally:
            del self.watched[selection.namespace]
            self.news.set()


class Told:
    """Warnings at work in a cluster, the pods that are ours, and what was told of them."""

    def __init__(self, supervisor: Supervisor, metrics: Metrics, *listed: Manifest) -> None:
        self.pods = {("ns", name) for name in "abc"}
        self.changes: list[str] = []
        self.cluster = Telling(*listed)
        self.warnings = Warnings(
            self.cluster,
            lambda namespace, name: (namespace, name) in self.pods,
            on_change=lambda namespace, name: self.changes.append(f"{namespace}/{name}"),
            metrics=metrics,
        )
        self._supervisor = supervisor

    async def follow(self, *namespaces: str) -> None:
        """Follow, and wait until these are watched and no others."""
        self.warnings.follow(namespaces, self._supervisor)
        async with asyncio.timeout(SECONDS):
            while self.cluster.watched.keys() != set(namespaces):
                self.cluster.news.clear()
                await self.cluster.news.wait()

    async def tell(self, *told: Manifest) -> None:
        """Tell Events, and wait until all are taken in."""
        for each in told:
            self.cluster.watched[each["metadata"]["namespace"]].put_nowait(each)
        async with asyncio.timeout(SECONDS):
            for queue in self.cluster.watched.values():
                await queue.join()


@pytest.fixture
async def told(supervisor: Supervisor, metrics: Metrics) -> Told:
    told = Told(supervisor, metrics)
    await told.follow("ns")
    return told


async def test_the_newest_of_a_pod_is_kept(told: Told) -> None:
    await told.tell(event("a", 5, "first"), event("a", 7, "newest"), event("a", 6, "late"))

    assert told.warnings.newest("ns", "a") == "FailedMount: newest"
    assert told.changes == ["ns/a", "ns/a"]
    assert len(told.warnings) == 1


async def test_the_list_counts_like_the_watch(supervisor: Supervisor, metrics: Metrics) -> None:
    told = Told(supervisor, metrics, event("a", 9, "newest"), event("a", 3), event("b", 4))
    await told.follow("ns")

    assert told.warnings.newest("ns", "a") == "FailedMount: newest"
    assert told.warnings.newest("ns", "b") == "FailedMount: no Secret x"
    assert told.changes == ["ns/a", "ns/b"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        pytest.param({}, "FailedMount: no Secret x", id="once"),
        pytest.param({"count": 1}, "FailedMount: no Secret x", id="counted-once"),
        pytest.param({"count": 2}, "FailedMount: no Secret x (x2)", id="count"),
        pytest.param(
            {"count": None, "series": {"count": 7}}, "FailedMount: no Secret x (x7)", id="series"
        ),
        pytest.param({"message": "a\nb " * 500}, "FailedMount: a b a b", id="long"),
    ],
)
async def test_how_a_warning_reads(told: Told, fields: dict[str, Any], text: str) -> None:
    await told.tell(event("a", 5, **fields))

    found = told.warnings.newest("ns", "a")
    assert found.startswith(text)
    assert len(found) < 500


async def test_the_same_again_is_counted_and_no_change(told: Told) -> None:
    await told.tell(event("a", 5), event("a", 6, count=2), event("a", 7, count=3))

    assert told.warnings.newest("ns", "a").endswith("(x3)")
    assert told.changes == ["ns/a"]


async def test_only_warnings_of_pods_are_asked_for(told: Told) -> None:
    (selection,) = told.cluster.selections
    fields = "type=Warning,involvedObject.kind=Pod"
    assert selection == Selection(EVENT, namespace="ns", fields=fields)


async def test_pods_of_others_leave_nothing_behind(told: Told) -> None:
    await told.tell(*(event(f"foreign-{number}", number) for number in range(2, 100)))

    assert len(told.warnings) == 0
    assert len(told.warnings.informers["ns"]) == 0
    assert told.changes == []


async def test_an_informer_stores_no_event(told: Told) -> None:
    await told.tell(event("a", 5), event("b", 6))

    assert len(told.warnings) == 2
    assert len(told.warnings.informers["ns"]) == 0


async def test_a_pod_that_is_gone_is_forgotten(told: Told) -> None:
    await told.tell(event("a", 5), event("b", 6))
    told.pods -= {("ns", "a"), ("ns", "b")}

    assert told.warnings.newest("ns", "a") == ""
    assert len(told.warnings) == 1
    await told.tell(event("c", 7))
    assert len(told.warnings) == 1


async def test_it_is_bounded_and_keeps_what_is_asked_for(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warnings, "LIMIT", 2)
    await told.tell(event("a", 5), event("b", 6))
    assert told.warnings.newest("ns", "a")

    await told.tell(event("c", 7))

    assert len(told.warnings) == 2
    assert not told.warnings.newest("ns", "b")
    assert told.warnings.newest("ns", "a")


async def test_the_namespaces_can_change(told: Told) -> None:
    told.pods.add(("other", "o"))
    await told.tell(event("a", 5))

    await told.follow("ns", "other")
    await told.tell(event("o", 6, namespace="other"))
    assert told.warnings.newest("other", "o")

    await told.follow("other")
    assert not told.warnings.newest("ns", "a")
    assert told.warnings.newest("other", "o")
    assert told.warnings.informers.keys() == {"other"}


async def test_each_namespace_is_watched_once(told: Told) -> None:
    await told.follow("ns")

    assert len(told.cluster.selections) == 1


def pod(name: str, uid: str = "") -> Manifest:
    return an("Pod", name, metadata={"uid": uid or f"uid-{name}"})


async def test_pods_find_their_own_warnings_by_uid(told: Told) -> None:
    await told.tell(event("a", 5, "of a"), event("b", 6, "of b"))

    found = told.warnings.of([pod("a"), pod("c"), pod("b", "uid-of-a-later-one")])

    assert found == {"uid-a": "FailedMount: of a"}


async def test_a_later_pod_of_that_name_is_warned_anew(told: Told) -> None:
    again = event("a", 9)
    about = {**again["involvedObject"], "uid": "later"}
    await told.tell(event("a", 5), {**again, "involvedObject": about})

    assert told.warnings.of([pod("a", "later")]) == {"later": "FailedMount: no Secret x"}
    assert told.changes == ["ns/a", "ns/a"]
