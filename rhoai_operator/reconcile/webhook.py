"""The configuration by which the API server asks us about DSC and DSCI. Pure.

It is narrow on purpose: it asks about what cannot be undone, creation of a second object and
deletion of the DSCInitialization, and nothing else. Updates, status, finalizers and the deletion
of a DataScienceCluster never depend on whether anybody answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.core.certificates import Certificate, Issuer, dns_names, secret_refs
from rhoai_operator.core.objects import MANAGED_BY, Manifest, ObjectRef
from rhoai_operator.reconcile.certificates.own import by_ourselves
from rhoai_operator.reconcile.certificates.placing import Issue

PATH = "/validate-opendatahub-io-v1"
NAME = "rhoai-operator"
"""Of the configuration, and of the operator's ServiceAccount."""

WEBHOOK = "operator.opendatahub.io"
"""Name of the one webhook in it: users see it in front of every refusal."""

SECONDS = 10
"""How long the API server waits for an answer."""

SECRET = "rhoai-operator-webhook-cert"  # noqa: S105 - its name
"""Holds the certificate that we make; one with ``-ca`` behind it holds the authority."""

VALIDITY = timedelta(days=365)
"""Of certificates that we make."""

CONFIGURATION = ObjectRef(
    "admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "", NAME, "v1"
)
ROLE = ObjectRef("rbac.authorization.k8s.io", "ClusterRole", "", NAME, "v1")
"""Without it the operator can do nothing: what calls the operator goes with it."""

_OURS = {"app.kubernetes.io/name": NAME, MANAGED_BY: NAME}


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
        "apiVersion": CONFIGURATION.api_version,
        "kind": CONFIGURATION.kind,
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


@dataclass(frozen=True, slots=True)
class Address:
    """Where the API server reaches us.

    Attributes:
        service: name of our Service, or the beginning of an ``https://`` URL.
        namespace: the operator's own.
    """

    service: str
    namespace: str
    validity: timedelta = VALIDITY

    @property
    def is_service(self) -> bool:
        """Whether it is a Service, which may have nobody behind it, or not be there."""
        return "://" not in self.service

    @property
    def client_config(self) -> dict[str, Any]:
        """How to get there, without ``caBundle``."""
        if self.is_service:
            return service_client(self.service, self.namespace)
        return {"url": f"{self.service.rstrip('/')}{PATH}"}

    @property
    def names(self) -> tuple[str, ...]:
        """Names that the certificate is for."""
        if self.is_service:
            return dns_names(self._as_service)
        return (urlsplit(self.service).hostname or "",)

    @property
    def secrets(self) -> tuple[ObjectRef, ObjectRef]:
        """Where the certificate is kept, and the authority that signs it."""
        return secret_refs(self._as_service, self._certificate)

    def issue(self, live: Mapping[ObjectRef, Manifest | None], now: datetime) -> Issue:
        """Return both Secrets as they should be, and what the API server is to trust.

        Raises:
            Held: see :func:`rhoai_operator.reconcile.certificates.own.by_ourselves`.
        """
        issue = by_ourselves(self._certificate, self._as_service, live, now, self.names)
        metadata = {"namespace": self.namespace, "labels": _OURS}
        whole = (m | {"metadata": {**m["metadata"], **metadata}} for m in map(dict, issue.objects))
        return Issue(objects=tuple(whole), bundle=issue.bundle, next_due=issue.next_due)

    def configuration(self, bundle: str, role: Manifest | None) -> Manifest:
        """Return the configuration that the operator applies itself.

        Args:
            bundle: what the API server is to trust, encoded.
            role: the operator's ClusterRole. Removing it takes the configuration away, so that
                nobody is asked to ask an operator that is gone.
        """
        client = {**self.client_config, "caBundle": bundle}
        manifest = dict(validating_webhook(client, self.namespace))
        metadata = {**manifest["metadata"], "labels": _OURS}
        if role:
            owner = {"apiVersion": ROLE.api_version, "kind": ROLE.kind, "name": ROLE.name}
            metadata["ownerReferences"] = [{**owner, "uid": role["metadata"]["uid"]}]
        return {**manifest, "metadata": metadata}

    @property
    def _as_service(self) -> Manifest:
        name = self.service if self.is_service else NAME
        return {"metadata": {"name": name, "namespace": self.namespace}}

    @property
    def _certificate(self) -> Certificate:
        name = self._as_service["metadata"]["name"]
        return Certificate(name, SECRET, Issuer.SELF, validity=self.validity)


def trusting(configuration: Manifest, bundle: str) -> Manifest | None:
    """Return what to apply of a configuration that a chart or a user has made, to be trusted by it.

    Args:
        configuration: as it is.

    Returns:
        Nothing but the ``caBundle``; None if the configuration does not call us.
    """
    called = {webhook.get("name") for webhook in configuration.get("webhooks") or ()}
    if WEBHOOK not in called:
        return None
    return {
        "apiVersion": CONFIGURATION.api_version,
        "kind": CONFIGURATION.kind,
        "metadata": {"name": NAME},
        "webhooks": [{"name": WEBHOOK, "clientConfig": {"caBundle": bundle}}],
    }


def is_ours(configuration: Manifest) -> bool:
    """Tell whether the operator itself has applied it, not OLM, a chart or a user."""
    labels = configuration["metadata"].get("labels") or {}
    return all(labels.get(name) == value for name, value in _OURS.items())
