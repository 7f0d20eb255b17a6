"""What real controllers write into status is read as what it means."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from rhoai_operator.core.health import Assessment, Health, assess, has_endpoints
from rhoai_operator.engine.warnings import FIELDS
from tests.cluster import ControlPlane
from tests.wait import until

pytestmark = pytest.mark.needs("controllers")

SECONDS = 30.0
LABELS = {"app": "x"}


@pytest.fixture
def namespace(control_plane: ControlPlane) -> Iterator[str]:
    name = f"health-{uuid.uuid4().hex[:8]}"
    control_plane.kubectl("create", "namespace", name)
    yield name
    control_plane.kubectl("delete", "namespace", name, "--wait=false")


def workload(api: str, kind: str, pod: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    containers = [{"name": "main", "image": "x:1"}]
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": containers, **(pod or {})}}
    chosen = {} if kind == "Job" else {"selector": {"matchLabels": LABELS}}
    return an(api, kind, spec={**chosen, "template": template, **spec})


def an(api: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "x"}, **fields}


NOWHERE = {"nodeSelector": {"example.com/there-is": "none"}}
JOB = {"restartPolicy": "Never"}
FEW = an("v1", "ResourceQuota", spec={"hard": {"pods": "1"}})
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


@pytest.mark.parametrize(
    ("manifests", "health", "says"),
    [
        pytest.param(
            [FEW, workload("apps/v1", "Deployment", replicas=2)],
            Health.FAILED,
            "1/2 available: FailedCreate: pods",
            id="deployment-over-quota",
        ),
        pytest.param(
            [workload("apps/v1", "Deployment", NOWHERE)],
            Health.IN_PROGRESS,
            "0/1 available: pod x-",
            id="deployment-that-fits-nowhere",
        ),
        pytest.param(
            [workload("apps/v1", "StatefulSet", replicas=2)], Health.CURRENT, "", id="stateful-set"
        ),
        pytest.param([workload("apps/v1", "DaemonSet")], Health.CURRENT, "", id="daemon-set"),
        pytest.param([workload("batch/v1", "Job", JOB)], Health.CURRENT, "", id="job"),
        pytest.param(
            [workload("batch/v1", "Job", JOB | NOWHERE, activeDeadlineSeconds=1)],
            Health.FAILED,
            "failed: DeadlineExceeded: ",
            id="job-that-fails",
        ),
        pytest.param(
            [an("v1", "PersistentVolumeClaim", spec=CLAIM | {"storageClassName": "none"})],
            Health.IN_PROGRESS,
            "check that StorageClass none exists",
            id="claim-without-a-volume",
        ),
        pytest.param(
            [an("policy/v1", "PodDisruptionBudget", spec={"selector": {"matchLabels": LABELS}})],
            Health.CURRENT,
            "",
            id="disruption-budget",
        ),
    ],
)
async def test_objects_end_as(
    control_plane: ControlPlane,
    namespace: str,
    manifests: list[dict[str, Any]],
    health: Health,
    says: str,
) -> None:
    apply(control_plane, namespace, *manifests)
    kind = manifests[-1]["kind"].lower()

    def verdict() -> Assessment:
        pods = get(control_plane, namespace, "pods")["items"]
        return assess(get(control_plane, namespace, kind, "x"), pods)

    def ends() -> bool:
        found = verdict()
        assert (found.health, says in found.message) == (health, True), found
        return True

    await until(ends, SECONDS, f"{kind} is {health}: {says}")


async def test_a_service_has_endpoints_once_a_pod_is_ready(
    control_plane: ControlPlane, namespace: str
) -> None:
    spec = {"selector": LABELS, "ports": [{"port": 443}]}
    apply(control_plane, namespace, an("v1", "Service", spec=spec))

    def slices() -> list[dict[str, Any]]:
        chosen = ("--selector", "kubernetes.io/service-name=x")
        found: list[dict[str, Any]] = get(control_plane, namespace, "endpointslices", *chosen)[
            "items"
        ]
        return found

    await until(slices, SECONDS, "there is a slice")
    assert not has_endpoints(slices())

    apply(control_plane, namespace, workload("apps/v1", "Deployment"))
    await until(lambda: has_endpoints(slices()), SECONDS, "an endpoint is ready")


async def test_warnings_of_pods_are_those_that_the_fields_select(
    control_plane: ControlPlane, namespace: str
) -> None:
    apply(control_plane, namespace, workload("apps/v1", "Deployment", NOWHERE))

    def reasons() -> set[str]:
        found = get(control_plane, namespace, "events", "--field-selector", FIELDS)["items"]
        return {event["reason"] for event in found}

    await until(reasons, SECONDS, "the pod is warned of")
    assert reasons() == {"FailedScheduling"}


def apply(control_plane: ControlPlane, namespace: str, *manifests: dict[str, Any]) -> None:
    for manifest in manifests:
        control_plane.kubectl("apply", "-n", namespace, "-f", "-", stdin=json.dumps(manifest))


def get(control_plane: ControlPlane, namespace: str, *what: str) -> Any:
    return json.loads(control_plane.kubectl("get", "-n", namespace, *what, "-o", "json").stdout)
