"""Serving certificates of Services: what a component asks for, and who issues them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias

from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.objects import Manifest, ObjectRef

Api: TypeAlias = tuple[str, str, str]
"""Group, version and kind."""


AUTHORITY_SUFFIX = "-ca"
"""What the name of a certificate's Secret has more where its authority is kept."""


class DependencyMissing(OperatorError):
    """The issuer that is asked for does not exist on this cluster."""


class InvalidCertificate(OperatorError):
    """What a component says of a certificate does not fit what it renders."""


class Issuer(StrEnum):
    """Who makes a certificate and keeps it valid.

    ``auto`` is service-ca where there is one, else the operator itself.
    """

    AUTO = "auto"
    SERVICE_CA = "service-ca"
    CERT_MANAGER = "cert-manager"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A Service of the component that speaks TLS.

    Attributes:
        service: its name.
        secret: name of the Secret that its pods mount: ``tls.crt`` and ``tls.key``.
        webhooks: kind and name of each object that lets the API server call the Service:
            webhook configurations, and definitions with a conversion webhook.
        validity: of certificates that we make ourselves.
    """

    service: str
    secret: str
    issuer: Issuer = Issuer.AUTO
    webhooks: frozenset[tuple[str, str]] = frozenset()
    validity: timedelta = timedelta(days=365)


NEEDED: Mapping[Issuer, Api] = {
    Issuer.SERVICE_CA: ("operator.openshift.io", "v1", "ServiceCA"),
    Issuer.CERT_MANAGER: ("cert-manager.io", "v1", "Certificate"),
}
"""What is served where there is such an issuer."""

EVERY_ISSUER = frozenset(NEEDED.values())

_OURS: frozenset[Api] = frozenset({("", "v1", "Secret")})
_CERT_MANAGERS: frozenset[Api] = frozenset({
    ("cert-manager.io", "v1", "Certificate"),
    ("cert-manager.io", "v1", "Issuer"),
})  # fmt: skip

_REMEDY = {
    Issuer.SERVICE_CA: "it exists on OpenShift only; elsewhere the issuer has to be another",
    Issuer.CERT_MANAGER: "install cert-manager",
}


def made_for(certificate: Certificate) -> frozenset[Api]:
    """Return the kinds of what may be added to the desired state for the sake of a certificate."""
    made = {Issuer.SERVICE_CA: frozenset[Api](), Issuer.CERT_MANAGER: _CERT_MANAGERS}
    return made.get(certificate.issuer, _OURS)


def choose_issuer(certificate: Certificate, served: Collection[Api]) -> Issuer:
    """Return who issues the certificate on a cluster that serves these kinds; never ``auto``.

    Raises:
        DependencyMissing: the component insists on an issuer that is not there.
    """
    if certificate.issuer is Issuer.AUTO:
        return Issuer.SERVICE_CA if NEEDED[Issuer.SERVICE_CA] in served else Issuer.SELF
    if certificate.issuer not in NEEDED or NEEDED[certificate.issuer] in served:
        return certificate.issuer
    group, version, kind = NEEDED[certificate.issuer]
    text = f"Service {certificate.service} has its certificate from {certificate.issuer.value}"
    missing = f"and this cluster does not serve {kind}.{version}.{group}"
    raise DependencyMissing(f"{text}, {missing}; {_REMEDY[certificate.issuer]}")


def service_of(desired: DesiredState, certificate: Certificate) -> Manifest | None:
    """Return the Service, None where neither it nor what calls it is rendered.

    Raises:
        InvalidCertificate: something calls it, and it is not there.
    """
    for manifest in desired.objects:
        ref = ObjectRef.of(manifest)
        if (ref.group, ref.kind, ref.name) == ("", "Service", certificate.service):
            return manifest
    for manifest in desired.objects:
        if (manifest["kind"], _name(manifest)) in certificate.webhooks:
            text = f"{ObjectRef.of(manifest)} calls Service {certificate.service}"
            raise InvalidCertificate(f"{text}, which no template renders; correct component.yaml")
    return None


def dns_names(service: Manifest) -> tuple[str, ...]:
    """Return the names under which pods and the API server reach a Service."""
    short = f"{_name(service)}.{service['metadata']['namespace']}"
    return (f"{short}.svc", f"{short}.svc.cluster.local", short)


def secret_refs(service: Manifest, certificate: Certificate) -> tuple[ObjectRef, ObjectRef]:
    """Return where the certificate is kept, and where the authority that signs it."""
    namespace = service["metadata"]["namespace"]
    serving = ObjectRef("", "Secret", namespace, certificate.secret, "v1")
    return serving, replace(serving, name=f"{certificate.secret}{AUTHORITY_SUFFIX}")


def kept_in(
    desired: DesiredState, certificate: Certificate, served: Collection[Api]
) -> tuple[ObjectRef, ...]:
    """Return the objects whose live state decides what is made; none if another issues.

    Raises:
        DependencyMissing, InvalidCertificate: as said above.
    """
    service = service_of(desired, certificate)
    if service is None or choose_issuer(certificate, served) is not Issuer.SELF:
        return ()
    return secret_refs(service, certificate)


def _name(manifest: Manifest) -> str:
    return str(manifest["metadata"]["name"])
