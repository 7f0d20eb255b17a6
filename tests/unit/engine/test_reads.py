from __future__ import annotations

import asyncio

import pytest

from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.policies import ApiKind
from rhoai_operator.core.values import ListedKind
from rhoai_operator.engine import owned as module
from rhoai_operator.engine.reads import Reads
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics
from tests.fakes.cluster import KINDS, FakeCluster
from tests.manifests import an
from tests.unit.engine.following import News, idle
from tests.wait import until

CONFIG, OTHER = an("ConfigMap", data={"a": "1"}), an("ConfigMap", "other")
REF, OTHER_REF = ObjectRef.of(CONFIG), ObjectRef.of(OTHER)
ABSENT = ObjectRef.of(an("ConfigMap", "absent"))
ELSEWHERE = ObjectRef.of(an("ConfigMap", metadata={"namespace": "default"}))


class Reading:
    """What components read, and who is told of changes."""

    def __init__(self, supervisor: Supervisor, metrics: Metrics, *live: Manifest) -> None:
        self.cluster, self.news = FakeCluster(*live), News()
        self.reads = Reads(self.cluster, supervisor, self.news.concerns, metrics)

    async def follow(self, name: str, *refs: ObjectRef) -> None:
        await self.reads.follow(name, refs, KINDS)


async def test_an_object_is_known_and_that_one_is_absent(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    reading = Reading(supervisor, metrics, CONFIG, OTHER)

    await reading.follow("web", REF, ABSENT)

    live = reading.reads.get(REF)
    assert live
    assert live["data"] == {"a": "1"}
    assert "managedFields" not in live["metadata"]
    assert reading.reads.get(ABSENT) is None
    followed = {ref: reading.reads.follows(ref) for ref in (REF, ABSENT, OTHER_REF, ELSEWHERE)}
    assert followed == {REF: True, ABSENT: True, OTHER_REF: False, ELSEWHERE: False}
    assert reading.reads.get(OTHER_REF) is None
    assert [len(informer) for informer in reading.reads.informers] == [0, 1]
    assert {informer.selection.namespace for informer in reading.reads.informers} == {"ns"}


async def test_who_reads_it_is_told_of_a_change(supervisor: Supervisor, metrics: Metrics) -> None:
    reading = Reading(supervisor, metrics, CONFIG, OTHER)
    await reading.follow("web", REF)
    await reading.follow("job", REF, OTHER_REF)
    await reading.follow("late", OTHER_REF)
    reading.news.names.clear()

    reading.cluster.put({**CONFIG, "data": {"a": "2"}})
    await reading.news.until(lambda: len(reading.news.names) >= 2)

    assert sorted(reading.news.names) == ["job", "web"]
    live = reading.reads.get(REF)
    assert live
    assert live["data"] == {"a": "2"}

    reading.news.names.clear()
    reading.cluster.remove(CONFIG)
    await reading.news.until(lambda: len(reading.news.names) >= 2)
    assert (reading.reads.get(REF), reading.reads.follows(REF)) == (None, True)


async def test_each_is_watched_once_until_nobody_reads_it(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    reading = Reading(supervisor, metrics, CONFIG, OTHER)
    await reading.follow("web", REF, OTHER_REF)
    await reading.follow("job", REF)
    assert [verb for verb, _ in reading.cluster.calls].count("list") == 2

    await reading.follow("web")
    assert (reading.reads.follows(REF), reading.reads.follows(OTHER_REF)) == (True, False)
    await reading.follow("job")
    await idle()

    assert reading.reads.informers == ()
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("value")] == []


async def test_what_is_not_served_is_followed_once_it_is(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    reading = Reading(supervisor, metrics, CONFIG)

    await reading.reads.follow("web", [REF], KINDS - {Kind.of(REF)})
    assert (reading.reads.follows(REF), reading.cluster.calls) == (False, [])

    await reading.follow("web", REF)
    assert reading.reads.get(REF)


async def test_a_first_list_that_hangs_holds_nobody_for_ever(
    supervisor: Supervisor, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_LIST_SECONDS", 0.02)
    reading = Reading(supervisor, metrics, CONFIG)
    reading.cluster.failing["list", Kind.of(REF)] = Unavailable("no answer")

    await reading.follow("web", REF)

    assert (reading.reads.follows(REF), reading.reads.get(REF)) == (False, None)


LISTED = ListedKind(ApiKind("", "v1", "ConfigMap"), (("data",),))


async def test_parts_of_all_objects_of_a_kind(supervisor: Supervisor, metrics: Metrics) -> None:
    reading = Reading(supervisor, metrics, CONFIG, {**OTHER, "binaryData": {"b": "MQ=="}})

    await reading.reads.follow("web", [LISTED], KINDS)

    found = {live["metadata"]["name"]: live for live in reading.reads.every(LISTED)}
    assert {name: live.get("data") for name, live in found.items()} == {
        "x": {"a": "1"},
        "other": None,
    }
    assert "binaryData" not in found["other"]
    assert reading.reads.every(ListedKind(LISTED.kind, ())) == ()


async def test_what_is_not_looked_at_changes_for_nobody(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    reading = Reading(supervisor, metrics, CONFIG)
    await reading.reads.follow("web", [LISTED], KINDS)
    reading.news.names.clear()

    reading.cluster.put({**CONFIG, "binaryData": {"b": "MQ=="}})
    reading.cluster.put(OTHER)
    await until(lambda: len(reading.reads.every(LISTED)) == 2, 5.0, "the new one is known")

    assert reading.news.names == ["web"]
