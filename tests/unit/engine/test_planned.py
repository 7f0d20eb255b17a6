from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import Catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.catalog.platforms import load_platforms
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.plan import Step
from rhoai_operator.engine.planned import Planned
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.watched import Listeners, Watched
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.platform import Intent
from tests.fakes.cluster import KINDS, FakeCluster
from tests.manifests import an
from tests.unit.engine.following import News

PLATFORM = load_platforms(Path(__file__).parents[3] / "manifests")["rhoai"]
WIDGET = Kind("example.com", "v1", "Widget")
CONF = an("ConfigMap", "conf", data={"host": "h1"})
WIDGETS = {"apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "path": "spec.size"}


def definition(name: str, **fields: Any) -> ComponentDefinition:
    known = {"name": name, "kind": name.capitalize(), "description": "Does."}
    return ComponentDefinition.model_validate(known | fields)


HOST = {"apiVersion": "v1", "kind": "ConfigMap", "namespace": "ns", "name": "conf"}
READ = {
    "host": HOST | {"path": "data.host"},
    "size": {**WIDGETS, "namespace": "ns", "default": 1},
}
CERTIFICATES = [{"service": "tls", "secret": "tls-cert"}]
DEFINITIONS = {
    "web": definition("web", values=READ),
    "late": definition("late", requires=["web"]),
    "tls": definition("tls", certificates=CERTIFICATES),
    "mesh": definition("mesh", values={"meshed": {"serves": "Widget.v1.example.com"}}),
    "base": definition("base", owner="DSCInitialization"),
}
CATALOG = Catalog(DEFINITIONS, frozenset({"web", "tls", "base"}), {"rhoai": PLATFORM})


def intent(**states: str) -> Intent:
    components = {name: {"managementState": state} for name, state in states.items()}
    dsc = datasciencecluster.parse(an("DataScienceCluster", spec={"components": components}))
    return Intent(dsc, dscinitialization.parse(an("DSCInitialization")))


MANAGED = intent(web="Managed", mesh="Managed")


class Planning:
    """A catalog's components, planned with what a fake cluster has."""

    def __init__(self, supervisor: Supervisor, metrics: Metrics) -> None:
        def ignore(*_: object) -> None:
            return

        self.cluster, self.news = FakeCluster(CONF), News()
        self.watched = Watched(
            self.cluster,
            ["web"],
            "operator",
            listeners=Listeners(ignore, ignore, ignore, ignore, ignore),
            supervisor=supervisor,
            metrics=metrics,
        )
        self.watched.served.kinds = KINDS
        planner = Planner(CATALOG, PLATFORM)
        self.planned = Planned(planner, self.watched, supervisor, self.news.concerns, metrics)


@pytest.fixture
async def planning(supervisor: Supervisor, metrics: Metrics) -> Planning:
    return Planning(supervisor, metrics)


async def test_a_value_that_is_not_known_is_missing_until_it_is_followed(
    planning: Planning,
) -> None:
    before = planning.planned.step("web", MANAGED)
    assert "data.host of ConfigMap ns/conf" in before.missing

    await planning.planned.follow("web", MANAGED)
    step = planning.planned.step("web", MANAGED)

    assert step.missing == ""
    assert step.context["values"] == {"host": "h1", "size": 1}


async def test_a_step_is_the_same_until_something_changes(planning: Planning) -> None:
    await planning.planned.follow("web", MANAGED)
    step = planning.planned.step("web", MANAGED)
    planning.news.names.clear()
    assert planning.planned.step("web", MANAGED) is step

    planning.cluster.put({**CONF, "data": {"host": "h2"}})
    await planning.news.until(lambda: "web" in planning.news.names)
    changed = planning.planned.step("web", MANAGED)
    assert changed.context["values"]["host"] == "h2"

    removed = planning.planned.step("web", intent(web="Removed"))
    assert removed.state == "Removed"
    assert planning.planned.step("late", MANAGED) is planning.planned.step("late", MANAGED)


async def test_whether_a_kind_is_served_is_read_anew(planning: Planning) -> None:
    assert planning.planned.step("mesh", MANAGED).context["values"] == {"meshed": False}
    planning.watched.served.kinds = KINDS | {WIDGET}
    assert planning.planned.step("mesh", MANAGED).context["values"] == {"meshed": True}


async def test_who_waits_for_whom(planning: Planning) -> None:
    assert list(planning.planned.dependents({"web", "mesh"})) == ["late"]
    assert list(planning.planned.dependents({"mesh"})) == []
    assert planning.planned.names == DEFINITIONS.keys()


@pytest.mark.parametrize(
    ("kinds", "names"),
    [
        pytest.param({WIDGET}, ["web", "mesh"], id="object-and-served"),
        pytest.param({Kind("", "v1", "ConfigMap"), Kind("", "v1", "Pod")}, ["web"], id="object"),
        pytest.param({Kind("", "v1", "Pod")}, [], id="nobody"),
    ],
)
async def test_who_reads_what_rests_on_a_kind(
    planning: Planning, kinds: set[Kind], names: list[str]
) -> None:
    assert list(planning.planned.readers(kinds)) == names


async def test_the_kinds_of_all_that_could_be_there(planning: Planning) -> None:
    rendered: dict[str, Step] = {}

    def render(step: Step) -> DesiredState:
        rendered[step.component] = step
        if step.component == "tls":
            return DesiredState((an("Service"),))
        return DesiredState((an("Deployment"), an("ConfigMap")))

    found = planning.planned.kinds(render)

    assert set(map(str, found)) == {"ConfigMap.v1", "Deployment.v1.apps", "Secret.v1", "Service.v1"}
    assert rendered.keys() == CATALOG.available
    assert rendered["web"].missing == ""
    assert rendered["web"].context["values"]["size"] == 1


async def test_what_cannot_be_rendered_hides_nothing_else(planning: Planning) -> None:
    def render(step: Step) -> DesiredState:
        if step.component == "web":
            raise OperatorError("no template")
        return DesiredState((an("ConfigMap"),) if step.component == "base" else ())

    found = planning.planned.kinds(render)

    assert Kind.of(ObjectRef.of(an("ConfigMap"))) in found
