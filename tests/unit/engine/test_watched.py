from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.cluster.port import Kind, Listing, Selection, WatchEvent
from rhoai_operator.core.objects import Manifest
from rhoai_operator.engine import watched as module
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.watched import DSC, POD, Listeners, Watched
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.platform import ENDPOINTS
from rhoai_operator.reconcile.store import LABEL
from tests.fakes.cluster import KINDS, FakeCluster
from tests.manifests import an
from tests.unit.engine.following import SECONDS, News, idle

OURS = {"app.kubernetes.io/managed-by": "rhoai-operator"}
OF_WEB = {"app.kubernetes.io/part-of": "web"}
OLD = {"creationTimestamp": "2026-01-01T00:00:00Z"}
NEW = {"creationTimestamp": "2026-01-02T00:00:00Z"}


def dsc(name: str, **metadata: Any) -> Manifest:
    return an("DataScienceCluster", name, metadata=metadata)


class Lenient(FakeCluster):
    """Takes the field selectors that a real one takes of Events."""

    async def list(self, selection: Selection) -> Listing:
        return await super().list(replace(selection, fields=""))

    def watch(self, selection: Selection, *, since: str) -> AsyncIterator[WatchEvent]:
        return super().watch(replace(selection, fields=""), since=since)


class Watching:
    """Everything watched, and what is told of it."""

    def __init__(self, supervisor: Supervisor, metrics: Metrics, *live: Manifest) -> None:
        self.cluster = Lenient(*live, kinds=KINDS | {ENDPOINTS})
        self.intents = 0
        self.news, self.pods, self.inventories = News(), News(), News()
        self.warned = 0
        self.watched = Watched(
            self.cluster,
            ["web", "job"],
            "ns",
            listeners=Listeners(
                self._intent, self.news.changed, self._pod, self.inventories.changed, self._served
            ),
            supervisor=supervisor,
            metrics=metrics,
        )

    def _intent(self) -> None:
        self.intents += 1
        self.news.poke()

    def _pod(self, before: Manifest | None, after: Manifest | None) -> None:
        if before or after:
            self.pods.changed(before, after)
        else:
            self.warned += 1
            self.pods.poke()

    def _served(self, _: frozenset[Kind]) -> None:
        return

    async def started(self) -> Watching:
        self.watched.start()
        await asyncio.wait_for(self.watched.synced(), SECONDS)
        return self


async def test_the_oldest_object_of_each_kind_rules(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    live = (dsc("a", **NEW), dsc("b", **OLD), an("DSCInitialization", "i"))
    watching = await Watching(supervisor, metrics, *live).started()

    intent = watching.watched.intent()
    assert intent.dsc
    assert intent.dsci
    assert (intent.dsc.metadata.name, intent.dsci.metadata.name) == ("b", "i")
    assert watching.watched.intent() is intent

    told = watching.intents
    watching.cluster.remove(dsc("b"))
    await watching.news.until(lambda: watching.intents > told)
    intent = watching.watched.intent()
    assert intent.dsc
    assert intent.dsc.metadata.name == "a"


async def test_what_is_wanted_is_the_same_value_while_only_status_changes(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    watching = await Watching(supervisor, metrics, dsc("a")).started()
    intent, told = watching.watched.intent(), watching.intents

    watching.cluster.put({**watching.cluster.now(dsc("a")), "status": {"phase": "Ready"}})
    await watching.news.until(lambda: watching.intents > told)

    assert watching.watched.intent() is intent


async def test_without_objects_nobody_rules(supervisor: Supervisor, metrics: Metrics) -> None:
    watching = await Watching(supervisor, metrics).started()
    intent = watching.watched.intent()
    assert (intent.dsc, intent.dsci) == (None, None)


async def test_a_status_that_we_wrote_is_known_and_nobody_is_told(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    watching = await Watching(supervisor, metrics, dsc("a")).started()
    told = watching.intents
    metadata = {"resourceVersion": "1000000"}

    for live in (dsc("a", **metadata), an("DSCInitialization", "i", metadata=metadata)):
        watching.watched.refresh({**live, "status": {"phase": "Ready"}})

    (known,) = watching.watched.custom_resources(DSC.kind)
    assert known["status"] == {"phase": "Ready"}
    assert len(watching.watched.custom_resources("DSCInitialization")) == 1
    assert watching.intents == told


async def test_it_is_synced_when_every_first_list_is_in(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    watching = Watching(supervisor, metrics)
    watching.cluster.failing["list", POD] = Unavailable("no answer")
    watching.watched.start()
    waiting = asyncio.create_task(watching.watched.synced())
    await asyncio.wait_for(watching.watched.dscs.listed.wait(), SECONDS)
    await asyncio.wait_for(watching.watched.served.known(), SECONDS)
    await idle()
    assert (waiting.done(), watching.watched.is_synced) == (False, False)

    watching.cluster.failing.clear()

    await asyncio.wait_for(waiting, SECONDS)
    assert watching.watched.is_synced


async def test_it_is_alive_while_every_informer_hears(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    watching = await Watching(supervisor, metrics).started()
    await watching.watched.owned.follow("web", frozenset({Kind("", "v1", "Secret")}))
    watching.watched.expect_warnings("ns")
    assert len(watching.watched.informers) == 4 + 2 + 1 + 1
    assert watching.watched.is_alive

    for informer in watching.watched.informers:
        heard, informer.heard = informer.heard, informer.heard - module.SILENCE_SECONDS
        assert not watching.watched.is_alive
        informer.heard = heard
    assert watching.watched.is_alive


async def test_pods_of_components_only_and_why_they_are_not_ready(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    ours = an(
        "Pod", "ours", metadata={"labels": OF_WEB}, spec={"large": "x"}, status={"phase": "P"}
    )
    theirs = an("Pod", "theirs", metadata={"labels": {"app.kubernetes.io/part-of": "z"}})

    watching = await Watching(supervisor, metrics, ours, theirs).started()

    (pod,) = watching.watched.pods
    assert (pod["metadata"]["name"], pod["status"]) == ("ours", {"phase": "P"})
    assert "spec" not in pod
    assert watching.pods.told == [("new", "ours")]


async def test_warnings_are_followed_where_pods_of_ours_are(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    pod = an("Pod", "p", metadata={"labels": OF_WEB})
    watching = await Watching(supervisor, metrics, pod).started()
    for namespace in ("ns", "default", "ns"):
        watching.watched.expect_warnings(namespace)
    assert sorted(watching.watched.warnings.informers) == ["default", "ns"]
    (known,) = watching.watched.pods

    involved = {"kind": "Pod", "namespace": "ns", "uid": known["metadata"].get("uid")}
    for name in ("p", "q"):
        event = an("Event", f"about-{name}", type="Warning", reason="BackOff", message="m")
        watching.cluster.put({**event, "involvedObject": involved | {"name": name}})
    await watching.pods.until(lambda: watching.warned)
    await idle()

    assert watching.warned == 1


async def test_inventories_are_followed_by_name_only(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    labels = {LABEL: "web"}
    mine = an("ConfigMap", "mine", metadata={"labels": labels}, data={"objects": "[]"})
    elsewhere = an("ConfigMap", "far", metadata={"labels": labels, "namespace": "default"})

    watching = await Watching(
        supervisor, metrics, mine, elsewhere, an("ConfigMap", "other")
    ).started()

    (known,) = watching.watched.inventories
    assert known["metadata"]["name"] == "mine"
    assert "data" not in known
    watching.cluster.remove(mine)
    await watching.inventories.until(lambda: ("gone", "mine") in watching.inventories.told)


def endpoints(service: str, *, ready: bool = True, namespace: str = "ns") -> Manifest:
    labels = {**OURS, "kubernetes.io/service-name": service}
    made = an("EndpointSlice", f"{service}-x", metadata={"labels": labels, "namespace": namespace})
    found = [{"addresses": ["10.0.0.1"], "conditions": {"ready": ready}}]
    return {**made, "apiVersion": "discovery.k8s.io/v1", "endpoints": found}


HOOK = an("Service", "hook", metadata={"labels": OURS})


@pytest.mark.parametrize(
    ("live", "answers"),
    [
        pytest.param([HOOK, endpoints("hook")], True, id="ready"),
        pytest.param([HOOK, endpoints("hook", ready=False)], False, id="not-ready"),
        pytest.param([HOOK], False, id="no-endpoints"),
        pytest.param([HOOK, endpoints("other")], False, id="of-another-service"),
        pytest.param([HOOK, endpoints("hook", namespace="default")], False, id="elsewhere"),
        pytest.param([an("Service", "hook")], True, id="not-ours"),
        pytest.param([], True, id="not-known"),
    ],
)
async def test_whether_somebody_answers(
    supervisor: Supervisor, metrics: Metrics, live: list[Manifest], answers: bool
) -> None:
    watching = Watching(supervisor, metrics, *live)
    kinds = frozenset({ENDPOINTS, Kind("", "v1", "Service")})
    await watching.watched.owned.follow("web", kinds)

    assert watching.watched.answers("ns", "hook") is answers
