"""The engine over a fake cluster: who rules, what status says, and who waits for what."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import Catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.catalog.platforms import load_platforms
from rhoai_operator.cluster.errors import Conflict, Forbidden
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.plan import Step
from rhoai_operator.engine.engine import Engine, Parts
from rhoai_operator.engine.events import Recorder
from rhoai_operator.engine.reporter import Reporter
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.gates import PAUSE
from tests.fakes.cluster import FakeCluster, Verb
from tests.manifests import an
from tests.wait import until

SECONDS = 5.0
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PLATFORM = load_platforms(Path(__file__).parents[3] / "manifests")["rhoai"]
DEFINITIONS = {
    "web": ComponentDefinition(name="web", kind="Web", description="Serves."),
    "job": ComponentDefinition(name="job", kind="Job", description="Runs."),
    "late": ComponentDefinition(
        name="late", kind="Late", description="Waits.", requires=frozenset({"web"})
    ),
    "gated": ComponentDefinition.model_validate(
        {
            "name": "gated",
            "kind": "Gated",
            "description": "Needs.",
            "needsApis": ["Widget.v1.example.com"],
        }
    ),
    "base": ComponentDefinition(
        name="base", kind="Base", description="Carries.", owner="DSCInitialization"
    ),
}
CATALOG = Catalog(DEFINITIONS, frozenset({"web", "base", "late", "gated"}), {"rhoai": PLATFORM})
DSC, DSCI = "DataScienceCluster", "DSCInitialization"
DSCI_OBJECT = an(DSCI, "dsci")
OURS = {"app.kubernetes.io/managed-by": "rhoai-operator"}


def dsc(name: str = "dsc", created: str = "2026-01-01T00:00:00Z", **states: str) -> Manifest:
    components = {component: {"managementState": state} for component, state in states.items()}
    made = an(DSC, name, spec={"components": components})
    return {**made, "metadata": {**made["metadata"], "creationTimestamp": created}}


def render(step: Step) -> DesiredState:
    labels, data = {"labels": OURS}, {"key": "ours"}
    return DesiredState((an("ConfigMap", step.component, metadata=labels, data=data),))


class Running:
    """An engine at work on a fake cluster."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.cluster = FakeCluster(DSCI_OBJECT, namespaces=("default", "ns", "operator"))
        planner = Planner(CATALOG, PLATFORM)
        self.metrics = Metrics({name: d.owner.lower() for name, d in DEFINITIONS.items()}, "1")
        parts = Parts(
            self.cluster,
            render,
            Reporter(planner, "1.2.3", lambda: NOON),
            Recorder(self.cluster, "pod", lambda: NOON),
            self.metrics,
            "operator",
            resync_seconds=600,
        )
        self.engine = Engine(parts, supervisor)
        self.edge = self.engine.edge

    def start(self) -> None:
        self.engine.start()

    def status(self, manifest: Manifest) -> dict[str, Any]:
        return dict(self.cluster.now(manifest).get("status", {}))

    def reasons(self, manifest: Manifest) -> dict[str, str]:
        found = self.status(manifest).get("conditions", [])
        return {c["type"]: f"{c['status']}/{c['reason']}" for c in found}

    def has(self, kind: str, name: str) -> bool:
        return any((ref.kind, ref.name) == (kind, name) for ref in self.cluster.refs)


@pytest.fixture
async def running(supervisor: Supervisor) -> Running:
    return Running(supervisor)


async def test_status_tells_each_component_and_sums_up(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed", job="Managed"))
    running.start()

    told = "True/Ready"
    await until(lambda: running.reasons(asked).get("WebReady") == told, SECONDS, "it is told")

    reasons = running.reasons(asked)
    assert reasons["WebReady"] == "True/Ready"
    assert reasons["JobReady"] == "False/NotAvailable"
    assert reasons["Ready"] == "False/NotAvailable"
    status = running.status(asked)
    assert (status["phase"], status["installedComponents"]) == (
        "Error",
        {"web": True, "job": False, "late": False, "gated": False},
    )
    assert status["release"] == {"name": PLATFORM.name, "version": "1.2.3"}
    assert running.has("ConfigMap", "web")
    assert 'component_ready{component="web"} 1.0' in running.metrics.exposition().decode()


async def test_only_the_oldest_switches_components_on(running: Running) -> None:
    first = running.cluster.put(dsc("first", "2026-01-01T00:00:00Z", web="Removed"))
    second = running.cluster.put(dsc("second", "2026-01-02T00:00:00Z", web="Managed"))
    running.start()

    names = await running.edge.submit(DSC, first["metadata"]["uid"], 1)
    assert names == ("web", "job", "late", "gated")
    assert await running.edge.submit(DSC, second["metadata"]["uid"], 1) == ()
    duplicate = "False/DuplicateDataScienceCluster"
    await until(lambda: running.reasons(second).get("Ready") == duplicate, SECONDS, "it is told")
    assert not running.has("ConfigMap", "web")


async def test_an_attempt_answers_the_generation_that_was_asked(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    uid, generation = asked["metadata"]["uid"], asked["metadata"].get("generation", 0)
    running.start()

    await running.edge.submit(DSC, uid, generation)
    outcome = await running.edge.attempted("web", DSC, uid, generation)

    assert outcome
    assert [change.action.value for change in outcome.changes] == ["created"]


async def test_removed_waits_for_the_last_object(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    running.start()
    await until(lambda: running.has("ConfigMap", "web"), SECONDS, "it is installed")
    deleting = {**asked["metadata"], "deletionTimestamp": "2026-01-02T00:00:00Z"}
    running.cluster.put({**asked, "metadata": {**deleting, "finalizers": ["x"]}})

    await running.edge.removed(DSC, asked["metadata"]["uid"])

    assert not running.has("ConfigMap", "web")
    assert not running.has("ConfigMap", "rhoai-inventory-web")


async def test_a_refused_namespace_holds_components_back_until_it_is_there(
    running: Running,
) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    base = ObjectRef.of(an("ConfigMap", "base"))
    running.cluster.failing["apply", base] = Forbidden("no")
    running.start()
    held = "False/WaitingForNamespaces"
    await until(lambda: running.reasons(asked).get("WebReady") == held, SECONDS, "it waits")
    assert not running.has("ConfigMap", "web")

    del running.cluster.failing["apply", base]

    await until(lambda: running.reasons(asked).get("WebReady") == "True/Ready", SECONDS, "ready")


async def test_release_looks_again_when_the_object_has_just_changed(running: Running) -> None:
    theirs, ours = "datasciencecluster.opendatahub.io/finalizer", "ours"
    plain = dsc()
    asked = running.cluster.put(
        {**plain, "metadata": {**plain["metadata"], "finalizers": [theirs, ours]}}
    )
    patch: tuple[Verb, ObjectRef] = ("patch", ObjectRef.of(asked))
    running.cluster.failing[patch] = Conflict("it has changed")
    running.start()
    calls = running.cluster.calls

    async def heal() -> None:
        await until(lambda: patch in calls, SECONDS, "the first patch met a conflict")
        del running.cluster.failing[patch]

    await asyncio.gather(running.edge.release(DSC, "dsc", {theirs}), heal())

    assert running.cluster.now(asked)["metadata"]["finalizers"] == [ours]


async def ready(running: Running, asked: Manifest) -> None:
    await until(lambda: running.reasons(asked).get("WebReady") == "True/Ready", SECONDS, "ready")


async def test_drift_is_set_right_by_itself(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    running.start()
    await ready(running, asked)
    live = running.cluster.now(an("ConfigMap", "web"))

    running.cluster.put({**live, "data": {"key": "theirs"}})
    restored = {"key": "ours"}
    await until(
        lambda: running.cluster.now(an("ConfigMap", "web")).get("data") == restored,
        SECONDS,
        "the field is ours again",
    )
    running.cluster.remove(live)
    await until(lambda: running.has("ConfigMap", "web"), SECONDS, "the object is there again")
    corrected = 'resource_apply_total{component="web",result="corrected"} 2.0'
    await until(lambda: corrected in running.metrics.exposition().decode(), SECONDS, "counted")


async def test_a_resync_without_a_change_sends_nothing(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    running.start()
    await ready(running, asked)
    await until(lambda: running.engine.queue.is_idle, SECONDS, "the engine is silent")
    running.cluster.calls.clear()

    running.engine.resync()
    await until(lambda: running.engine.queue.is_idle, SECONDS, "everything was looked at")

    assert running.cluster.calls == []


async def test_an_inventory_that_is_deleted_is_written_again(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    running.start()
    await ready(running, asked)
    inventory = {"name": "rhoai-inventory-web", "namespace": "operator"}

    running.cluster.remove({"apiVersion": "v1", "kind": "ConfigMap", "metadata": inventory})

    name = inventory["name"]
    await until(lambda: running.has("ConfigMap", name), SECONDS, "the inventory is there again")


async def test_what_no_inventory_names_is_found_and_removed(running: Running) -> None:
    labels = {**OURS, "app.kubernetes.io/part-of": "web"}
    orphan = running.cluster.put(an("ConfigMap", "orphan", metadata={"labels": labels}))
    theirs = running.cluster.put(an("ConfigMap", "theirs"))
    running.cluster.put(dsc(web="Removed"))

    running.start()

    await until(lambda: not running.has("ConfigMap", "orphan"), SECONDS, "it is gone")
    assert orphan
    assert running.cluster.now(theirs) == theirs


async def test_a_pause_is_told_and_ends(running: Running) -> None:
    paused = dsc(web="Managed")
    notes = {**paused["metadata"], "annotations": {PAUSE: "true"}}
    asked = running.cluster.put({**paused, "metadata": notes})
    running.start()
    told = "Unknown/Paused"
    await until(lambda: running.reasons(asked).get("Ready") == told, SECONDS, "it is told")
    assert not running.has("ConfigMap", "web")

    running.cluster.put({**running.cluster.now(asked), "metadata": paused["metadata"]})

    await ready(running, asked)


async def test_what_requires_another_waits_until_that_is_ready(running: Running) -> None:
    asked = running.cluster.put(dsc(late="Managed"))
    running.start()
    waits = "False/WaitingForComponent"
    await until(lambda: running.reasons(asked).get("LateReady") == waits, SECONDS, "it waits")
    assert not running.has("ConfigMap", "late")

    running.cluster.put({**running.cluster.now(asked), **_spec(late="Managed", web="Managed")})

    await until(lambda: running.reasons(asked).get("LateReady") == "True/Ready", SECONDS, "ready")


async def test_a_gate_opens_when_the_api_appears(running: Running) -> None:
    asked = running.cluster.put(dsc(gated="Managed"))
    running.start()
    missing = "False/DependencyMissing"
    await until(lambda: running.reasons(asked).get("GatedReady") == missing, SECONDS, "it waits")

    versions = [{"name": "v1", "served": True}]
    names = {"group": "example.com", "names": {"kind": "Widget"}, "versions": versions}
    running.cluster.put(an("CustomResourceDefinition", "widgets.example.com", spec=names))

    await until(lambda: running.reasons(asked).get("GatedReady") == "True/Ready", SECONDS, "opens")


def _spec(**states: str) -> dict[str, Any]:
    return {"spec": dsc(**states)["spec"]}
