"""What refuses to let the operator be deleted while somebody's objects need it to be deleted.

Its finalizer is on every DataScienceCluster and DSCInitialization; without the operator nobody
takes it off. A ValidatingAdmissionPolicy is evaluated once for each object that is its parameter
and allows what it is asked about where there is none. So it needs no hook and nobody who answers.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from hack.packaging.operator_objects import NAME, NAMESPACE, WEBHOOK_SERVICE
from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.core.objects import Manifest

API = "admissionregistration.k8s.io/v1"
SHORT = {datasciencecluster: "dsc", dscinitialization: "dsci"}

NEEDED = (
    ("", "v1", ("namespaces", "serviceaccounts", "services")),
    ("apps", "v1", ("deployments",)),
    (
        "rbac.authorization.k8s.io",
        "v1",
        ("clusterrolebindings", "clusterroles", "rolebindings", "roles"),
    ),
)
"""Group, version and resources of what the operator cannot do without."""


def objects(namespace: str = NAMESPACE) -> list[Manifest]:
    """Return the policies and their bindings, for an operator in that namespace."""
    return [
        made
        for api in (datasciencecluster, dscinitialization)
        for made in (_policy(api, namespace), _binding(api))
    ]


def _policy(api: ModuleType, namespace: str) -> Manifest:
    names = ", ".join(f"'{name}'" for name in (NAME, WEBHOOK_SERVICE, namespace))
    # A deletion of many at once names none of them in the request.
    ours = {
        "name": "what-the-operator-needs",
        "expression": f"oldObject.metadata.name in [{names}]",
    }
    return {
        **_identity("ValidatingAdmissionPolicy", api),
        "spec": {
            # Says what happens where the definition is gone: then there is nothing to guard.
            "failurePolicy": "Ignore",
            "paramKind": {"apiVersion": f"{api.GROUP}/{api.VERSION}", "kind": api.KIND},
            "matchConstraints": {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
                "resourceRules": [
                    {
                        "apiGroups": [group],
                        "apiVersions": [version],
                        "operations": ["DELETE"],
                        "resources": list(resources),
                    }
                    for group, version, resources in NEEDED
                ],
            },
            "matchConditions": [ours],
            "validations": [
                {"expression": "false", "reason": "Forbidden", "messageExpression": _message(api)}
            ],
        },
    }


def _message(api: ModuleType) -> str:
    short = SHORT[api]
    return (
        f"'there is still the {api.KIND} ' + params.metadata.name + ', and nobody but the operator"
        f" can finish deleting it; first: kubectl delete {short} ' + params.metadata.name"
    )


def _binding(api: ModuleType) -> Manifest:
    return {
        **_identity("ValidatingAdmissionPolicyBinding", api),
        "spec": {
            "policyName": _name(api),
            "paramRef": {"selector": {}, "parameterNotFoundAction": "Allow"},
            "validationActions": ["Deny"],
        },
    }


def _identity(kind: str, api: ModuleType) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": NAME}
    return {"apiVersion": API, "kind": kind, "metadata": {"name": _name(api), "labels": labels}}


def _name(api: ModuleType) -> str:
    return f"{NAME}-needed-by-{SHORT[api]}"
