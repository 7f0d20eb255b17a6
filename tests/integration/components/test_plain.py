"""All components on a cluster that serves Kubernetes only, and what comes when it serves more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hack import openshift
from tests.integration.components.conftest import READY, Opened, Platform
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers")

APPLICATIONS = "redhat-ods-applications"
REDUCED = {
    "codeflare": "False/NeedsIngressDomain",
    "dashboard": "False/NeedsOpenShift",
    "datasciencepipelines": "False/NeedsOpenShift",
}
PODS = {
    "etcd",
    "feast-operator-controller-manager",
    "kserve-controller-manager",
    "kubeflow-training-operator",
    "kuberay-operator",
    "kueue-controller-manager",
    "model-registry-operator-controller-manager",
    "modelmesh-controller",
    "notebook-controller-deployment",
    "trustyai-service-operator-controller-manager",
}
SAID = {
    "codeflare": "RHOAI_INGRESS_DOMAIN",
    "dashboard": "OAuthClient.v1.oauth.openshift.io",
    "datasciencepipelines": "Route.v1.route.openshift.io",
    "kserve": "odh-model-controller is left out",
    "modelmeshserving": "no authentication",
    "ray": "SecurityContextConstraints",
    "trustyai": "services get no Route",
    "workbenches": "odh-notebook-controller is left out",
}


@pytest.fixture(scope="module")
def plain(open_platform: Opened) -> Iterator[Platform]:
    platform = open_platform(stubs=False)
    platform.settle(REDUCED)
    yield platform
    openshift.remove(platform.kubectl)


def deployments(platform: Platform) -> set[str]:
    return {d["metadata"]["name"] for d in platform.view.all_of("deployments", "-A")}


def test_what_works_runs_and_nothing_else(plain: Platform) -> None:
    assert deployments(plain) == PODS


@pytest.mark.parametrize("component", SAID)
def test_what_is_left_out_is_said(plain: Platform, component: str) -> None:
    assert SAID[component] in plain.message(component)


def test_what_is_not_there_at_all_has_no_condition(plain: Platform) -> None:
    assert plain.reason("modelcontroller") == ""


def test_the_whole_is_not_ready_and_says_what_stands_in_the_way(plain: Platform) -> None:
    ready = plain.view.conditions()["Ready"]

    assert ready["status"] == "False"
    assert all(said in ready["message"] for said in ("CodeFlareReady", "DashboardReady"))


def test_the_dashboard_has_its_configuration_and_its_tiles(plain: Platform) -> None:
    config = plain.view.get("odhdashboardconfig", "odh-dashboard-config", APPLICATIONS)
    tiles = plain.view.all_of("odhapplications", "-n", APPLICATIONS)

    assert config["spec"]["groupsConfig"]["adminGroups"] == "rhods-admins"
    assert [size["name"] for size in config["spec"]["notebookSizes"]] == [
        *("Small", "Medium", "Large", "X Large")
    ]
    assert len(tiles) == 9


def test_images_of_notebooks_are_listed(plain: Platform) -> None:
    listed = plain.view.get("configmap", "notebook-images", APPLICATIONS)["data"]

    assert {
        "s2i-minimal-notebook",
        "pytorch",
        "tensorflow",
        "odh-trustyai-notebook",
    } <= listed.keys()


def test_webhooks_trust_a_certificate_of_our_own(plain: Platform) -> None:
    secret = plain.view.get("secret", "kserve-webhook-server-cert", APPLICATIONS)["data"]
    hooks = plain.view.get("validatingwebhookconfiguration", "inferenceservice.serving.kserve.io")

    bundles = {hook["clientConfig"]["caBundle"] for hook in hooks["webhooks"]}
    assert secret.keys() == {"tls.crt", "tls.key", "ca.crt"}
    assert bundles == {secret["ca.crt"]}


def test_what_was_left_out_comes_by_itself_when_its_kinds_do(plain: Platform) -> None:
    openshift.install(plain.kubectl)
    with openshift.stand_ins(plain.kubectl):
        plain.settle()
        blocking_until(lambda: plain.reason("modelcontroller") == READY, 30, "Ready")

        assert {"rhods-dashboard", "odh-model-controller"} <= deployments(plain)
        assert plain.view.reason("Ready") == "True/AllReady"
        assert plain.view.get("route", "rhods-dashboard", APPLICATIONS)
