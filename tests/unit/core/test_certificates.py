from __future__ import annotations

import pytest

from rhoai_operator.core.certificates import (
    Certificate,
    DependencyMissing,
    Issuer,
    choose_issuer,
    dns_names,
    kept_in,
)
from rhoai_operator.core.desired import DesiredState
from tests.manifests import an

SERVICE_CA = ("operator.openshift.io", "v1", "ServiceCA")
CERT_MANAGER = ("cert-manager.io", "v1", "Certificate")
DESIRED = DesiredState((an("Deployment", "hooks"), an("Service", "hooks")))


@pytest.mark.parametrize(
    ("asked", "served", "issuer"),
    [
        (Issuer.AUTO, [], Issuer.SELF),
        (Issuer.AUTO, [CERT_MANAGER], Issuer.SELF),
        (Issuer.AUTO, [SERVICE_CA, CERT_MANAGER], Issuer.SERVICE_CA),
        (Issuer.SELF, [SERVICE_CA, CERT_MANAGER], Issuer.SELF),
        (Issuer.CERT_MANAGER, [SERVICE_CA, CERT_MANAGER], Issuer.CERT_MANAGER),
        (Issuer.SERVICE_CA, [SERVICE_CA], Issuer.SERVICE_CA),
    ],
)
def test_who_issues(asked: Issuer, served: list[tuple[str, str, str]], issuer: Issuer) -> None:
    assert choose_issuer(Certificate("hooks", "tls", asked), served) is issuer


def test_an_issuer_that_is_missing_is_explained() -> None:
    certificate = Certificate("hooks", "tls", Issuer.CERT_MANAGER)
    with pytest.raises(DependencyMissing) as error:
        choose_issuer(certificate, [SERVICE_CA])
    assert str(error.value) == (
        "Service hooks has its certificate from cert-manager, and this cluster does not serve "
        "Certificate.v1.cert-manager.io; install cert-manager"
    )


def test_names_of_a_service() -> None:
    names = ("hooks.ns.svc", "hooks.ns.svc.cluster.local", "hooks.ns")
    assert dns_names(an("Service", "hooks")) == names


@pytest.mark.parametrize(
    ("certificate", "refs"),
    [
        pytest.param(Certificate("hooks", "tls"), ["tls", "tls-ca"], id="ours"),
        pytest.param(Certificate("other", "tls"), [], id="not-rendered"),
        pytest.param(Certificate("hooks", "tls", Issuer.CERT_MANAGER), [], id="another-issuer"),
    ],
)
def test_what_has_to_be_looked_at(certificate: Certificate, refs: list[str]) -> None:
    found = kept_in(DESIRED, certificate, [CERT_MANAGER])
    assert [str(ref) for ref in found] == [f"Secret ns/{name}" for name in refs]
