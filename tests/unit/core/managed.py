"""Builders of objects whose fields somebody owns.

``managedFields`` are as kube-apiserver 1.36 writes them, cut down to what a test is about.
"""

from __future__ import annotations

from typing import Any

from rhoai_operator.core.objects import Manifest
from tests.manifests import an

MAIN = 'k:{"name":"main"}'
WANTED_RESOURCES = {
    "requests": {"cpu": "1000m", "memory": "64Mi"},
    "limits": {"memory": "128Mi"},
}
TCP, UDP = {"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}
WANTED_MAIN = {
    "name": "main",
    "args": ["run"],
    "env": [{"name": "A", "value": "1"}, {"name": "B", "value": ""}],
    "ports": [{**TCP, "name": "web"}, {**UDP, "name": "dns"}],
    "resources": WANTED_RESOURCES,
    "volumeMounts": [{"mountPath": "/data", "name": "v"}],
}


def deployment(**changes: Any) -> Manifest:
    """One that has a container, with other fields of it."""
    pod = {"containers": [WANTED_MAIN | changes], "volumes": [{"name": "v", "emptyDir": {}}]}
    return an("Deployment", spec={"replicas": 1, "template": {"spec": pod}})


WEB = deployment()


def entry(fields: dict[str, Any], manager: str = "rival", subresource: str = "") -> dict[str, Any]:
    more = {"subresource": subresource} if subresource else {}
    return {"manager": manager, "operation": "Update", "fieldsV1": fields, **more}


def owned_by(live: Manifest, *entries: dict[str, Any]) -> Manifest:
    return {**live, "metadata": {**live["metadata"], "managedFields": list(entries)}}


def in_main(fields: dict[str, Any]) -> dict[str, Any]:
    containers = {"f:containers": {MAIN: fields}}
    return {"f:spec": {"f:template": {"f:spec": containers}}}


REPLICAS: dict[str, Any] = {"f:spec": {"f:replicas": {}}}
IN_MAIN = "spec.template.spec.containers[main]"
