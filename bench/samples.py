"""One object of each kind that generated components consist of, as real components have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NAMESPACE = "@namespace@"
"""Stands for the applications namespace until a template says it."""
GROUPS = ("apps", "batch", "ray.io", "serving.kserve.io", "kubeflow.org", "route.openshift.io")
AGGREGATED_IN = "abcd"
"""Last letters of the components that have a ClusterRole whose rules the cluster fills in."""
AGGREGATE = "bench.example.com/aggregate"
"""Label of the ClusterRole whose rules it gets; its value is the component."""

Sample = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sample belongs: the ``number``-th object of its kind in a component."""

    component: str
    kind: str
    number: int

    @property
    def name(self) -> str:
        """Its name, unlike that of any other."""
        return f"{self.component}-{self.kind.lower()}-{self.number}"

    def beside(self, kind: str) -> str:
        """Name the object of another kind with the same number."""
        return f"{self.component}-{kind.lower()}-{self.number}"


def sample(place: Place) -> Sample:
    """Build the object; what it refers to need not exist."""
    version, namespaced, content = _KINDS[place.kind]
    labels = {
        "app.kubernetes.io/name": place.component,
        "app.kubernetes.io/instance": place.name,
    }
    metadata: Sample = {"name": place.name, "labels": labels}
    if namespaced:
        metadata["namespace"] = NAMESPACE
    if place.kind == "ClusterRole" and place.number == 0:
        labels[AGGREGATE] = place.component
    return {"apiVersion": version, "kind": place.kind, "metadata": metadata, **content(place)}


def _config_map(place: Place) -> Sample:
    """Most are small; a document or a dashboard now and then is not."""
    lines = (10, 20, 40, 80)[place.number % 4]
    document = "".join(f"line-{number:03}: {place.name} says {number}\n" for number in range(lines))
    return {"data": {"config.yaml": document, "mode": "standard", "size": str(place.number)}}


def _secret(_: Place) -> Sample:
    return {"type": "Opaque", "data": {"user": "YmVuY2g=", "password": "bm90LWEtc2VjcmV0"}}


def _rule(number: int) -> Sample:
    plurals = [f"things{number}", f"things{number}/status", f"things{number}/finalizers"]
    verbs = ["create", "delete", "get", "list", "patch", "update", "watch"]
    return {"apiGroups": [GROUPS[number % len(GROUPS)]], "resources": plurals, "verbs": verbs}


def _cluster_role(place: Place) -> Sample:
    if place.number == 1 and place.component[-1] in AGGREGATED_IN:
        labels = {AGGREGATE: place.component}
        return {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": labels}]}}
    return {"rules": [_rule(number) for number in range(place.number % 12 + 1)]}


def _role(place: Place) -> Sample:
    return {"rules": [_rule(number) for number in range(place.number % 4 + 1)]}


def _binding(role: str) -> Callable[[Place], Sample]:
    def content(place: Place) -> Sample:
        group = "rbac.authorization.k8s.io"
        account = {"kind": "ServiceAccount", "namespace": NAMESPACE}
        return {
            "roleRef": {"apiGroup": group, "kind": role, "name": place.beside(role)},
            "subjects": [account | {"name": place.beside("ServiceAccount")}],
        }

    return content


def _service(place: Place) -> Sample:
    ports = [{"name": "http", "port": 8080, "targetPort": 8080, "protocol": "TCP"}]
    selector = {"app.kubernetes.io/instance": place.beside("Deployment")}
    return {"spec": {"type": "ClusterIP", "selector": selector, "ports": ports}}


def _network_policy(place: Place) -> Sample:
    source = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    return {
        "spec": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/instance": place.name}},
            "ingress": [{"from": [source], "ports": [{"port": 8080, "protocol": "TCP"}]}],
            "policyTypes": ["Ingress"],
        }
    }


def _deployment(place: Place) -> Sample:
    labels = {"app.kubernetes.io/instance": place.name}
    return {
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "terminationGracePeriodSeconds": 10,
                    "securityContext": {"runAsNonRoot": True},
                    "containers": [_container()],
                },
            },
        }
    }


def _container() -> Sample:
    probe = {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 5}
    size = {"cpu": "100m", "memory": "128Mi"}
    return {
        "name": "controller",
        "image": "example.com/bench/controller:v1",
        "command": ["/controller"],
        "args": ["--leader-elect", "--zap-log-level=error"],
        "env": [{"name": f"OPTION_{number}", "value": str(number)} for number in range(8)],
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "livenessProbe": probe,
        "readinessProbe": probe,
        "resources": {"requests": size, "limits": size},
        "securityContext": {"allowPrivilegeEscalation": False},
    }


_RBAC = "rbac.authorization.k8s.io/v1"
_KINDS: Mapping[str, tuple[str, bool, Callable[[Place], Sample]]] = {
    "ClusterRole": (_RBAC, False, _cluster_role),
    "ClusterRoleBinding": (_RBAC, False, _binding("ClusterRole")),
    "ConfigMap": ("v1", True, _config_map),
    "Deployment": ("apps/v1", True, _deployment),
    "NetworkPolicy": ("networking.k8s.io/v1", True, _network_policy),
    "Role": (_RBAC, True, _role),
    "RoleBinding": (_RBAC, True, _binding("Role")),
    "Secret": ("v1", True, _secret),
    "Service": ("v1", True, _service),
    "ServiceAccount": ("v1", True, lambda _: {}),
}
