"""A component with one Service that webhooks of three kinds call, and what comes of securing it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from rhoai_operator.core.certificates import Api, Certificate, Issuer
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.reconcile.certificates.secure import secure
from tests.manifests import an

START = datetime(2030, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
SERVICE_CA: Api = ("operator.openshift.io", "v1", "ServiceCA")
CERT_MANAGER: Api = ("cert-manager.io", "v1", "Certificate")
LABELS = {
    "app": "hooks",
    "app.opendatahub.io/courier": "true",
    "app.kubernetes.io/part-of": "courier",
    "app.kubernetes.io/managed-by": "rhoai-operator",
}
OWNERS = [{"kind": "DataScienceCluster", "name": "default-dsc", "uid": "1"}]

SERVING = ObjectRef("", "Secret", "ns", "hooks-tls", "v1")
AUTHORITY = ObjectRef("", "Secret", "ns", "hooks-tls-ca", "v1")


def calling(service: str = "hooks", namespace: str = "ns") -> dict[str, Any]:
    return {"service": {"name": service, "namespace": namespace}, "caBundle": "Cg=="}


SERVICE = an("Service", "hooks", metadata={"labels": LABELS, "ownerReferences": OWNERS})
VALIDATING = an(
    "ValidatingWebhookConfiguration",
    "checks",
    annotations={"kept": "yes"},
    webhooks=[
        {"name": "one.example.com", "clientConfig": calling()},
        {"name": "two.example.com", "clientConfig": calling("another")},
    ],
)
MUTATING = {
    **an("Namespace", "changes", webhooks=[{"name": "a.b.c", "clientConfig": calling()}]),
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "MutatingWebhookConfiguration",
}
CONVERSION = {"clientConfig": calling(), "conversionReviewVersions": ["v1"]}
DEFINITION = an(
    "CustomResourceDefinition",
    "letters.example.com",
    spec={
        "group": "example.com",
        "conversion": {"strategy": "Webhook", "webhook": CONVERSION},
    },
)
DESIRED = DesiredState((DEFINITION, SERVICE, an("Deployment", "hooks"), MUTATING, VALIDATING))


def asking(issuer: Issuer = Issuer.SELF, **fields: Any) -> Certificate:
    webhooks = frozenset((m["kind"], m["metadata"]["name"]) for m in CALLERS)
    return Certificate("hooks", "hooks-tls", **{"issuer": issuer, "webhooks": webhooks, **fields})


CALLERS = (DEFINITION, MUTATING, VALIDATING)


@dataclass(frozen=True)
class Cluster:
    """What securing looks at, and what there is after its answer was applied."""

    live: Mapping[ObjectRef, Manifest] = field(default_factory=dict)
    now: datetime = START
    next_due: datetime | None = None

    def secured(
        self,
        now: datetime | None = None,
        certificate: Certificate | None = None,
        served: Collection[Api] = (),
    ) -> Cluster:
        now = now or self.now
        desired, next_due = secure(DESIRED, certificate or asking(), self.live, served, now)
        return Cluster({ObjectRef.of(m): m for m in desired.objects}, now, next_due)

    def without(self, *refs: ObjectRef) -> Cluster:
        return Cluster({k: v for k, v in self.live.items() if k not in refs}, self.now)

    def edited(self, ref: ObjectRef, **contents: str) -> Cluster:
        """Change what a Secret holds; underscores stand for dots."""
        changed = {key.replace("_", "."): value for key, value in contents.items()}
        secret = {**self.live[ref], "data": {**self.live[ref]["data"], **changed}}
        return Cluster({**self.live, ref: secret}, self.now)

    def contents(self, ref: ObjectRef = SERVING) -> dict[str, str]:
        return dict(self.live[ref]["data"])

    def certificate(self, ref: ObjectRef = SERVING) -> x509.Certificate:
        return x509.load_pem_x509_certificate(b64decode(self.contents(ref)["tls.crt"]))

    @property
    def bundle(self) -> list[x509.Certificate]:
        return x509.load_pem_x509_certificates(b64decode(self.contents()["ca.crt"]))

    @property
    def bundles(self) -> set[str | None]:
        """What callers trust, of all that calls the Service."""
        return {client_config(self.live[ObjectRef.of(m)]).get("caBundle") for m in CALLERS}


def client_config(manifest: Manifest) -> Mapping[str, Any]:
    if manifest["kind"] == "CustomResourceDefinition":
        found: Mapping[str, Any] = manifest["spec"]["conversion"]["webhook"]["clientConfig"]
        return found
    first: Mapping[str, Any] = manifest["webhooks"][0]["clientConfig"]
    return first


def trusts(bundle: Sequence[x509.Certificate], leaf: x509.Certificate, now: datetime) -> bool:
    """Tell whether a client with this bundle accepts the certificate of the Service at a time."""
    verifier = PolicyBuilder().store(Store(list(bundle))).time(now)
    try:
        verifier.build_server_verifier(x509.DNSName("hooks.ns.svc")).verify(leaf, [])
    except VerificationError:
        return False
    return True
