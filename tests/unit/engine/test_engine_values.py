"""Components that rest on values of the cluster, and on an API that is not there yet."""

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
SERVED = {"widgets": {"serves": "Widget.v1.example.com"}}
POOR = ComponentDefinition.model_validate(
    {
        "name": "poor",
        "kind": "Poor",
        "description": "Has to do with less.",
        "values": SERVED,
        "reduced": [{"unless": ["widgets"], "reason": "NeedsWidgets", "message": "no widgets"}],
    }
)
SHY = ComponentDefinition.model_validate(
    {
        "name": "shy",
        "kind": "Shy",
        "description": "Comes with widgets.",
        "values": SERVED,
        "onlyWith": ["widgets"],
    }
)
COMPONENTS = {definition.name: definition for definition in (WEB, POOR, SHY)}
CATALOG = Catalog(COMPONENTS, frozenset(COMPONENTS), {"rhoai": PLATFORM})
WIDGETS = {
    "group": "example.com",
    "names": {"kind": "Widget"},
    "versions": [{"name": "v1", "served": True}],
}


WIDGET_CRD = an("CustomResourceDefinition", "widgets.example.com", spec=WIDGETS)


def render(step: Step) -> DesiredState:
    return DesiredState((an("ConfigMap", step.component, data=dict(step.context["values"])),))


class Asking:
    """An engine at work for a DataScienceCluster that asks for some components."""

    def __init__(self, supervisor: Supervisor, *names: str) -> None:
        spec = {"components": {name: {"managementState": "Managed"} for name in names}}
        self.cluster = FakeCluster(an("DSCInitialization"), namespaces=("ns", "operator"))
        self._asked = self.cluster.put(an("DataScienceCluster", "dsc", spec=spec))
        reporter = Reporter(Planner(CATALOG, PLATFORM), "1", lambda: NOON)
        recorder = Recorder(self.cluster, "pod", lambda: NOON)
        metrics = Metrics(dict.fromkeys(COMPONENTS, "boss"), "1")
        parts = Parts(
            self.cluster, render, reporter, recorder, metrics, "operator", resync_seconds=600
        )
        Engine(parts, supervisor).start()

    @property
    def reasons(self) -> dict[str, str]:
        """Of all conditions of components."""
        found = self.cluster.now(self._asked).get("status", {}).get("conditions", [])
        return {c["type"]: c["reason"] for c in found if c["type"][:-5] in ("Web", "Poor", "Shy")}

    def data(self, name: str) -> object:
        made = [ref for ref in self.cluster.refs if (ref.kind, ref.name) == ("ConfigMap", name)]
        return self.cluster.now(an("ConfigMap", name))["data"] if made else None


async def test_it_goes_on_when_the_api_and_the_value_appear(supervisor: Supervisor) -> None:
    asking = Asking(supervisor, "web")
    await until(lambda: asking.reasons.get("WebReady") == "ValueMissing", SECONDS, "it waits")
    widget = {**an("ConfigMap", "w"), "apiVersion": "example.com/v1", "kind": "Widget"}

    asking.cluster.put(WIDGET_CRD)
    asking.cluster.put({**widget, "spec": {"size": 1}})
    await until(lambda: asking.data("web") == {"size": 1}, SECONDS, "it is installed")

    asking.cluster.put({**widget, "spec": {"size": 2}})
    await until(lambda: asking.data("web") == {"size": 2}, SECONDS, "the new value is there")


async def test_what_a_cluster_lacks_is_made_up_for_when_it_appears(supervisor: Supervisor) -> None:
    asking = Asking(supervisor, "poor", "shy")
    reduced = {"PoorReady": "NeedsWidgets", "WebReady": "Removed"}
    await until(lambda: asking.reasons == reduced, SECONDS, "one is reduced, one not mentioned")
    assert (asking.data("poor"), asking.data("shy")) == ({"widgets": False}, None)

    asking.cluster.put(WIDGET_CRD)

    whole = {"PoorReady": "Ready", "ShyReady": "Ready", "WebReady": "Removed"}
    await until(lambda: asking.reasons == whole, SECONDS, "both are whole")
    assert asking.data("poor") == asking.data("shy") == {"widgets": True}
