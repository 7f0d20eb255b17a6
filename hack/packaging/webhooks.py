"""The operator's webhook as a ClusterServiceVersion describes it."""

from __future__ import annotations

from typing import Any

from hack.packaging.operator_objects import NAME, NAMESPACE, WEBHOOK_SERVICE, manifest
from rhoai_operator.core.objects import Manifest
from rhoai_operator.reconcile.webhook import service_client, validating_webhook

_TAKEN = (
    "rules",
    "failurePolicy",
    "matchPolicy",
    "objectSelector",
    "sideEffects",
    "admissionReviewVersions",
    "timeoutSeconds",
)
"""What OLM hands on. It has no ``matchConditions``: so under OLM the operator's own requests are asked
about as well, and it answers them itself."""


def olm_definitions() -> list[dict[str, Any]]:
    """Return ``webhookdefinitions``: OLM makes the Service, the certificate and the configuration."""
    configuration = validating_webhook(service_client(WEBHOOK_SERVICE, NAMESPACE), NAMESPACE)
    return [_definition(webhook) for webhook in configuration["webhooks"]]


def _definition(webhook: Manifest) -> dict[str, Any]:
    port = next(p for p in _container()["ports"] if p["name"] == "webhook")["containerPort"]
    return {
        "type": "ValidatingAdmissionWebhook",
        "generateName": webhook["name"],
        "deploymentName": NAME,
        "containerPort": 443,
        "targetPort": port,
        "webhookPath": webhook["clientConfig"]["service"]["path"],
        **{key: webhook[key] for key in _TAKEN if key in webhook},
    }


def _container() -> Manifest:
    container: Manifest = manifest("Deployment")["spec"]["template"]["spec"]["containers"][0]
    return container
