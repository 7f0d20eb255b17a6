"""The configuration by which the API server asks us about DSC and DSCI. Pure.

It is narrow on purpose: it asks about what cannot be undone, creation of a second object and
deletion of the DSCInitialization, and nothing else. Updates, status, finalizers and the deletion
of a DataScienceCluster never depend on whether anybody answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.core.objects import Manifest

PATH = "/validate-opendatahub-io-v1"
NAME = "rhoai-operator"
"""Of the configuration, and of the operator's ServiceAccount."""

WEBHOOK = "operator.opendatahub.io"
"""Name of the one webhook in it: users see it in front of every refusal."""

SECONDS = 10
"""How long the API server waits for an answer."""


def validating_webhook(
    client_config: Mapping[str, Any], namespace: str = "redhat-ods-operator"
) -> Manifest:
    """Return the ValidatingWebhookConfiguration.

    Args:
        client_config: how to reach us: ``service_client``, or whatever else the API server
            takes; without ``caBundle`` where somebody else puts it in.
        namespace: the operator's own. What its ServiceAccount does is never asked about, so that
            its start does not depend on its answers.
    """
    webhook = {
        "name": WEBHOOK,
        "clientConfig": dict(client_config),
        "rules": [
            _rule(datasciencecluster, "CREATE"),
            _rule(dscinitialization, "CREATE", "DELETE"),
        ],
        "matchConditions": [_not_ourselves(namespace)],
        "matchPolicy": "Equivalent",
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": SECONDS,
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": NAME},
        "webhooks": [webhook],
    }


def service_client(service: str, namespace: str) -> dict[str, Any]:
    """Return the ``clientConfig`` for a Service on port 443, without ``caBundle``."""
    return {"service": {"name": service, "namespace": namespace, "path": PATH, "port": 443}}


def _rule(api: ModuleType, *operations: str) -> Mapping[str, Any]:
    return {
        "apiGroups": [api.GROUP],
        "apiVersions": [api.VERSION],
        "operations": list(operations),
        "resources": [api.PLURAL],
        "scope": "Cluster",
    }


def _not_ourselves(namespace: str) -> Mapping[str, Any]:
    account = f"system:serviceaccount:{namespace}:{NAME}"
    return {"name": "not-the-operator", "expression": f"request.userInfo.username != '{account}'"}
