from __future__ import annotations

import pytest

from rhoai_operator.cluster.errors import Forbidden
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.tls import INTERMEDIATE, Profile, of_cluster
from rhoai_operator.engine.tls_profile import API_SERVER, read_profile
from tests.fakes.cluster import KINDS, FakeCluster

SPEC = {"tlsSecurityProfile": {"type": "Modern", "modern": {}}}
LIVE = {
    "apiVersion": "config.openshift.io/v1",
    "kind": "APIServer",
    "metadata": {"name": "cluster"},
}


def openshift(**more: object) -> FakeCluster:
    return FakeCluster({**LIVE, **more}, kinds=KINDS | {API_SERVER})


@pytest.mark.parametrize(
    ("cluster", "profile"),
    [
        pytest.param(openshift(spec=SPEC), of_cluster(SPEC), id="chosen"),
        pytest.param(openshift(), INTERMEDIATE, id="nothing-chosen"),
        pytest.param(FakeCluster(), None, id="not-served"),
        pytest.param(FakeCluster(kinds=KINDS | {API_SERVER}), None, id="absent"),
    ],
)
async def test_the_profile_is_the_clusters(cluster: FakeCluster, profile: Profile | None) -> None:
    assert await read_profile(cluster) == profile


async def test_what_cannot_be_read_is_said(caplog: pytest.LogCaptureFixture) -> None:
    cluster = openshift(spec=SPEC)
    cluster.failing["get", ObjectRef.of(LIVE)] = Forbidden("not allowed")
    assert await read_profile(cluster) is None
    assert caplog.messages == [
        "cannot read the TLS profile of APIServer cluster: not allowed; it stays as it was"
    ]
