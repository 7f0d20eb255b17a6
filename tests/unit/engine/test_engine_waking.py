"""The engine over a fake cluster: which news has a component looked at again, and which not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core import trim
from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.plan import Step
from rhoai_operator.core.report import Outcome
from rhoai_operator.engine.supervisor import Supervisor
from tests.fakes.cluster import FakeCluster
from tests.manifests import an
from tests.unit.engine import running as base
from tests.unit.engine.running import DSCI_OBJECT, OURS, SECONDS, Running, dsc, ready
from tests.wait import until

WIDGET, GADGET = Kind("example.com", "v1", "Widget"), Kind("example.com", "v1", "Gadget")
LABELS = {**OURS, "app.kubernetes.io/part-of": "web"}
ENDPOINTS = {
    **an("ConfigMap", "web-1", metadata={"labels": LABELS}),
    "apiVersion": "discovery.k8s.io/v1",
    "kind": "EndpointSlice",
}


def definition(kind: Kind) -> Manifest:
    versions = [{"name": "v1", "served": True}]
    spec = {"group": kind.group, "names": {"kind": kind.kind}, "versions": versions}
    metadata = {"labels": LABELS}
    name = f"{kind.kind.lower()}s.example.com"
    return an("CustomResourceDefinition", name, metadata=metadata, spec=spec)


class Lagging(FakeCluster):
    """Serves some kinds only once they are no more in ``late``."""

    late: frozenset[Kind] = frozenset({WIDGET, GADGET})

    async def discover(self) -> frozenset[Kind]:
        return await super().discover() - self.late

    def serve(self, kind: Kind) -> None:
        """Serve one more, and have everybody look."""
        self.late -= {kind}
        foreign = definition(Kind("foreign.example.com", "v1", f"After{kind.kind}"))
        self.put({**foreign, "metadata": {"name": foreign["metadata"]["name"]}})


def needing(step: Step) -> DesiredState:
    """Render a workload that needs two definitions of its own; nothing for other components."""
    if step.component != "web":
        return base.render(step)
    crds = [definition(kind) for kind in (WIDGET, GADGET)]
    objects = (*crds, an("Deployment", "web", metadata={"labels": LABELS}))
    widgets, gadgets = map(ObjectRef.of, crds)
    defines = {widgets: frozenset({WIDGET}), gadgets: frozenset({GADGET})}
    return DesiredState(objects, defines=defines)


def outcome(running: Running, name: str = "web") -> Outcome | None:
    attempt = running.engine.attempts.newest(name)
    return attempt.outcome if attempt else None


def said(running: Running) -> str:
    found = outcome(running)
    return "; ".join(change.detail for change in found.waiting) if found else ""


async def silent(running: Running) -> None:
    await until(lambda: running.engine.queue.is_idle, SECONDS, "the engine is silent")


@pytest.fixture
def lagging(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> Running:
    monkeypatch.setattr("rhoai_operator.engine.engine.TOLD_SECONDS", 0.3)
    cluster = Lagging(DSCI_OBJECT, namespaces=("default", "ns", "operator"))
    return Running(supervisor, cluster, needing)


async def test_a_kind_of_several_that_are_awaited_is_told_a_little_later(lagging: Running) -> None:
    cluster: Any = lagging.cluster
    cluster.put(dsc(web="Managed"))
    lagging.start()
    await until(lambda: "Gadget.v1.example.com and 1 more" in said(lagging), SECONDS, "it waits")
    await silent(lagging)
    before = outcome(lagging)

    cluster.serve(GADGET)
    await until(lambda: GADGET in lagging.engine.watched.served.kinds, SECONDS, "it is served")
    await asyncio.sleep(0.05)
    assert outcome(lagging) is before

    only = "waits until the API server serves Widget.v1.example.com"
    await until(lambda: said(lagging) == only, SECONDS, "it says what is left")
    cluster.serve(WIDGET)
    await until(lambda: lagging.has("Deployment", "web"), SECONDS, "it goes on")


TOUCHED = {"managedFields": [{"manager": "kubectl", "operation": "Update"}]}
WAITING = Change(ObjectRef.of(an("ConfigMap", "web")), Action.WAITING, "for an endpoint")


@pytest.mark.parametrize(
    ("changes", "wakes"), [((), False), ((WAITING,), True)], ids=["settled", "waiting"]
)
async def test_endpoints_matter_to_what_waits(
    running: Running, changes: tuple[Change, ...], wakes: bool
) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    running.start()
    await ready(running, asked)
    await silent(running)
    attempt = running.engine.attempts.newest("web")
    assert attempt
    before = Outcome("web", changes)
    running.engine.attempts.record("web", type(attempt)(attempt.stamp, before))

    running.engine._owned_changed(None, ENDPOINTS)

    assert running.engine.queue.is_idle is not wakes


async def test_an_object_that_is_being_made_wakes_nobody(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    running.start()
    await ready(running, asked)
    await silent(running)
    engine, live = running.engine, running.cluster.now(an("ConfigMap", "web"))
    ours, theirs = trim.owned(live), {**live, "metadata": {**live["metadata"], **TOUCHED}}

    async with engine._memo.turns[ObjectRef.of(live)]:
        engine._owned_changed(None, ours)
        assert engine.queue.is_idle
        engine._owned_changed(None, theirs)
        assert not engine.queue.is_idle
    await silent(running)

    engine._owned_changed(None, ours)
    assert not engine.queue.is_idle
