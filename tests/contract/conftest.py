from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rhoai_operator.cluster.kubernetes import KubernetesCluster, connect
from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.objects import ObjectRef
from tests.fakes.cluster import FakeCluster


@pytest.fixture(params=["fake", "real"])
def kubeconfig(request: pytest.FixtureRequest) -> Path | None:
    if request.param == "fake":
        return None
    found: Path = request.getfixturevalue("control_plane").kubeconfig
    return found


@dataclass
class Lease:
    """Whether the cluster under test may be written to."""

    held: bool = True


@pytest.fixture
def lease() -> Lease:
    return Lease()


@pytest.fixture
async def cluster(
    kubeconfig: Path | None, lease: Lease
) -> AsyncIterator[FakeCluster | KubernetesCluster]:
    def may_write() -> bool:
        return lease.held

    if kubeconfig is None:
        yield FakeCluster(may_write=may_write)
        return
    real = await connect(kubeconfig=kubeconfig, may_write=may_write)
    yield real
    await real.close()


@pytest.fixture
async def namespace(cluster: Cluster, lease: Lease) -> AsyncIterator[str]:
    name = f"contract-{uuid.uuid4().hex[:8]}"
    made = await cluster.create(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    )
    assert made
    yield name
    lease.held = True
    await cluster.delete(ObjectRef.of(made), uid=made["metadata"]["uid"])
