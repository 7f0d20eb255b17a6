"""The control plane that all other tests here stand on does what they count on."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster import ControlPlane
from tests.wait import until

SECONDS = 30.0


@pytest.fixture
def namespace(control_plane: ControlPlane) -> Iterator[str]:
    name = f"test-{uuid.uuid4().hex[:8]}"
    control_plane.kubectl("create", "namespace", name)
    yield name
    control_plane.kubectl("delete", "namespace", name, "--wait=false")


def deployment(namespace: str, image: str) -> str:
    labels = {"app": "web"}
    return json.dumps(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": namespace},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "main", "image": image}]},
                },
            },
        }
    )


def get(control_plane: ControlPlane, namespace: str, what: str) -> Any:
    return json.loads(control_plane.kubectl("get", "-n", namespace, what, "-o", "json").stdout)


@pytest.mark.needs("controllers")
async def test_deployment_becomes_available(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.kubectl("apply", "-f", "-", stdin=deployment(namespace, "x:1"))

    await until(
        lambda: (
            get(control_plane, namespace, "deployment/web")["status"].get("availableReplicas") == 2
        ),
        SECONDS,
        "both pods available",
    )


@pytest.mark.needs("controllers", "failing-tags")
@pytest.mark.parametrize(
    ("tag", "reason"), [("unpullable", "ImagePullBackOff"), ("crashing", "CrashLoopBackOff")]
)
async def test_tag_makes_pods_fail(
    control_plane: ControlPlane, namespace: str, tag: str, reason: str
) -> None:
    control_plane.kubectl("apply", "-f", "-", stdin=deployment(namespace, f"x:{tag}"))

    def reasons() -> list[str]:
        return [
            status["state"]["waiting"]["reason"]
            for pod in get(control_plane, namespace, "pods")["items"]
            for status in pod["status"].get("containerStatuses", ())
        ]

    await until(lambda: reasons() == [reason, reason], SECONDS, f"both pods in {reason}")


@pytest.mark.needs("audit-log")
def test_audit_log_tells_the_requests_since_a_mark(
    control_plane: ControlPlane, namespace: str
) -> None:
    mark = control_plane.audit_mark()
    for number in range(3):
        control_plane.kubectl("create", "configmap", f"c{number}", "-n", namespace)

    created = [
        event["objectRef"]["name"]
        for event in control_plane.audit(mark)
        if event["verb"] == "create" and event["objectRef"]["resource"] == "configmaps"
        if event["objectRef"]["namespace"] == namespace and event["user"]["username"] == "admin"
    ]

    assert created == ["c0", "c1", "c2"]


@pytest.mark.needs("process-control")
def test_api_server_can_be_lost_and_come_back(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.kill("kube-apiserver")
    assert control_plane.kubectl("get", "namespace", namespace, check=False).returncode

    control_plane.start("kube-apiserver")

    assert control_plane.kubectl("get", "namespace", namespace).stdout
