"""What certificates come to, as far as it can be told without a cluster. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

from rhoai_operator.core.certificates import (
    EVERY_ISSUER,
    Certificate,
    Issuer,
    choose_issuer,
    secret_refs,
    service_of,
)
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.hidden import GENERATED
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.reconcile.certificates.others import by_others
from rhoai_operator.reconcile.certificates.placing import Issue, place


def preview(desired: DesiredState, certificates: Iterable[Certificate]) -> DesiredState:
    """Return what a cluster would get that has every issuer, with marks in place of our keys.

    Raises:
        InvalidCertificate: what the component says does not fit what it renders.
    """
    for certificate in certificates:
        if service := service_of(desired, certificate):
            desired = place(desired, certificate, service, _issue(certificate, service))
    return desired


def _issue(certificate: Certificate, service: Manifest) -> Issue:
    issuer = choose_issuer(certificate, EVERY_ISSUER)
    if issuer is not Issuer.SELF:
        return by_others(issuer, certificate, service)
    bundle = b64encode(GENERATED.encode()).decode()
    return Issue(tuple(map(_mark, secret_refs(service, certificate))), bundle=bundle)


def _mark(ref: ObjectRef) -> Manifest:
    return {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "metadata": {"name": ref.name},
        "type": "kubernetes.io/tls",
        "stringData": dict.fromkeys(("ca.crt", "tls.crt", "tls.key"), GENERATED),
    }
