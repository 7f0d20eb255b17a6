from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.cluster.discovery import Resource, resources
from rhoai_operator.cluster.port import Kind

DEPLOYMENTS = Resource("apps", "v1", "deployments", namespaced=True)
NODES = Resource("", "v1", "nodes", namespaced=False)


def entry(kind: str | None, plural: str, scope: str = "Namespaced") -> dict[str, Any]:
    return {"resource": plural, "scope": scope, "responseKind": {"kind": kind} if kind else None}


def group(name: str, version: str, *entries: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name} if name else {}
    return {"metadata": metadata, "versions": [{"version": version, "resources": list(entries)}]}


def test_every_kind_of_every_group_and_version() -> None:
    core = {"items": [group("", "v1", entry("Node", "nodes", "Cluster"))]}
    apps = group("apps", "v1", entry("Deployment", "deployments"))
    beta = group("apps", "v1beta1", entry("Deployment", "deployments"))

    found = resources([core, {"items": [apps, beta]}])

    assert found == {
        Kind("", "v1", "Node"): NODES,
        Kind("apps", "v1", "Deployment"): DEPLOYMENTS,
        Kind("apps", "v1beta1", "Deployment"): Resource("apps", "v1beta1", "deployments", True),
    }


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({}, id="empty"),
        pytest.param({"items": None}, id="null"),
        pytest.param({"items": [group("g", "v1", entry(None, "tokens"))]}, id="without-a-kind"),
        pytest.param({"items": [group("g", "v1", entry("", "tokens"))]}, id="empty-kind"),
        pytest.param({"items": [{"metadata": {"name": "g"}, "versions": None}]}, id="no-versions"),
    ],
)
def test_what_names_no_kind_is_passed_over(document: dict[str, Any]) -> None:
    assert resources([document]) == {}


@pytest.mark.parametrize(
    ("resource", "parts", "path"),
    [
        pytest.param(DEPLOYMENTS, (), "/apis/apps/v1/deployments", id="all"),
        pytest.param(
            DEPLOYMENTS, ("a", "x"), "/apis/apps/v1/namespaces/a/deployments/x", id="object"
        ),
        pytest.param(
            DEPLOYMENTS,
            ("a", "x", "status"),
            "/apis/apps/v1/namespaces/a/deployments/x/status",
            id="subresource",
        ),
        pytest.param(NODES, ("ignored", "x"), "/api/v1/nodes/x", id="of-the-cluster"),
        pytest.param(NODES, ("", "system:a/b"), "/api/v1/nodes/system%3Aa%2Fb", id="quoted"),
    ],
)
def test_path(resource: Resource, parts: tuple[str, ...], path: str) -> None:
    assert resource.path(*parts) == path
