from __future__ import annotations

from datetime import timedelta

from rhoai_operator.core.desired import DesiredState
from rhoai_operator.reconcile.certificates.ends import ends
from tests.manifests import an
from tests.unit.reconcile.certificates.parts import AUTHORITY, SERVING, START, Cluster


def test_the_ends_of_the_certificates_that_were_placed() -> None:
    placed = Cluster().secured(START)
    found = ends(DesiredState(tuple(m for m in placed.live.values() if m)))
    year = START.replace(microsecond=0) + timedelta(days=365)
    assert found == {SERVING: year, AUTHORITY: START.replace(microsecond=0) + timedelta(5 * 365)}


def test_secrets_without_a_certificate_have_no_end() -> None:
    secrets = (an("Secret", "a", data={"tls.crt": "bm9uZQ=="}), an("Secret", "b", data={}))
    assert ends(DesiredState((*secrets, an("Secret", "c"), an("ConfigMap", "d")))) == {}
