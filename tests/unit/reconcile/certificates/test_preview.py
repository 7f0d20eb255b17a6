from __future__ import annotations

from base64 import b64decode

import pytest

from rhoai_operator.core.certificates import Issuer
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.policies import Policies
from rhoai_operator.reconcile.preview import preview
from tests.manifests import an
from tests.unit.reconcile.certificates.parts import (
    AUTHORITY,
    CERT_MANAGER,
    DEFINITION,
    DESIRED,
    SERVICE_CA,
    SERVING,
    Cluster,
    asking,
    client_config,
)


def previewed(issuer: Issuer) -> DesiredState:
    return preview(DESIRED, Policies(certificates=(asking(issuer),)))


@pytest.mark.parametrize("issuer", [Issuer.AUTO, Issuer.SERVICE_CA, Issuer.CERT_MANAGER])
def test_what_others_issue_is_shown_as_on_a_cluster_with_every_issuer(issuer: Issuer) -> None:
    shown = {ObjectRef.of(m): m for m in previewed(issuer).objects}
    served = [SERVICE_CA, CERT_MANAGER]
    assert shown == Cluster().secured(certificate=asking(issuer), served=served).live


def test_what_we_make_is_marked() -> None:
    shown = {ObjectRef.of(m): m for m in previewed(Issuer.SELF).objects}
    for ref in (SERVING, AUTHORITY):
        assert set(shown[ref]["stringData"].values()) == {"<generated>"}
    bundle = client_config(shown[ObjectRef.of(DEFINITION)])["caBundle"]
    assert b64decode(bundle) == b"<generated>"
    assert shown.keys() == Cluster().secured().live.keys()


def test_a_service_that_is_not_rendered_is_passed_over() -> None:
    desired = DesiredState((an("Deployment"),))
    assert preview(desired, Policies(certificates=(asking(),))) == desired
