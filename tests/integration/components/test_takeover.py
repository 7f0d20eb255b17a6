"""A cluster that the operator in Go installed is taken over in place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from hack import openshift
from tests import predecessor
from tests.cluster import ControlPlane
from tests.integration.components.conftest import Opened, Platform
from tests.predecessor import APPLICATIONS
from tests.running import CRDS
from tests.stage import installed
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers")

USERS_REPLICAS = "codeflare-operator-manager"
USERS_RESOURCES = "notebook-controller-deployment"
ANEW = "odh-model-controller"
ROLLED = {
    "kuberay-operator": "another image",
    "feast-operator-controller-manager": "resources",
    # These get the digest of what their pods read, so that they notice when it changes.
    "data-science-pipelines-operator-controller-manager": "configuration",
    "etcd": "configuration",
    "kserve-controller-manager": "configuration",
    "model-registry-operator-controller-manager": "configuration",
    "rhods-dashboard": "configuration",
    "trustyai-service-operator-controller-manager": "configuration",
}


@dataclass(frozen=True)
class Takeover:
    platform: Platform
    before: dict[str, dict[str, Any]]


def deployments(cluster: ControlPlane) -> dict[str, dict[str, Any]]:
    options = ("-n", APPLICATIONS, "-o", "json", "--show-managed-fields")
    found = json.loads(cluster.kubectl("get", "deployments", *options).stdout)["items"]
    return {item["metadata"]["name"]: item for item in found}


@pytest.fixture(scope="module")
def takeover(control_plane: ControlPlane, open_platform: Opened) -> Iterator[Takeover]:
    view = installed(control_plane, CRDS)
    assert control_plane.folder
    kubectl = (str(control_plane.folder / "kubectl"),)
    openshift.install(kubectl)
    with openshift.stand_ins(kubectl):
        predecessor.install(control_plane)
        place = ("-n", APPLICATIONS)
        view.cluster.kubectl("scale", "deployment", USERS_REPLICAS, *place, "--replicas=2")
        limits = "--limits=cpu=2,memory=8Gi"
        view.cluster.kubectl("set", "resources", "deployment", USERS_RESOURCES, *place, limits)
        before = deployments(control_plane)
        platform = open_platform(stubs=False)
        platform.settle()
        yield Takeover(platform, before)


def test_deployments_stay_the_same_objects(takeover: Takeover) -> None:
    after = deployments(takeover.platform.view.cluster)

    anew = {
        n for n, d in takeover.before.items() if d["metadata"]["uid"] != after[n]["metadata"]["uid"]
    }
    assert after.keys() == takeover.before.keys()
    assert anew == {ANEW}


def test_pods_are_replaced_at_most_once_and_where_they_differ(takeover: Takeover) -> None:
    revisions = {
        name: int(d["metadata"]["annotations"]["deployment.kubernetes.io/revision"])
        - int(takeover.before[name]["metadata"]["annotations"]["deployment.kubernetes.io/revision"])
        for name, d in deployments(takeover.platform.view.cluster).items()
        if name != ANEW
    }

    assert {name: more for name, more in revisions.items() if more} == dict.fromkeys(ROLLED, 1)


def test_what_users_set_stays(takeover: Takeover) -> None:
    after = deployments(takeover.platform.view.cluster)

    (container,) = after[USERS_RESOURCES]["spec"]["template"]["spec"]["containers"]
    assert after[USERS_REPLICAS]["spec"]["replicas"] == 2
    assert container["resources"]["limits"] == {"cpu": "2", "memory": "8Gi"}


def test_resources_that_the_predecessor_set_are_not_a_users(takeover: Takeover) -> None:
    after = deployments(takeover.platform.view.cluster)["feast-operator-controller-manager"]

    (container,) = after["spec"]["template"]["spec"]["containers"]
    assert container["resources"]["limits"]["cpu"] == "5"


def test_nothing_is_left_to_two_managers(takeover: Takeover) -> None:
    listed = takeover.platform.view.cluster.kubectl(
        "api-resources", "--verbs=list", "-o", "name"
    ).stdout.split()
    kinds = ",".join(name for name in listed if not name.startswith("events"))
    options = ("-A", "-o", "json", "--show-managed-fields")
    label = "app.kubernetes.io/managed-by=rhoai-operator"
    found = takeover.platform.view.cluster.kubectl("get", kinds, *options, "-l", label)
    managers = {
        f"{item['kind']} {item['metadata']['name']}: {entry['manager']}"
        for item in json.loads(found.stdout)["items"]
        for entry in item["metadata"]["managedFields"]
        if entry["manager"] in ("default-dsc", "default-dsci", predecessor.PROGRAM)
    }
    assert managers == set()


@pytest.mark.parametrize("kind", ["dsc", "dsci"])
def test_its_conditions_do_not_stay(takeover: Takeover, kind: str) -> None:
    status = takeover.platform.view.get(kind, f"default-{kind}")["status"]

    assert predecessor.STALE not in {c["type"] for c in status["conditions"]}


def test_leftovers_are_gone(takeover: Takeover) -> None:
    view = takeover.platform.view

    def there() -> list[str]:
        return [
            name for kind, name in predecessor.leftovers() if view.get(kind, name, APPLICATIONS)
        ]

    blocking_until(lambda: not there(), 20, "the leftovers are gone")


def test_generated_values_stay(takeover: Takeover) -> None:
    client = takeover.platform.view.get("oauthclient", "dashboard-oauth-client")

    assert client["secret"] == predecessor.CLIENT_SECRET


def test_what_changed_is_reported(takeover: Takeover) -> None:
    lines = takeover.platform.operator.lines()
    said = [line["message"] for line in lines if str(line["message"]).startswith("took over")]
    events = takeover.platform.view.all_of("events.events.k8s.io", "-A")
    notes = [e.get("note", "") for e in events if e["reason"] == "TakenOver"]

    (anew,) = (text for text in said if ANEW in text)
    assert anew.removeprefix(f"took over Deployment {APPLICATIONS}/{ANEW}: ") in (
        "recreated: spec.selector is immutable",
        "made anew",  # the old one was gone only after the pass that deleted it
    ), said
    assert f"took over Deployment {APPLICATIONS}/kuberay-operator: changed" in said
    assert any(ANEW in note for note in notes), notes


def test_it_can_be_deleted(takeover: Takeover) -> None:
    view = takeover.platform.view
    kubectl = view.cluster.kubectl

    kubectl("delete", "dsc", "default-dsc", "--timeout=60s")
    kubectl("delete", "dsci", "default-dsci", "--timeout=60s")

    assert deployments(view.cluster) == {}
