from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.api.datasciencecluster import DataScienceCluster
from rhoai_operator.api.dscinitialization import DSCInitialization
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import Catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.catalog.platforms import load_platforms
from rhoai_operator.core.plan import ManagementState, Reduction, Step
from rhoai_operator.core.policies import Named
from tests.manifests import an

PLATFORMS = load_platforms(Path(__file__).parents[3] / "manifests")
DELETED = {"deletionTimestamp": "2025-01-01T00:00:00Z"}
PARAMETERS = {
    "type": "object",
    "properties": {"size": {"type": "integer", "default": 1}, "mode": {"type": "string"}},
}
DOMAIN = {
    "apiVersion": "config.example.com/v1",
    "kind": "Ingress",
    "name": "cluster",
    "path": "spec.domain",
}
CRD = {"kind": "CustomResourceDefinition", "name": "widgets"}
CONFIG = {"kind": "ConfigMap", "name": "c"}
COMPONENTS = {
    str(given["name"]): ComponentDefinition.model_validate({"description": "", **given})
    for given in (
        {"name": "web", "kind": "Web", "parameters": PARAMETERS, "actsOn": ["mode"]},
        {"name": "job", "kind": "Job"},
        {"name": "shared", "kind": "Shared", "sharedBy": ["web", "job"]},
        {"name": "base", "kind": "Base", "owner": "DSCInitialization"},
        {"name": "mesh", "kind": "Mesh", "values": {"domain": DOMAIN}, "label": {"odh": "old"}},
        {"name": "user", "kind": "User", "shares": {"mesh": [CRD, CONFIG]}},
        {
            "name": "isle",
            "kind": "Isle",
            "values": {
                "routes": {"serves": "Route.v1.example.com"},
                "domain": {**DOMAIN, "default": "", "env": "RHOAI_DOMAIN"},
            },
            "reduced": [
                {"unless": ["routes"], "message": "no way in"},
                {"unless": ["domain", "routes"], "message": "no name", "reason": "NeedsName"},
            ],
        },
        {
            "name": "tide",
            "kind": "Tide",
            "values": {"routes": {"serves": "Route.v1.example.com"}},
            "reduced": [{"unless": ["routes"], "given": {"size": 2}, "message": "m"}],
        },
        {
            "name": "harbour",
            "kind": "Harbour",
            "values": {"routes": {"serves": "Route.v1.example.com"}},
            "onlyWith": ["routes"],
            "broughtBy": ["bridge", "isle"],
        },
        {
            "name": "tower",
            "kind": "Tower",
            "parameters": {"type": "object", "properties": {"bell": {"type": "string"}}},
            "tells": {"bell": ["parameters.bell", "platform.name"], "clock": ["parameters.clock"]},
        },
        {"name": "bridge", "kind": "Bridge", "shares": {"isle": [CONFIG]}},
        {"name": "guest", "kind": "Guest", "shares": {"web": [CONFIG], "mesh": [CRD]}},
    )
}
PLANNER = Planner(Catalog(COMPONENTS, frozenset({"web", "user"}), PLATFORMS), PLATFORMS["odh"])
M, R, U = ManagementState.MANAGED, ManagementState.REMOVED, ManagementState.UNMANAGED


def dsc(metadata: dict[str, Any] | None = None, **components: Any) -> DataScienceCluster:
    spec = {"components": components}
    return datasciencecluster.parse(an("DataScienceCluster", metadata=metadata, spec=spec))


def dsci(metadata: dict[str, Any] | None = None, **spec: Any) -> DSCInitialization:
    return dscinitialization.parse(an("DSCInitialization", metadata=metadata, spec=spec))


def step(
    name: str, user: DataScienceCluster | None = None, base: DSCInitialization | None = None
) -> Step:
    return PLANNER.step(name, user, base)


def state(word: str) -> dict[str, str]:
    return {"managementState": word}


ON, OFF, HANDS_OFF = state("Managed"), state("Removed"), state("Unmanaged")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(step("web"), R, id="no-dsc"),
        pytest.param(step("web", dsc()), R, id="not-mentioned"),
        pytest.param(step("web", dsc(web=ON)), M, id="managed"),
        pytest.param(step("web", dsc(web=HANDS_OFF)), U, id="unmanaged"),
        pytest.param(step("web", dsc(DELETED, web=ON)), R, id="dsc-being-deleted"),
        pytest.param(step("web", dsc(web=state("On"))), U, id="not-understood"),
        pytest.param(step("shared", dsc(web=OFF)), R, id="no-user-of-shared"),
        pytest.param(step("shared", dsc(web=ON, job=OFF)), M, id="one-user-of-shared"),
        pytest.param(step("shared", dsc(web=ON, job=HANDS_OFF)), M, id="managed-beats-unmanaged"),
        pytest.param(step("shared", dsc(job=HANDS_OFF)), U, id="unmanaged-beats-removed"),
        pytest.param(step("shared", dsc(DELETED, web=ON)), R, id="shared-goes-with-the-last"),
        pytest.param(step("shared", dsc(web=state("On"))), U, id="user-not-understood"),
        pytest.param(step("shared", dsc(web=state("On"), job=ON)), M, id="the-other-one-is"),
        pytest.param(step("shared", dsc(shared=ON)), R, id="shared-has-no-field"),
        pytest.param(step("base"), R, id="no-dsci"),
        pytest.param(step("base", base=dsci()), M, id="dsci"),
        pytest.param(step("base", base=dsci(DELETED)), R, id="dsci-being-deleted"),
    ],
)
def test_state(found: Step, expected: ManagementState) -> None:
    assert found.state is expected


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        pytest.param(step("web", dsc(web=ON)), "", id="none"),
        pytest.param(
            step("web", dsc(web=state("On"))), "spec.components.web.managementState", id="state"
        ),
        pytest.param(step("job", dsc(web=state("On"))), "", id="of-another-component"),
        pytest.param(
            step("web", dsc(web={**ON, "size": "big"})), "spec.components.web.size", id="own-field"
        ),
        pytest.param(
            step("web", dsc(DELETED, web={**ON, "size": "big"})), "", id="it-is-going-anyway"
        ),
        pytest.param(
            step("base", base=dsci(applicationsNamespace="No Name")),
            "applicationsNamespace",
            id="dsci",
        ),
    ],
)
def test_problem(found: Step, problem: str) -> None:
    assert problem in found.problem
    assert bool(found.problem) is bool(problem)
    assert bool(found.context) is not bool(problem)


def test_the_whole_spec_is_no_object() -> None:
    user = datasciencecluster.parse(an("DataScienceCluster", spec={"components": []}))
    assert "spec.components" in step("job", user).problem


@pytest.mark.parametrize(
    ("given", "ignored"),
    [
        pytest.param({}, (), id="nothing-set"),
        pytest.param({"size": 1}, (), id="the-default"),
        pytest.param({"size": 2}, ("spec.components.web.size",), id="nothing-acts-on-it"),
        pytest.param({"mode": "A"}, (), id="acted-on"),
        pytest.param({"devFlags": {"manifests": []}}, (), id="empty-dev-flags"),
        pytest.param(
            {"devFlags": {"manifests": [{"uri": "https://x"}]}},
            ("spec.components.web.devFlags.manifests",),
            id="dev-flags",
        ),
    ],
)
def test_ignored(given: dict[str, Any], ignored: tuple[str, ...]) -> None:
    assert step("web", dsc(web={**ON, **given})).ignored == ignored


@pytest.mark.parametrize(
    ("base", "namespaces", "monitored"),
    [
        pytest.param(None, ("opendatahub", "opendatahub"), False, id="the-platforms"),
        pytest.param(dsci(applicationsNamespace="a"), ("a", "opendatahub"), False, id="chosen"),
        pytest.param(
            dsci(monitoring={"managementState": "Managed", "namespace": "m"}),
            ("opendatahub", "m"),
            True,
            id="monitored",
        ),
    ],
)
def test_namespaces(
    base: DSCInitialization | None, namespaces: tuple[str, str], monitored: bool
) -> None:
    found = step("web", dsc(web=ON), base).context
    monitoring = found["monitoring"]
    assert (found["namespace"], monitoring["namespace"]) == namespaces
    assert monitoring["managed"] is monitored


def test_kind_and_templates() -> None:
    web, job = step("web"), step("job")
    assert (web.component, web.kind) == ("web", "Web")
    assert (web.available, job.available) == (True, False)


def test_a_value_that_is_absent_is_named() -> None:
    found = step("mesh", dsc(mesh=ON))

    text = "waiting for spec.domain of Ingress cluster (config.example.com/v1): "
    assert found.missing == text + "create the object or set its field"
    assert found.context == {}
    assert step("mesh", dsc(mesh=OFF)).missing == ""


def test_a_value_that_is_there_is_in_the_context() -> None:
    (value,) = PLANNER.values("mesh", None)
    assert (str(value.name), value.placeholder()) == ("domain", "<spec.domain of Ingress cluster>")

    found = PLANNER.step("mesh", dsc(mesh=ON), None, {"domain": "d"})

    assert (found.missing, found.context["values"]) == ("", {"domain": "d"})


def test_what_is_shared_is_rendered_as_the_other_one_would() -> None:
    assert [value.name for value in PLANNER.values("user", None)] == ["mesh.domain"]
    asked = dsc(user=ON, mesh=HANDS_OFF)

    found = PLANNER.step("user", asked, None, {"mesh.domain": "d"})

    (share,) = found.policies.shares
    assert share.component == "mesh"
    assert share.context == PLANNER.step("mesh", asked, None, {"domain": "d"}).context
    assert share.policies.label == "old"
    assert share.objects == {Named("CustomResourceDefinition", "widgets"), Named("ConfigMap", "c")}
    assert found.context["values"] == {}


@pytest.mark.parametrize(
    ("asked", "crd", "config"),
    [
        pytest.param(dsc(user=ON), {"user"}, {"user"}, id="one"),
        pytest.param(dsc(user=ON, mesh=ON), {"user", "old"}, {"user", "old"}, id="owner-too"),
        pytest.param(dsc(user=ON, guest=ON), {"user", "guest"}, {"user"}, id="two-users"),
        pytest.param(dsc(user=ON, guest=HANDS_OFF), {"user", "guest"}, {"user"}, id="unmanaged"),
        pytest.param(dsc(), set(), set(), id="nobody"),
    ],
)
def test_all_that_have_an_object_in_common_label_it(
    asked: DataScienceCluster, crd: set[str], config: set[str]
) -> None:
    expected = {
        Named("CustomResourceDefinition", "widgets"): crd,
        Named("ConfigMap", "c"): config,
    }
    values = {"domain": "d", "mesh.domain": "d"}
    for name in ("mesh", "user"):
        assert PLANNER.step(name, asked, None, values).policies.sharers == expected


def test_labels_are_those_of_the_folder_that_an_object_is_from() -> None:
    policies = step("guest", dsc(guest=ON, user=ON, web=ON)).policies
    assert policies.sharers == {
        Named("CustomResourceDefinition", "widgets"): {"guest", "user"},
        Named("ConfigMap", "c"): {"guest", "web"},
    }


def test_what_is_shared_waits_for_the_values_of_the_other_one() -> None:
    found = step("user", dsc(user=ON))
    assert "spec.domain of Ingress cluster" in found.missing
    assert found.policies.shares == ()


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        pytest.param(dsc(guest=ON, web={**OFF, "size": "big"}), "components.web.size", id="its"),
        pytest.param(dsc(guest=OFF, web={**OFF, "size": "big"}), "", id="nothing-to-render"),
    ],
)
def test_a_problem_of_the_one_that_has_the_templates(
    asked: DataScienceCluster, problem: str
) -> None:
    found = PLANNER.step("guest", asked, None, {"mesh.domain": "d"})
    assert problem in found.problem
    assert bool(found.problem) is bool(problem)


def test_what_is_shared_needs_templates() -> None:
    assert PLANNER.step("user", dsc(user=ON), None).available is False


def test_policies_say_where() -> None:
    policies = step("mesh", dsc(mesh=ON), dsci(applicationsNamespace="a")).policies
    assert (policies.label, policies.namespace) == ("old", "a")


def test_policies_say_which_bringers_are_managed() -> None:
    policies = step("harbour", dsc(harbour=ON, isle=ON, bridge=HANDS_OFF)).policies
    assert policies.brought_by == {"bridge": False, "isle": True}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param({**ON, "bell": "loud"}, {"bell": "loud"}, id="its-own-field"),
        pytest.param({**ON, "bell": ""}, {"bell": PLATFORMS["odh"].name}, id="else-the-next"),
        pytest.param(OFF, {}, id="removed"),
    ],
)
def test_what_a_component_tells(asked: dict[str, Any], told: dict[str, Any]) -> None:
    assert step("tower", dsc(tower=asked)).tells == told


UNSERVED = "this cluster does not serve Route.v1.example.com"
NO_WAY_IN = Reduction(f"no way in: {UNSERVED}")


@pytest.mark.parametrize(
    ("values", "reductions"),
    [
        pytest.param({"routes": True, "domain": "d"}, (), id="all-there"),
        pytest.param(
            {"routes": True, "domain": ""}, (Reduction("no name", "NeedsName"),), id="one"
        ),
        pytest.param(
            {"routes": False, "domain": "d"},
            (NO_WAY_IN, Reduction(f"no name: {UNSERVED}", "NeedsName")),
            id="the-other",
        ),
    ],
)
def test_what_a_component_is_without(
    values: dict[str, Any], reductions: tuple[Reduction, ...]
) -> None:
    found = PLANNER.step("isle", dsc(isle=ON), None, values)
    assert found.reductions == reductions
    assert found.context["values"] == values


@pytest.mark.parametrize(("routes", "state"), [(True, M), (False, R)])
def test_a_component_that_is_not_everywhere(routes: bool, state: ManagementState) -> None:
    found = PLANNER.step("harbour", dsc(harbour=ON), None, {"routes": routes})
    assert (found.state, found.absent) == (state, not routes)


@pytest.mark.parametrize(
    ("name", "prefix"), [pytest.param("isle", "", id="own"), ("bridge", "isle.")]
)
def test_a_variable_comes_before_what_the_cluster_says(name: str, prefix: str) -> None:
    planner = replace(PLANNER, env={"RHOAI_DOMAIN": "example.com"})
    asked, read = dsc(isle=ON, bridge=ON), {f"{prefix}routes": True}

    found = planner.step(name, asked, None, {**read, f"{prefix}domain": "other"})

    assert [value.name for value in planner.values(name, None)] == [f"{prefix}routes"]
    shares = (share.context for share in found.policies.shares)
    assert next(shares, found.context)["values"] == {"routes": True, "domain": "example.com"}


@pytest.mark.parametrize(
    ("asked", "reduced"),
    [({"size": 2}, True), ({"size": 1}, False), ({}, False), ({"size": {}}, False)],
)
def test_what_a_component_is_without_may_rest_on_what_is_asked(
    asked: dict[str, Any], reduced: bool
) -> None:
    found = PLANNER.step("tide", dsc(tide={**ON, **asked}), None, {"routes": False})
    assert bool(found.reductions) is reduced
