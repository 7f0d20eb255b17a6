from __future__ import annotations

import asyncio

import pytest

from rhoai_operator.cluster.errors import Forbidden
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.tls import INTERMEDIATE, Profile, of_cluster
from rhoai_operator.engine.tls_profile import API_SERVER, follow_profile
from tests.fakes.cluster import KINDS, FakeCluster
from tests.virtual_time import virtual_time

EVERY = 600.0
SPEC = {"tlsSecurityProfile": {"type": "Modern", "modern": {}}}
LIVE = {
    "apiVersion": "config.openshift.io/v1",
    "kind": "APIServer",
    "metadata": {"name": "cluster"},
}


def openshift(**more: object) -> FakeCluster:
    return FakeCluster({**LIVE, **more}, kinds=KINDS | {API_SERVER})


async def followed(cluster: FakeCluster, seconds: float) -> list[Profile]:
    """Return what was handed on in this time."""
    found: list[Profile] = []
    following = asyncio.create_task(follow_profile(cluster, found.append, EVERY))
    await asyncio.wait([following], timeout=seconds)
    following.cancel()
    return found


@pytest.mark.parametrize(
    ("cluster", "profiles"),
    [
        pytest.param(openshift(spec=SPEC), [of_cluster(SPEC)], id="chosen"),
        pytest.param(openshift(), [INTERMEDIATE], id="nothing-chosen"),
        pytest.param(FakeCluster(kinds=KINDS | {API_SERVER}), [], id="absent"),
    ],
)
@virtual_time
async def test_the_profile_is_the_clusters(cluster: FakeCluster, profiles: list[Profile]) -> None:
    assert await followed(cluster, 1.0) == profiles


@virtual_time
async def test_it_is_looked_at_again_after_a_while() -> None:
    assert await followed(openshift(spec=SPEC), 2 * EVERY + 1) == [of_cluster(SPEC)] * 3


@virtual_time
async def test_off_openshift_nothing_is_asked_for() -> None:
    cluster = FakeCluster()
    await follow_profile(cluster, lambda _: None, EVERY)
    assert cluster.calls == []


@virtual_time
async def test_what_cannot_be_read_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    cluster = openshift(spec=SPEC)
    cluster.failing["get", ObjectRef.of(LIVE)] = Forbidden("not allowed")
    assert await followed(cluster, 2 * EVERY) == []
    assert caplog.messages == [
        "cannot read the TLS profile of APIServer cluster: not allowed; it stays as it was"
    ]
