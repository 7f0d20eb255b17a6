from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhoai_operator.api.datasciencecluster import (
    ComponentSpec,
    DataScienceCluster,
    DevFlags,
    ManifestsSource,
    parse,
)
from rhoai_operator.core.plan import ManagementState
from tests import corpus
from tests.unit.api.bodies import JSON, OBJECTS, bodies, quickly

_SPECS = JSON | st.fixed_dictionaries(
    {"components": JSON | st.dictionaries(st.text(max_size=5), OBJECTS, max_size=3)}
)


def parsed(components: Any) -> DataScienceCluster:
    return parse({"spec": {"components": components}})


@quickly
@given(bodies(_SPECS))
def test_nothing_raises(body: dict[str, Any]) -> None:
    dsc = parse(body)
    for name in dsc.problems.keys() - {""}:
        assert dsc.components[name].state is ManagementState.UNMANAGED
        assert dsc.problems[name].startswith("spec.components.")
    if "" in dsc.problems.keys() - dsc.components.keys():
        assert not dsc.components


@pytest.mark.parametrize(
    "path", [p for p in corpus.VALID if p.stem.startswith("dsc-")], ids=lambda path: path.stem
)
def test_valid_documents_are_understood(path: Any) -> None:
    body = corpus.document(path)
    dsc = parse(body)
    assert not dsc.problems
    assert dsc.metadata.name == body["metadata"]["name"]
    assert dsc.components.keys() == (body["spec"].get("components") or {}).keys()


def test_own_fields_are_kept_as_given() -> None:
    serving = {"managementState": "Removed", "name": None}
    dsc = parsed({"kserve": {"managementState": "Managed", "devFlags": {}, "serving": serving}})
    kserve = dsc.components["kserve"]
    assert kserve.state is ManagementState.MANAGED
    assert kserve.dev_flags == DevFlags()
    assert kserve.parameters == {"serving": serving}


def test_dev_flags() -> None:
    manifests = [{"uri": "https://x", "sourcePath": "odh"}, {}]
    ray = parsed({"ray": {"devFlags": {"manifests": manifests}}}).components["ray"]
    assert ray.dev_flags == DevFlags(
        manifests=(ManifestsSource(uri="https://x", source_path="odh"), ManifestsSource())
    )
    assert ray.dev_flags.manifests[1].context_dir == "manifests"


@pytest.mark.parametrize("part", [None, {}, {"managementState": ""}, {"managementState": None}])
def test_a_state_that_is_not_there_is_removed(part: Any) -> None:
    dsc = parsed({"ray": part})
    assert dsc.components["ray"].state is ManagementState.REMOVED
    assert not dsc.problems


@pytest.mark.parametrize("components", [None, {}])
def test_no_components(components: Any) -> None:
    assert parsed(components).components == {}
    assert parse({}).problems == {}


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        (
            {"managementState": "Force"},
            ".managementState: 'Force' is not one of Managed, Removed, Unmanaged; set one of them",
        ),
        ("Managed", ": 'Managed' is not an object; make it one or remove the field"),
        (
            {"devFlags": {"manifests": [{}, {"uri": 42}]}},
            ".devFlags.manifests[1].uri: 42 is not a string; make it one or remove the field",
        ),
        (
            {"devFlags": {"manifests": {"uri": "x"}}},
            ".devFlags.manifests: {'uri': 'x'} is not a list; make it one or remove the field",
        ),
    ],
)
def test_a_problem_names_field_value_and_remedy(part: Any, problem: str) -> None:
    dsc = parsed({"ray": part, "dashboard": {"managementState": "Managed"}})
    assert dsc.problems == {"ray": f"spec.components.ray{problem}"}
    assert dsc.components["ray"] == ComponentSpec(management_state=ManagementState.UNMANAGED)
    assert dsc.components["dashboard"].state is ManagementState.MANAGED


def test_several_problems_of_one_component_are_all_told() -> None:
    problem = parsed({"ray": {"managementState": 3, "devFlags": "x"}}).problems["ray"]
    assert "spec.components.ray.managementState: 3" in problem
    assert ". spec.components.ray.devFlags: 'x'" in problem


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"spec": "x"}, "spec: 'x' is not an object; make it one or remove the field"),
        (
            {"spec": {"components": ["ray"]}},
            "spec.components: ['ray'] is not an object; make it one or remove the field",
        ),
    ],
)
def test_a_problem_of_the_whole(body: Any, problem: str) -> None:
    dsc = parse(body)
    assert dsc.problems == {"": problem}
    assert dsc.components == {}


def test_long_values_are_cut() -> None:
    problem = parsed({"ray": {"managementState": "x" * 1000}}).problems["ray"]
    assert len(problem) < 200
