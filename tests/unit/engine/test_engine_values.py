"""A component that waits for a value of an API that is not there yet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import Catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.catalog.platforms import load_platforms
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.plan import Step
from rhoai_operator.engine.engine import Engine, Parts
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
SIZE = {"apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "path": "spec.size"}
WEB = ComponentDefinition.model_validate(
    {
        "name": "web",
        "kind": "Web",
        "description": "Serves.",
        "values": {"size": {**SIZE, "namespace": "ns"}},
    }
)
CATALOG = Catalog({"web": WEB}, frozenset({"web"}), {"rhoai": PLATFORM})
MANAGED = {"components": {"web": {"managementState": "Managed"}}}
WIDGETS = {
    "group": "example.com",
    "names": {"kind": "Widget"},
    "versions": [{"name": "v1", "served": True}],
}


def render(step: Step) -> DesiredState:
    return DesiredState((an("ConfigMap", "web", data=dict(step.context["values"])),))


async def test_it_goes_on_when_the_api_and_the_value_appear(supervisor: Supervisor) -> None:
    cluster = FakeCluster(an("DSCInitialization"), namespaces=("ns", "operator"))
    asked = cluster.put(an("DataScienceCluster", "dsc", spec=MANAGED))
    reporter = Reporter(Planner(CATALOG, PLATFORM), "1", lambda: NOON)
    recorder, metrics = Recorder(cluster, "pod", lambda: NOON), Metrics({"web": "boss"}, "1")
    engine = Engine(
        Parts(cluster, render, reporter, recorder, metrics, "operator", resync_seconds=600),
        supervisor,
    )

    def reason() -> str:
        found = cluster.now(asked).get("status", {}).get("conditions", [])
        return next((c["reason"] for c in found if c["type"] == "WebReady"), "")

    def data() -> object:
        made = [ref for ref in cluster.refs if (ref.kind, ref.name) == ("ConfigMap", "web")]
        return cluster.now(an("ConfigMap", "web"))["data"] if made else None

    engine.start()
    await until(lambda: reason() == "ValueMissing", SECONDS, "it waits")
    crd = an("CustomResourceDefinition", "widgets.example.com", spec=WIDGETS)
    widget = {**an("ConfigMap", "w"), "apiVersion": "example.com/v1", "kind": "Widget"}

    cluster.put(crd)
    cluster.put({**widget, "spec": {"size": 1}})
    await until(lambda: data() == {"size": 1}, SECONDS, "it is installed")

    cluster.put({**widget, "spec": {"size": 2}})
    await until(lambda: data() == {"size": 2}, SECONDS, "the new value is there")
