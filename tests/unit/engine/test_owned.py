from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.fields import FIELD_MANAGER
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.engine import owned as module
from rhoai_operator.engine.owned import Owned
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics
from tests.fakes.cluster import FakeCluster
from tests.manifests import an
from tests.unit.engine.following import News, idle

LABELS = {"app.kubernetes.io/managed-by": "rhoai-operator"}


def ours(kind: str, name: str = "x", **fields: Any) -> Manifest:
    return an(kind, name, metadata={"labels": LABELS}, **fields)


def kinds(*names: str) -> frozenset[Kind]:
    return frozenset(Kind.of(ObjectRef.of(an(name))) for name in names)


(CONFIG_MAPS,), (SERVICES,) = kinds("ConfigMap"), kinds("Service")
CONFIG = ours("ConfigMap", data={"a": "1"})
REF = ObjectRef.of(CONFIG)


class Following:
    """What components own, and what is told of it."""

    def __init__(self, supervisor: Supervisor, metrics: Metrics, *live: Manifest) -> None:
        self.cluster, self.news = FakeCluster(*live), News()
        self.owned = Owned(self.cluster, supervisor, self.news.changed, metrics)

    def lists(self) -> list[object]:
        return [target for verb, target in self.cluster.calls if verb == "list"]


async def test_what_carries_our_label_is_known(supervisor: Supervisor, metrics: Metrics) -> None:
    theirs = an("ConfigMap", "theirs")
    following = Following(supervisor, metrics, CONFIG, ours("ConfigMap", "y"), theirs)
    assert (following.owned.get(REF), following.owned.follows(CONFIG_MAPS)) == (None, False)

    await following.owned.follow("web", kinds("ConfigMap"))

    owned = following.owned
    live = owned.get(REF)
    assert live
    assert live["data"] == {"a": "1"}
    assert {found["metadata"]["name"] for found in owned.of(CONFIG_MAPS)} == {"x", "y"}
    assert owned.get(ObjectRef.of(theirs)) is None
    assert owned.follows(CONFIG_MAPS)
    assert not owned.follows(SERVICES)
    assert list(owned.of(SERVICES)) == []
    assert following.lists() == [CONFIG_MAPS]


async def test_changes_are_told(supervisor: Supervisor, metrics: Metrics) -> None:
    following = Following(supervisor, metrics, CONFIG)
    await following.owned.follow("web", kinds("ConfigMap"))

    unlabelled = following.cluster.put({**CONFIG, "metadata": {"name": "x", "namespace": "ns"}})
    await following.news.until(lambda: ("gone", "x") in following.news.told)

    assert unlabelled
    assert following.owned.get(REF) is None
    assert following.owned.follows(CONFIG_MAPS)


async def test_a_kind_that_two_want_is_watched_once_until_nobody_does(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    following = Following(supervisor, metrics, CONFIG, ours("Service"))
    owned = following.owned
    await owned.follow("web", kinds("ConfigMap", "Service"))
    await owned.follow("job", kinds("ConfigMap"))
    assert sorted(map(str, owned.informers)) == ["ConfigMap.v1", "Service.v1"]
    assert len(following.lists()) == 2

    await owned.follow("web", kinds())
    assert list(owned.informers) == [CONFIG_MAPS]
    assert owned.get(REF)
    await owned.follow("job", kinds())
    assert not owned.informers
    assert (owned.get(REF), owned.follows(CONFIG_MAPS)) == (None, False)

    await idle()
    following.cluster.put({**CONFIG, "data": {"a": "2"}})
    await idle()
    assert ("changed", "x") not in following.news.told
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("informer")] == []


async def test_a_kind_is_followed_anew_when_it_is_wanted_again(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    following = Following(supervisor, metrics, CONFIG)
    for wanted in (kinds("ConfigMap"), kinds(), kinds("ConfigMap")):
        await following.owned.follow("web", wanted)
    assert following.owned.get(REF)


async def test_a_first_list_that_hangs_delays_once_and_no_longer_than_it_may(
    supervisor: Supervisor, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_LIST_SECONDS", 0.05)
    following = Following(supervisor, metrics, CONFIG, ours("Service"))
    following.cluster.failing["list", CONFIG_MAPS] = Unavailable("no answer")
    loop = asyncio.get_running_loop()
    start = loop.time()

    await following.owned.follow("web", kinds("ConfigMap", "Service"))
    assert loop.time() - start >= 0.04
    monkeypatch.setattr(module, "FIRST_LIST_SECONDS", 0.0)
    async with asyncio.timeout(0):
        await following.owned.follow("web", kinds("ConfigMap", "Service"))

    assert not following.owned.follows(CONFIG_MAPS)
    assert following.owned.follows(SERVICES)


async def test_answers_to_our_requests_are_taken_in(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    following = Following(supervisor, metrics)
    await following.owned.follow("web", kinds("ConfigMap"))
    metadata = {"labels": LABELS, "resourceVersion": "1000000"}

    following.owned.took(an("ConfigMap", metadata=metadata, data={"a": "1"}))
    following.owned.took(an("Service", metadata=metadata))

    assert following.owned.get(REF)
    assert following.owned.get(ObjectRef.of(an("Service"))) is None
    assert following.news.told == []


async def test_of_definitions_only_metadata_are_asked_for(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    crd = ours("CustomResourceDefinition", "widgets.example.com", spec={"versions": []})
    following = Following(supervisor, metrics, crd)
    following.cluster._kinds |= kinds("CustomResourceDefinition")

    await following.owned.follow("web", kinds("CustomResourceDefinition"))

    (informer,) = following.owned.informers.values()
    assert informer.selection.brief
    live = following.owned.get(ObjectRef.of(crd))
    assert live
    assert "spec" not in live


async def test_who_else_owns_fields_is_kept_of_what_is_ours(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    following = Following(supervisor, metrics, CONFIG)
    alone = following.cluster.put(ours("ConfigMap", "y", data={"a": "1"}), FIELD_MANAGER)
    assert alone["metadata"]["managedFields"]

    await following.owned.follow("web", kinds("ConfigMap"))

    live, ours_only = following.owned.get(REF), following.owned.get(ObjectRef.of(alone))
    assert live
    assert [entry["manager"] for entry in live["metadata"]["managedFields"]] == ["someone"]
    assert ours_only
    assert "managedFields" not in ours_only["metadata"]
