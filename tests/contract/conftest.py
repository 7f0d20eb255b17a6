from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rhoai_operator.cluster.kubernetes import connect
from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.objects import ObjectRef
from tests.fakes.cluster import FakeCluster


@pytest.fixture(params=["fake", "real"])
def kubeconfig(request: pytest.FixtureRequest) -> Path | None:
    if request.param == "fake":
        return None
    found: Path = request.getfixturevalue("control_plane").kubeconfig
    return found


@pytest.fixture
async def cluster(kubeconfig: Path | None) -> AsyncIterator[Cluster]:
    if kubeconfig is None:
        yield FakeCluster()
        return
    real = await connect(kubeconfig=kubeconfig)
    yield real
    await real.close()


@pytest.fixture
async def namespace(cluster: Cluster) -> AsyncIterator[str]:
    name = f"contract-{uuid.uuid4().hex[:8]}"
    made = await cluster.create(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    )
    assert made
    yield name
    await cluster.delete(ObjectRef.of(made), uid=made["metadata"]["uid"])
