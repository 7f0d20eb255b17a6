"""What is ours passes the strictest Pod Security there is: the API server says so."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from hack.packaging import operator_objects
from tests.cluster import ControlPlane

pytestmark = pytest.mark.needs("controllers")

NAMESPACE = "strict"
STRICT = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
TEMPLATES = [o for o in operator_objects.objects() if "template" in o.get("spec", {})]


@pytest.fixture(scope="module")
def strict(control_plane: ControlPlane) -> ControlPlane:
    metadata = {"name": NAMESPACE, "labels": STRICT}
    account = operator_objects.manifest("ServiceAccount")
    account["metadata"]["namespace"] = NAMESPACE
    for item in ({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}, account):
        control_plane.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(item))
    return control_plane


def said(strict: ControlPlane, pod: dict[str, Any]) -> str:
    """Return what the API server finds in a pod with this ``spec``; nothing is created."""
    metadata = {"name": "it", "namespace": NAMESPACE}
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod}
    done = strict.kubectl(
        "create", "--dry-run=server", "-f", "-", stdin=json.dumps(manifest), check=False
    )
    return done.stderr


def test_something_of_ours_has_pods() -> None:
    assert [o["kind"] for o in TEMPLATES] == ["Deployment"]


@pytest.mark.parametrize("owner", TEMPLATES, ids=lambda o: o["metadata"]["name"])
def test_our_pods_are_restricted(strict: ControlPlane, owner: dict[str, Any]) -> None:
    assert said(strict, owner["spec"]["template"]["spec"]) == ""


@pytest.mark.parametrize(
    ("where", "value", "fault"),
    [
        (("securityContext", "runAsNonRoot"), False, "runAsNonRoot"),
        (("securityContext", "seccompProfile"), {"type": "Unconfined"}, "seccompProfile"),
        (("containers", 0, "securityContext", "capabilities"), {}, "unrestricted capabilities"),
        (("hostNetwork",), True, "host namespaces"),
    ],
)
def test_a_pod_that_asks_for_more_is_refused(
    strict: ControlPlane, where: tuple[str | int, ...], value: object, fault: str
) -> None:
    pod: Any = copy.deepcopy(TEMPLATES[0]["spec"]["template"]["spec"])
    *path, last = where
    part = pod
    for step in path:
        part = part[step]
    part[last] = value

    found = said(strict, pod)

    assert "violates PodSecurity" in found
    assert fault in found


def test_our_namespace_asks_for_it() -> None:
    labels = operator_objects.manifest("Namespace", operator_objects.NAMESPACE)["metadata"][
        "labels"
    ]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
