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
from rhoai_operator.reconcile.platform import Intent, Platform
from rhoai_operator.reconcile.store import ConfigMapStore
from tests.fakes.cluster import FakeCluster, Verb
from tests.manifests import an
from tests.wait import until

SECONDS = 5.0
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PLATFORM = load_platforms(Path(__file__).parents[3] / "manifests")["rhoai"]
DEFINITIONS = {
    "web": ComponentDefinition(name="web", kind="Web", description="Serves."),
    "job": ComponentDefinition(name="job", kind="Job", description="Runs."),
    "base": ComponentDefinition(
        name="base", kind="Base", description="Carries.", owner="DSCInitialization"
    ),
}
CATALOG = Catalog(DEFINITIONS, frozenset({"web", "base"}), {"rhoai": PLATFORM})
DSC, DSCI = "DataScienceCluster", "DSCInitialization"
DSCI_OBJECT = an(DSCI, "dsci")


def dsc(name: str = "dsc", created: str = "2026-01-01T00:00:00Z", **states: str) -> Manifest:
    components = {component: {"managementState": state} for component, state in states.items()}
    made = an(DSC, name, spec={"components": components})
    return {**made, "metadata": {**made["metadata"], "creationTimestamp": created}}


def render(step: Step) -> DesiredState:
    return DesiredState((an("ConfigMap", step.component),))


class Running:
    """An engine at work on a fake cluster."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.cluster = FakeCluster(DSCI_OBJECT, namespaces=("default", "ns", "operator"))
        planner = Planner(CATALOG, PLATFORM)

        def plan(name: str, intent: Intent) -> Step:
            return planner.step(name, intent.dsc, intent.dsci)

        store = ConfigMapStore(self.cluster, "operator")
        self.metrics = Metrics({name: d.owner.lower() for name, d in DEFINITIONS.items()}, "1")
        self.engine = Engine(
            Parts(
                Platform(plan, render, self.cluster, store, frozenset({"base"})),
                Reporter(planner, "1.2.3", lambda: NOON),
                Recorder(self.cluster, "pod", lambda: NOON),
                self.metrics,
                frozenset({"web"}),
                resync_seconds=600,
            )
        )
        self._supervisor = supervisor

    def start(self) -> None:
        self.engine.start(self._supervisor)

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

    await until(lambda: running.reasons(asked), SECONDS, "there is a status")

    reasons = running.reasons(asked)
    assert reasons["WebReady"] == "True/Ready"
    assert reasons["JobReady"] == "False/NotAvailable"
    assert reasons["Ready"] == "False/NotAvailable"
    status = running.status(asked)
    assert (status["phase"], status["installedComponents"]) == (
        "Error",
        {"web": True, "job": False},
    )
    assert status["release"] == {"name": PLATFORM.name, "version": "1.2.3"}
    assert running.has("ConfigMap", "web")
    assert 'component_ready{component="web"} 1.0' in running.metrics.exposition().decode()


async def test_only_the_oldest_switches_components_on(running: Running) -> None:
    first = running.cluster.put(dsc("first", "2026-01-01T00:00:00Z", web="Removed"))
    second = running.cluster.put(dsc("second", "2026-01-02T00:00:00Z", web="Managed"))
    running.start()

    names = await running.engine.submit(DSC, first["metadata"]["uid"], 1)
    assert names == ("web", "job")
    assert await running.engine.submit(DSC, second["metadata"]["uid"], 1) == ()
    duplicate = "False/DuplicateDataScienceCluster"
    await until(lambda: running.reasons(second).get("Ready") == duplicate, SECONDS, "it is told")
    assert not running.has("ConfigMap", "web")


async def test_an_attempt_answers_the_generation_that_was_asked(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    uid, generation = asked["metadata"]["uid"], asked["metadata"].get("generation", 0)
    running.start()

    await running.engine.submit(DSC, uid, generation)
    outcome = await running.engine.attempted("web", DSC, uid, generation)

    assert outcome
    assert [change.action.value for change in outcome.changes] == ["created"]


async def test_removed_waits_for_the_last_object(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    running.start()
    await until(lambda: running.has("ConfigMap", "web"), SECONDS, "it is installed")
    deleting = {**asked["metadata"], "deletionTimestamp": "2026-01-02T00:00:00Z"}
    running.cluster.put({**asked, "metadata": {**deleting, "finalizers": ["x"]}})

    await running.engine.removed(DSC, asked["metadata"]["uid"])

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

    await asyncio.gather(running.engine.release(DSC, "dsc", {theirs}), heal())

    assert running.cluster.now(asked)["metadata"]["finalizers"] == [ours]
