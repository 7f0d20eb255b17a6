"""All components on stubs of OpenShift's kinds: installed, removed, brought back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.components.conftest import READY, Opened, Platform
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers")

VALID = Path(__file__).parents[2] / "corpus/valid"
SAMPLES = {
    "2.8": {"kserve": "False/DependencyMissing"},
    "raw-deployment": {},
    "own-knative": {"kserve": "False/DependencyMissing"},
    "hands-off": {},
    "2.35": {"kserve": "False/DependencyMissing"},  # the last one: what it sets stays set
}
"""DataScienceClusters of 2.x -> what is not Ready here, as there is neither mesh nor Knative."""
APPLICATIONS = "redhat-ods-applications"
KEPT = {"CustomResourceDefinition", "Namespace"}
"""Kinds that stay when a component is removed, besides what is users'."""
USERS = {
    ("ConfigMap", "notebook-controller-config"),
    ("OdhDashboardConfig", "odh-dashboard-config"),
    ("Secret", "anaconda-ce-access"),
}
HALVES = (
    ("codeflare", "dashboard", "kserve", "kueue", "modelregistry", "trustyai"),
    (
        *("datasciencepipelines", "feastoperator", "modelmeshserving", "ray"),
        *("trainingoperator", "workbenches"),
    ),
)


@pytest.fixture(scope="module")
def platform(open_platform: Opened) -> Platform:
    platform = open_platform(stubs=True)
    platform.settle()
    return platform


def left(platform: Platform, label: str) -> set[tuple[str, str]]:
    """Return kind and name of all that has a component's label, but what is to stay."""
    listed = platform.view.cluster.kubectl(
        "api-resources", "--verbs=list", "-o", "name", "--sort-by=name"
    ).stdout.split()
    kinds = ",".join(name for name in listed if not name.startswith("events"))
    found = platform.view.all_of(kinds, "-A", "-l", label)
    named = {(item["kind"], item["metadata"]["name"]) for item in found}
    return {(kind, name) for kind, name in named - USERS if kind not in KEPT}


def pods(platform: Platform) -> dict[str, int]:
    found = platform.view.all_of("deployments", "-n", APPLICATIONS)
    return {d["metadata"]["name"]: d["status"].get("readyReplicas", 0) for d in found}


def test_all_are_ready_with_the_pods_that_users_know(platform: Platform) -> None:
    assert platform.view.reason("Ready") == "True/AllReady"
    assert pods(platform) == {
        "codeflare-operator-manager": 1,
        "data-science-pipelines-operator-controller-manager": 1,
        "etcd": 1,
        "feast-operator-controller-manager": 1,
        "kserve-controller-manager": 1,
        "kubeflow-training-operator": 1,
        "kuberay-operator": 1,
        "kueue-controller-manager": 1,
        "model-registry-operator-controller-manager": 1,
        "modelmesh-controller": 3,
        "notebook-controller-deployment": 1,
        "odh-model-controller": 3,
        "odh-notebook-controller-manager": 1,
        "rhods-dashboard": 5,
        "trustyai-service-operator-controller-manager": 1,
    }


def test_the_dashboard_can_be_logged_in_to(platform: Platform) -> None:
    client = platform.view.get("oauthclient", "dashboard-oauth-client")
    generated = platform.view.get("secret", "dashboard-oauth-client-generated", APPLICATIONS)

    host = f"rhods-dashboard-{APPLICATIONS}.apps.example.com"
    assert client["redirectURIs"] == [f"https://{host}"]
    assert client["secret"]
    assert list(generated["data"]) == ["secret"]


def test_the_status_tells_what_the_dashboard_reads(platform: Platform) -> None:
    status = platform.view.get("dsc", "default-dsc")["status"]

    assert status["components"] == {
        "modelregistry": {"registriesNamespace": "rhoai-model-registries"}
    }
    assert status["installedComponents"]["data-science-pipelines-operator"] is True
    assert status["installedComponents"]["model-mesh"] is True


@pytest.mark.parametrize("half", HALVES, ids=lambda half: half[0])
def test_each_component_can_be_removed_and_brought_back(
    platform: Platform, half: tuple[str, ...]
) -> None:
    assert sorted(sum(HALVES, ())) == sorted(platform.components)

    platform.ask(dict.fromkeys(half, "Removed"))
    platform.settle(dict.fromkeys(half, "False/Removed"))
    for name in half:
        label = platform.catalog.components[name].label_on("rhoai")
        found = left(platform, f"app.opendatahub.io/{label}=true")
        assert found == set(), name
    assert pods(platform)["odh-model-controller"] == 3

    platform.ask()
    platform.settle()


def test_what_users_made_meanwhile_stays_when_a_component_comes_back(platform: Platform) -> None:
    notebook = {
        "apiVersion": "kubeflow.org/v1",
        "kind": "Notebook",
        "metadata": {"name": "mine", "namespace": "default"},
        "spec": {"template": {"spec": {"containers": [{"name": "mine", "image": "mine"}]}}},
    }
    hook = "odh-notebook-controller-mutating-webhook-configuration"
    platform.ask({"workbenches": "Removed"})
    platform.settle({"workbenches": "False/Removed"})
    assert not platform.view.get("mutatingwebhookconfiguration", hook)

    platform.view.cluster.kubectl("apply", "-f", "-", stdin=json.dumps(notebook))
    platform.ask()
    platform.settle()

    assert platform.view.get("notebook", "mine", "default")["spec"] == notebook["spec"]


def node(name: str, **fields: Any) -> dict[str, Any]:
    labels = {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        **fields,
    }


def test_accelerators_of_nodes_become_profiles(platform: Platform) -> None:
    kubectl = platform.view.cluster.kubectl
    taint = {"key": "nvidia.com/gpu", "effect": "NoSchedule"}
    status = {"allocatable": {"nvidia.com/gpu": "8"}, "capacity": {"nvidia.com/gpu": "8"}}

    def profile() -> dict[str, Any]:
        return platform.view.get("acceleratorprofile", "nvidia-com-gpu", APPLICATIONS)

    kubectl("apply", "-f", "-", stdin=json.dumps(node("gpu", spec={"taints": [taint]})))
    patch = json.dumps({"status": status})
    kubectl("patch", "node", "gpu", "--subresource=status", "--type=merge", "-p", patch)

    found = blocking_until(profile, 2, "there is a profile")
    assert found["spec"]["displayName"] == "NVIDIA GPU: NVIDIA-A100-SXM4-80GB"
    assert found["spec"]["tolerations"] == [{**taint, "operator": "Exists"}]

    kubectl("delete", "node", "gpu")
    mark = "rhoai.opendatahub.io/not-on-any-node"
    blocking_until(
        lambda: profile()["metadata"].get("annotations", {}).get(mark) == "true", 10, "marked"
    )
    edit = json.dumps({"spec": {"displayName": "Ours", "enabled": False}})
    place = ("-n", APPLICATIONS)
    kubectl("patch", "acceleratorprofile", "nvidia-com-gpu", *place, "--type=merge", "-p", edit)
    platform.ask(dashboard={"acceleratorProfiles": {"managementState": "Removed"}})
    platform.settle()
    platform.ask()
    platform.settle()

    assert profile()["spec"]["displayName"] == "Ours"
    kubectl("delete", "acceleratorprofile", "nvidia-com-gpu", *place)


def test_an_override_holds_and_is_given_back_field_by_field(platform: Platform) -> None:
    def deployment() -> dict[str, Any]:
        live = platform.view.cluster.kubectl(
            *("get", "deployment", "kueue-controller-manager", "-n", APPLICATIONS),
            *("-o", "json", "--show-managed-fields"),
        )
        return dict(json.loads(live.stdout))

    before = deployment()["spec"]
    overrides = {
        "replicas": 2,
        "resources": {"manager": {"limits": {"memory": "2Gi"}}},
        "nodeSelector": {"pool": "platform"},
        "tolerations": [{"key": "platform", "operator": "Exists"}],
        "priorityClassName": "system-cluster-critical",
        "env": [{"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"}],
        "imagePullSecrets": [{"name": "pull"}],
    }
    platform.ask(kueue={"overrides": overrides})
    blocking_until(lambda: deployment()["spec"]["replicas"] == 2, 20, "the override is there")
    pod = deployment()["spec"]["template"]["spec"]
    (manager,) = pod["containers"]
    assert manager["resources"]["limits"] == {"cpu": "500m", "memory": "2Gi"}
    assert manager["env"] == overrides["env"]
    assert {key: pod[key] for key in ("nodeSelector", "tolerations", "priorityClassName")} == {
        key: overrides[key] for key in ("nodeSelector", "tolerations", "priorityClassName")
    }
    assert pod["imagePullSecrets"] == overrides["imagePullSecrets"]
    blocking_until(lambda: "overridden" in platform.message("kueue"), 10, "its effect is said")

    platform.ask()
    platform.settle()

    live = deployment()
    assert live["spec"] == before
    owned = json.dumps([m for m in live["metadata"]["managedFields"] if not m.get("subresource")])
    assert "nodeSelector" not in owned
    assert "HTTPS_PROXY" not in owned


def test_a_container_that_there_is_not_is_named(platform: Platform) -> None:
    platform.ask(kueue={"overrides": {"resources": {"sidecar": {"limits": {"cpu": "1"}}}}})
    platform.settle({"kueue": "False/UnknownContainer"})
    assert "manager" in platform.message("kueue")

    platform.ask()
    platform.settle()


def test_all_removed_leaves_definitions_namespaces_and_what_is_users(platform: Platform) -> None:
    everything = dict.fromkeys(platform.components, "Removed")
    platform.ask(everything)
    platform.settle(dict.fromkeys(everything, "False/Removed"))
    ground = {c.label_on("rhoai") for c in platform.catalog.owned_by("DSCInitialization")}

    found = left(platform, "app.kubernetes.io/managed-by=rhoai-operator")
    of_ground = set().union(*(left(platform, f"app.opendatahub.io/{name}=true") for name in ground))

    assert found - of_ground == set()
    for kind, name in USERS:
        assert platform.view.get(kind, name, APPLICATIONS), (kind, name)


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_people_wrote_for_2_x_ends_as_they_would_expect(
    platform: Platform, sample: str
) -> None:
    path = VALID / f"dsc-{sample}.yaml"
    asked = yaml.safe_load(path.read_text())["spec"]["components"]
    said = {"Managed": READY, "Removed": "False/Removed", "Unmanaged": "Unknown/Unmanaged"}
    states = {
        name: asked.get(name, {}).get("managementState", "Removed") for name in platform.components
    }

    platform.view.cluster.kubectl("apply", "--server-side", "-f", str(path))

    platform.settle({name: said[state] for name, state in states.items()} | SAMPLES[sample])
    if states["kserve"] == "Managed":
        assert pods(platform)["kserve-controller-manager"] == 1
