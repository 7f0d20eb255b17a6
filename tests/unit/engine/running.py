"""An engine at work on a fake cluster, for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import Catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.catalog.platforms import load_platforms
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.plan import Step
from rhoai_operator.engine.engine import Engine, Parts, Render
from rhoai_operator.engine.events import Recorder
from rhoai_operator.engine.reporter import Reporter
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics
from tests.fakes.cluster import FakeCluster
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
    "fence": ComponentDefinition.model_validate(
        {
            "name": "fence",
            "kind": "Fence",
            "description": "Guards.",
            "owner": "DSCInitialization",
            "requires": ["base"],
            "needsApis": ["Widget.v1.example.com"],
        }
    ),
}
CATALOG = Catalog(
    DEFINITIONS, frozenset({"web", "base", "late", "gated", "fence"}), {"rhoai": PLATFORM}
)
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

    def __init__(
        self,
        supervisor: Supervisor,
        cluster: FakeCluster | None = None,
        render: Render = render,
    ) -> None:
        namespaces = ("default", "ns", "operator")
        self.cluster = cluster or FakeCluster(DSCI_OBJECT, namespaces=namespaces)
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


async def ready(running: Running, asked: Manifest) -> None:
    await until(lambda: running.reasons(asked).get("WebReady") == "True/Ready", SECONDS, "ready")
