"""Objects that a real API server takes."""

from __future__ import annotations

from typing import Any

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import Manifest

CONFIG_MAP = Kind("", "v1", "ConfigMap")
UNKNOWN = Kind("nowhere.example.com", "v1", "Unheard")


def config_map(namespace: str, name: str = "x", *, value: str = "1", **metadata: Any) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace, **metadata},
        "data": {"key": value},
    }


def deployment(namespace: str, replicas: int = 0) -> Manifest:
    labels = {"app": "web"}
    containers = [{"name": "main", "image": "example.com/web:1"}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        },
    }


def definition(group: str) -> Manifest:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"gadgets.{group}"},
        "spec": {
            "group": group,
            "scope": "Cluster",
            "names": {"plural": "gadgets", "singular": "gadget", "kind": "Gadget"},
            "versions": [{**version, "schema": {"openAPIV3Schema": schema}}],
        },
    }


def version(live: Manifest) -> str:
    return str(live["metadata"]["resourceVersion"])
