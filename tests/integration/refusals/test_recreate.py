"""What a real API server refuses only for the sake of the live object."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rhoai_operator.cluster.errors import Invalid, TransientError
from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.reconcile.overcome import overcome
from tests.cluster import ControlPlane
from tests.integration.refusals.steps import RBAC, SECONDS, an, attempt, workload
from tests.wait import until


async def replace(cluster: Cluster, manifest: Manifest) -> Manifest:
    """Apply what is refused at first, as often as it takes."""

    async def is_replaced() -> Manifest | None:
        try:
            return (await cluster.apply(manifest)).live
        except Invalid as error:
            live = await cluster.get(ObjectRef.of(manifest))
            try:
                return (await overcome(cluster, manifest, live, error))[0].live
            except TransientError:
                return None

    live = await until(is_replaced, SECONDS, f"{ObjectRef.of(manifest)} is as desired")
    assert live
    return live


@pytest.mark.needs("controllers")
async def test_another_selector_is_another_deployment(
    cluster: Cluster, control_plane: ControlPlane, namespace: str
) -> None:
    old = (await cluster.apply(workload("Deployment", namespace, "old"))).live

    def apps() -> set[str]:
        found = control_plane.kubectl("get", "pods", "-n", namespace, "-o", "json").stdout
        return {pod["metadata"]["labels"]["app"] for pod in json.loads(found)["items"]}

    await until(lambda: apps() == {"old"}, SECONDS, "the old one has its pod")
    new = await replace(cluster, workload("Deployment", namespace, "new"))

    assert "old" not in apps()
    assert new["spec"]["selector"] == {"matchLabels": {"app": "new"}}
    assert new["metadata"]["uid"] != old["metadata"]["uid"]
    await until(lambda: apps() == {"new"}, SECONDS, "the new one has its pod")


async def test_another_role_is_another_binding(cluster: Cluster, namespace: str) -> None:
    def binding(role: str) -> Manifest:
        reference = {"apiGroup": RBAC.partition("/")[0], "kind": "ClusterRole", "name": role}
        return an("RoleBinding", "x", namespace, api_version=RBAC, roleRef=reference)

    await cluster.apply(binding("view"))

    assert (await replace(cluster, binding("edit")))["roleRef"]["name"] == "edit"


@pytest.mark.needs("controllers")
async def test_another_pod_is_another_job(cluster: Cluster, namespace: str) -> None:
    def job(image: str) -> Manifest:
        containers = [{"name": "main", "image": image}]
        template = {"spec": {"restartPolicy": "Never", "containers": containers}}
        return an("Job", "x", namespace, api_version="batch/v1", spec={"template": template})

    await cluster.apply(job("example.com/web:1"))

    live = await replace(cluster, job("example.com/web:2"))

    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "example.com/web:2"


async def test_nothing_is_deleted_for_a_new_one_that_would_be_refused(
    cluster: Cluster, namespace: str
) -> None:
    old = (await cluster.apply(workload("Deployment", namespace, "old"))).live
    new = workload("Deployment", namespace, "new", progressDeadlineSeconds=-1)

    with pytest.raises(Invalid, match="progressDeadlineSeconds"):
        await replace(cluster, new)

    live = await cluster.get(ObjectRef.of(new))
    assert live
    assert live["metadata"]["uid"] == old["metadata"]["uid"]
    assert "deletionTimestamp" not in live["metadata"]


def with_pod(namespace: str, *, container: dict[str, Any], **pod: Any) -> dict[str, Any]:
    web = workload("Deployment", namespace)
    spec = web["spec"]["template"]["spec"]
    spec["containers"][0] |= container
    spec |= pod
    return web


HTTP, TCP = {"httpGet": {"path": "/", "port": 80}}, {"tcpSocket": {"port": 80}}
REFERENCE = {"valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}


@pytest.mark.parametrize(
    ("ours", "edit"),
    [
        pytest.param({}, {"strategy": {"type": "RollingUpdate"}}, id="strategy"),
        pytest.param(
            {"container": {"livenessProbe": HTTP}},
            {"containers": [{"name": "main", "livenessProbe": {"httpGet": None} | TCP}]},
            id="handler",
        ),
        pytest.param(
            {"container": {"env": [{"name": "E", "value": "1"}]}},
            {"containers": [{"name": "main", "env": [{"name": "E", "value": None} | REFERENCE]}]},
            id="variable",
        ),
        pytest.param(
            {"volumes": [{"name": "v", "configMap": {"name": "a"}}]},
            {"volumes": [{"name": "v", "configMap": None, "secret": {"secretName": "a"}}]},
            id="volume",
        ),
    ],
)
async def test_edits_that_contradict_ours_are_set_right_in_place(
    cluster: Cluster,
    control_plane: ControlPlane,
    namespace: str,
    ours: dict[str, Any],
    edit: dict[str, Any],
) -> None:
    web = with_pod(namespace, **{"container": {}, **ours})
    web["spec"]["strategy"] = {"type": "Recreate"}
    before = (await cluster.apply(web)).live
    spec = edit if "strategy" in edit else {"template": {"spec": edit}}
    patch = json.dumps({"spec": spec})
    control_plane.kubectl("patch", "deployment", "web", "-n", namespace, "-p", patch)
    refused = await attempt(cluster, web)

    after = await replace(cluster, web)

    assert refused.error == "Invalid"
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["spec"] == before["spec"]


async def test_another_number_for_a_port_of_ours_is_set_right_in_place(
    cluster: Cluster, control_plane: ControlPlane, namespace: str
) -> None:
    """The number is the port's key: with ours beside it there would be two of one name."""
    ports = [{"name": "http", "port": 8080}, {"name": "metrics", "port": 9000}]
    web = an("Service", "web", namespace, spec={"ports": ports})
    before = (await cluster.apply(web)).live
    edit = '[{"op": "replace", "path": "/spec/ports/0/port", "value": 9090}]'
    control_plane.kubectl("patch", "service", "web", "-n", namespace, "--type=json", "-p", edit)
    refused = await attempt(cluster, web)

    after = await replace(cluster, web)

    assert refused.error == "Invalid"
    found = {key: after["spec"][key] for key in ("clusterIP", "ports")}
    assert found == {key: before["spec"][key] for key in ("clusterIP", "ports")}
