from __future__ import annotations

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
from rhoai_operator.core.plan import ManagementState, Step
from tests.manifests import an

PLATFORMS = load_platforms(Path(__file__).parents[3] / "manifests")
DELETED = {"deletionTimestamp": "2025-01-01T00:00:00Z"}
PARAMETERS = {
    "type": "object",
    "properties": {"size": {"type": "integer", "default": 1}, "mode": {"type": "string"}},
}
COMPONENTS = {
    str(given["name"]): ComponentDefinition.model_validate({"description": "", **given})
    for given in (
        {"name": "web", "kind": "Web", "parameters": PARAMETERS, "actsOn": ["mode"]},
        {"name": "job", "kind": "Job"},
        {"name": "shared", "kind": "Shared", "sharedBy": ["web", "job"]},
        {"name": "base", "kind": "Base", "owner": "DSCInitialization"},
    )
}
M, R, U = ManagementState.MANAGED, ManagementState.REMOVED, ManagementState.UNMANAGED


def dsc(metadata: dict[str, Any] | None = None, **components: Any) -> DataScienceCluster:
    spec = {"components": components}
    return datasciencecluster.parse(an("DataScienceCluster", metadata=metadata, spec=spec))


def dsci(metadata: dict[str, Any] | None = None, **spec: Any) -> DSCInitialization:
    return dscinitialization.parse(an("DSCInitialization", metadata=metadata, spec=spec))


def step(
    name: str, user: DataScienceCluster | None = None, base: DSCInitialization | None = None
) -> Step:
    catalog = Catalog(COMPONENTS, frozenset({"web"}), PLATFORMS)
    return Planner(catalog, PLATFORMS["odh"]).step(name, user, base)


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
