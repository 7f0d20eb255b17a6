"""A cluster as the operator in Go leaves it: the same components, installed its way.

It creates each object with an owner reference and under the name of its program, then applies it
under the name of the custom resource; some of what it installs differs, and some is no more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hack.openshift import DOMAIN
from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.catalog.loader import load_catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.core.hidden import GENERATED
from rhoai_operator.core.objects import MANAGED_BY
from rhoai_operator.core.values import ObjectValue
from rhoai_operator.reconcile.preview import COMPUTED, preview
from rhoai_operator.render.renderer import Renderer
from rhoai_operator.render.steps import render_step
from tests.cluster import ControlPlane

MANIFESTS = Path(__file__).parents[1] / "manifests"
APPLICATIONS = "redhat-ods-applications"
FINALIZERS = {
    "DataScienceCluster": "datasciencecluster.opendatahub.io/finalizer",
    "DSCInitialization": "dscinitialization.opendatahub.io/finalizer",
}
PROGRAM = "manager"
STALE = "CapabilityServiceMesh"
"""A condition that only it knows."""
UNOWNED = {"CustomResourceDefinition", "Namespace", "OdhDashboardConfig"}
CLIENT_SECRET = "of the one before"  # noqa: S105 - nobody's
OLD_IMAGE = "example.com/kuberay:old"

Object = dict[str, Any]


def install(cluster: ControlPlane) -> None:
    """Install everything on a cluster that has the two CRDs and OpenShift's kinds."""
    asked = list(_custom_resources())
    cluster.kubectl("create", "namespace", "redhat-ods-operator")
    _send(cluster, asked, "create", f"--field-manager={PROGRAM}")
    for resource in asked:
        status = {
            "status": {"phase": "Ready", "conditions": [_condition(STALE), _condition("Available")]}
        }
        place = (resource["kind"].lower(), resource["metadata"]["name"])
        options = ("--subresource=status", "--type=merge", f"--field-manager={PROGRAM}")
        cluster.kubectl("patch", *place, *options, "-p", json.dumps(status))
    for resource in asked:
        owner = _owner(cluster, resource)
        objects = [_owned(item, owner) for item in _objects(resource["kind"])]
        first = [
            item for item in objects if item["kind"] in ("CustomResourceDefinition", "Namespace")
        ]
        _send(cluster, first, "create", f"--field-manager={PROGRAM}")
        crds = [f"crd/{i['metadata']['name']}" for i in first if "Definition" in i["kind"]]
        if crds:
            cluster.kubectl("wait", "--for=condition=Established", "--timeout=60s", *crds)
        rest = [item for item in objects if item not in first]
        _send(cluster, rest, "create", f"--field-manager={PROGRAM}")
        manager = f"--field-manager={owner['name']}"
        _send(cluster, objects, "apply", "--server-side", "--force-conflicts", manager)


def leftovers() -> list[tuple[str, str]]:
    """Return kind and name of what there is no more."""
    return [(item["kind"], item["metadata"]["name"]) for item in _leftovers()]


def _custom_resources() -> Iterator[Object]:
    catalog = load_catalog(MANIFESTS)
    owned = catalog.owned_by("DataScienceCluster")
    names = [c.name for c in owned if c.name in catalog.available and not c.shared_by]
    specs = {
        "DSCInitialization": {
            "applicationsNamespace": APPLICATIONS,
            "monitoring": {"managementState": "Managed", "namespace": "redhat-ods-monitoring"},
        },
        "DataScienceCluster": {
            "components": {name: {"managementState": "Managed"} for name in names}
        },
    }
    for kind, spec in specs.items():
        name = {"DSCInitialization": "default-dsci", "DataScienceCluster": "default-dsc"}[kind]
        yield {
            "apiVersion": f"{kind.lower()}.opendatahub.io/v1",
            "kind": kind,
            "metadata": {"name": name, "finalizers": [FINALIZERS[kind]]},
            "spec": spec,
        }


def _objects(owner: str) -> Iterator[Object]:
    catalog = load_catalog(MANIFESTS)
    planner = Planner(catalog, catalog.platforms["rhoai"], {"RHOAI_INGRESS_DOMAIN": DOMAIN})
    renderer = Renderer(MANIFESTS)
    dsci, dsc = _custom_resources()
    asked = datasciencecluster.parse(dsc), dscinitialization.parse(dsci)
    seen: set[tuple[str, str]] = set()
    for component in catalog.owned_by(owner):
        if component.name not in catalog.available:
            continue
        values = {
            value.name: value.placeholder(plain=isinstance(value, ObjectValue))
            for value in planner.values(component.name, asked[1])
        }
        step = planner.step(component.name, *asked, values)
        for manifest in preview(render_step(renderer, step), step.policies).objects:
            item = _as_it_was(json.loads(json.dumps(dict(manifest))))
            identity = (manifest["kind"], manifest["metadata"]["name"])
            if item and identity not in seen:
                seen.add(identity)
                yield item
    if owner == "DataScienceCluster":
        yield from _leftovers()


def _as_it_was(item: Object) -> Object | None:
    """Return an object without what is ours, or None for what others have made."""
    metadata, name = item["metadata"], item["metadata"]["name"]
    metadata.get("labels", {}).pop(MANAGED_BY, None)
    if item["kind"] == "Secret" and GENERATED in json.dumps(item):
        if name != "dashboard-oauth-client-generated":
            return None
        item["stringData"] = {"secret": CLIENT_SECRET}
    for hook in item.get("webhooks", ()):
        hook["clientConfig"].pop("caBundle", None)
    if item["kind"] == "Deployment":
        template = item["spec"]["template"]
        hashes = template["metadata"].get("annotations", {})
        for key in [key for key, value in hashes.items() if value == COMPUTED]:
            del hashes[key]
        _differently(name, item, template["spec"]["containers"])
    return item


def _differently(name: str, item: Object, containers: list[Object]) -> None:
    """Make what differs between the two."""
    if name == "kuberay-operator":
        containers[0]["image"] = OLD_IMAGE
    if name == "feast-operator-controller-manager":
        containers[0]["resources"]["limits"]["cpu"] = "500m"
    if name == "odh-model-controller":
        labels = {
            "control-plane": "odh-model-controller",
            "app.kubernetes.io/part-of": "kserve",
            "app.opendatahub.io/kserve": "true",
        }
        item["metadata"]["labels"] = dict(labels)
        item["spec"]["selector"] = {"matchLabels": dict(labels)}
        item["spec"]["template"]["metadata"]["labels"] = dict(labels)


def _leftovers() -> Iterator[Object]:
    rbac = "rbac.authorization.k8s.io"
    everybody = {"apiGroup": rbac, "kind": "Group", "name": "system:authenticated"}
    role = {"apiGroup": rbac, "kind": "ClusterRole", "name": "kueue-batch-user-role"}
    labels = {
        name: {"app.kubernetes.io/part-of": name, f"app.opendatahub.io/{name}": "true"}
        for name in ("kueue", "model-mesh", "rhods-dashboard")
    }
    yield {
        "apiVersion": f"{rbac}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "kueue-batch-user-rolebinding", "labels": labels["kueue"]},
        "roleRef": role,
        "subjects": [everybody],
    }
    for kind, name, label in (
        ("ServiceAccount", "etcd-serviceaccount", "model-mesh"),
        ("ConfigMap", "mesh-parameters-6bb5t", "model-mesh"),
        ("Secret", "dashboard-oauth-client", "rhods-dashboard"),
    ):
        metadata = {"name": name, "namespace": APPLICATIONS, "labels": labels[label]}
        yield {"apiVersion": "v1", "kind": kind, "metadata": metadata}


def _owner(cluster: ControlPlane, resource: Mapping[str, Any]) -> Object:
    kind, name = resource["kind"], resource["metadata"]["name"]
    uid = cluster.kubectl("get", kind.lower(), name, "-o", "jsonpath={.metadata.uid}").stdout
    flags = {"controller": True, "blockOwnerDeletion": True}
    return {"apiVersion": resource["apiVersion"], "kind": kind, "name": name, "uid": uid, **flags}


def _owned(item: Object, owner: Object) -> Object:
    if item["kind"] not in UNOWNED:
        item["metadata"]["ownerReferences"] = [owner]
    return item


def _condition(kind: str) -> Object:
    return {
        "type": kind,
        "status": "True",
        "reason": "ReconcileCompleted",
        "message": "",
        "lastHeartbeatTime": "2024-11-01T00:00:00Z",
        "lastTransitionTime": "2024-11-01T00:00:00Z",
    }


def _send(cluster: ControlPlane, objects: list[Object], verb: str, *options: str) -> None:
    if objects:
        stream = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        cluster.kubectl(verb, *options, "-f", "-", stdin=stream)
