"""What users set in place of the defaults of workloads."""

from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.overrides import (
    Overrides,
    containers_of,
    insisted,
    is_workload,
    overridden,
)
from tests.manifests import an

MAIN: dict[str, Any] = {
    "name": "main",
    "env": [{"name": "A", "value": "ours"}, {"name": "B", "value": "ours"}],
    "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2"}},
}
PROXY = {"name": "proxy"}
POD: dict[str, Any] = {
    "initContainers": [{"name": "first"}],
    "containers": [MAIN, PROXY],
    "nodeSelector": {"os": "linux"},
    "tolerations": [{"key": "a"}],
    "priorityClassName": "low",
}


def workload(pod: dict[str, Any] = POD, kind: str = "Deployment", replicas: int = 2) -> Manifest:
    spec = {"replicas": replicas, "template": {"metadata": {}, "spec": pod}}
    return {**an(kind, spec=spec), "apiVersion": "apps/v1"}


USERS_A, OUR_B = {"name": "A", "value": "users"}, {"name": "B", "value": "ours"}
MORE = {"limits": {"cpu": "4", "memory": "2Gi"}}
WITH_MORE = {**MAIN, "resources": {**MAIN["resources"], **MORE}}


@pytest.mark.parametrize(
    ("overrides", "pod"),
    [
        pytest.param(
            {"node_selector": {"gpu": "y"}}, {"nodeSelector": {"os": "linux", "gpu": "y"}}
        ),
        pytest.param({"node_selector": {"os": "x"}}, {"nodeSelector": {"os": "x"}}),
        pytest.param(
            {"tolerations": ({"key": "b"}, {"key": "a"})},
            {"tolerations": [{"key": "a"}, {"key": "b"}]},
        ),
        pytest.param({"affinity": {"nodeAffinity": {}}}, {"affinity": {"nodeAffinity": {}}}),
        pytest.param({"priority_class_name": "high"}, {"priorityClassName": "high"}),
        pytest.param(
            {"image_pull_secrets": ({"name": "s"},)}, {"imagePullSecrets": [{"name": "s"}]}
        ),
        pytest.param(
            {"env": (USERS_A,)},
            {"containers": [{**MAIN, "env": [OUR_B, USERS_A]}, {**PROXY, "env": [USERS_A]}]},
        ),
        pytest.param({"resources": {"main": MORE}}, {"containers": [WITH_MORE, PROXY]}),
        pytest.param(
            {"resources": {"proxy": MORE}}, {"containers": [MAIN, {**PROXY, "resources": MORE}]}
        ),
    ],
)
def test_what_is_set_holds_and_the_rest_stays(
    overrides: dict[str, Any], pod: dict[str, Any]
) -> None:
    found = overridden(workload(), Overrides(**overrides), single=False)
    assert found == workload({**POD, **pod})


@pytest.mark.parametrize(
    ("kind", "single", "replicas"),
    [
        ("Deployment", False, 5),
        ("StatefulSet", False, 5),
        ("Deployment", True, 2),
        ("DaemonSet", False, 2),
    ],
)
def test_replicas_of_what_may_have_several(kind: str, single: bool, replicas: int) -> None:
    before = workload(kind=kind)
    found = overridden(before, Overrides(replicas=5), single=single)
    assert found == workload(kind=kind, replicas=replicas)


def test_no_pods_at_all_can_be_asked_for() -> None:
    assert overridden(workload(), Overrides(replicas=0), single=False)["spec"]["replicas"] == 0


def test_amounts_and_replicas_are_insisted_on() -> None:
    amounts = {"main": {"limits": {"nvidia.com/gpu": 1}}, "other": {"limits": {"cpu": 1}}}
    overrides = Overrides(replicas=5, resources=amounts, env=({"name": "A"},))

    found = insisted(workload(), overrides, single=False)

    gpu = "spec.template.spec.containers[main].resources.limits[nvidia.com/gpu]"
    assert found == {"spec.replicas", gpu}
    assert insisted(workload(), overrides, single=True) == {gpu}


def test_containers_are_those_of_workloads() -> None:
    objects = [workload(), an("ConfigMap"), {**workload(), "apiVersion": "example.com/v1"}]
    assert list(map(is_workload, objects)) == [True, False, False]
    assert containers_of(objects) == {"main", "proxy"}


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        pytest.param(Overrides(), "", id="nothing"),
        pytest.param(Overrides(replicas=0), "replicas 0", id="replicas"),
        pytest.param(
            Overrides(
                resources={"main": {"requests": {"cpu": 1}, "limits": {"memory": 1, "cpu": 1}}},
                node_selector={"a": "b"},
                priority_class_name="high",
            ),
            "limits.cpu, limits.memory, requests.cpu of container main, nodeSelector,"
            " priorityClassName",
            id="several",
        ),
    ],
)
def test_what_is_set_is_said(overrides: Overrides, text: str) -> None:
    assert (bool(overrides), str(overrides)) == (bool(text), text)
