"""Certificates that others issue: what to ask service-ca and cert-manager for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rhoai_operator.core.certificates import Certificate, Issuer, dns_names, secret_refs
from rhoai_operator.core.objects import Manifest
from rhoai_operator.reconcile.certificates.placing import Issue

AUTHORITY_HOURS = 10 * 365 * 24
"""cert-manager renews the authority after two thirds of this."""

_KEY = {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"}


def by_others(issuer: Issuer, certificate: Certificate, service: Manifest) -> Issue:
    """Return what to ask an issuer for, which is not ourselves."""
    if issuer is Issuer.SERVICE_CA:
        return _by_service_ca(certificate)
    return _by_cert_manager(certificate, service)


def _by_service_ca(certificate: Certificate) -> Issue:
    """Ask OpenShift's service-ca, which makes the Secret and injects its bundle."""
    return Issue(
        on_service={"service.beta.openshift.io/serving-cert-secret-name": certificate.secret},
        on_webhooks={"service.beta.openshift.io/inject-cabundle": "true"},
    )


def _by_cert_manager(certificate: Certificate, service: Manifest) -> Issue:
    """Ask cert-manager for an authority that lasts, and for a certificate that it signs.

    A certificate that signs itself would be one object less, but every renewal would leave the
    API server without trust until pods have read the new one.
    """
    serving, authority = (ref.name for ref in secret_refs(service, certificate))
    namespace = service["metadata"]["namespace"]
    objects = (
        _object("Issuer", serving, {"selfSigned": {}}),
        _certificate(
            authority,
            issuer=serving,
            isCA=True,
            commonName=f"{service['metadata']['name']} authority"[:64],
            duration=f"{AUTHORITY_HOURS}h0m0s",
        ),
        _object("Issuer", authority, {"ca": {"secretName": authority}}),
        _certificate(
            serving,
            issuer=authority,
            dnsNames=list(dns_names(service)),
            usages=["digital signature", "server auth"],
        ),
    )
    return Issue(objects, on_webhooks={"cert-manager.io/inject-ca-from": f"{namespace}/{serving}"})


def _certificate(name: str, *, issuer: str, **fields: Any) -> Manifest:  # noqa: ANN401 - JSON
    reference = {"group": "cert-manager.io", "kind": "Issuer", "name": issuer}
    common = {"secretName": name, "issuerRef": reference, "privateKey": _KEY}
    return _object("Certificate", name, {**common, **fields})


def _object(kind: str, name: str, spec: Mapping[str, Any]) -> Manifest:
    metadata = {"name": name}
    return {"apiVersion": "cert-manager.io/v1", "kind": kind, "metadata": metadata, "spec": spec}
