from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from rhoai_operator.cli.main import rhoai


def explain(*args: str) -> Result:
    return CliRunner().invoke(rhoai, ["explain", *args])


def test_it_tells_what_a_component_is_made_of() -> None:
    told = json.loads(explain("ray", "-o", "json").stdout)

    assert told["workloads"] == ["Deployment redhat-ods-applications/kuberay-operator x1"]
    assert told["image variables"] == ["RELATED_IMAGE_ODH_KUBERAY_OPERATOR_CONTROLLER_IMAGE"]
    assert told["ports"] == ["Service kuberay-operator: 8080->8080"]
    assert "rayclusters.ray.io" in told["definitions"]
    assert "1 Deployment.v1.apps" in told["objects"]
    assert any(line.startswith("leases (coordination.k8s.io)") for line in told["may do"])


@pytest.mark.parametrize(
    ("component", "said"),
    [
        ("trustyai", "the API InferenceService.v1beta1.serving.kserve.io"),
        ("modelcontroller", "one of kserve, modelmeshserving to be Managed"),
        ("networkpolicies", "namespaces to be Ready"),
        ("datasciencepipelines", "ArgoWorkflowExist"),
    ],
)
def test_it_tells_what_must_be_there_first(component: str, said: str) -> None:
    assert said in explain(component).stdout


def test_a_component_that_there_is_not_is_a_wrong_command_line() -> None:
    done = explain("rai")

    assert done.exit_code == 2
    assert "no component 'rai': one of " in done.output
