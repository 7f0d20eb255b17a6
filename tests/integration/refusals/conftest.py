from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from rhoai_operator.cluster.kubernetes import KubernetesCluster, connect
from rhoai_operator.core.objects import Manifest, ObjectRef
from tests.cluster import ControlPlane
from tests.integration.refusals.steps import Make, an


@pytest.fixture
async def cluster(control_plane: ControlPlane) -> AsyncIterator[KubernetesCluster]:
    real = await connect(kubeconfig=control_plane.kubeconfig)
    yield real
    await real.close()


@pytest.fixture
async def make(cluster: KubernetesCluster) -> AsyncIterator[Make]:
    """Make an object that goes after the test."""
    made: list[Manifest] = []

    async def make(manifest: Manifest) -> Manifest:
        made.append((await cluster.apply(manifest)).live)
        return made[-1]

    yield make
    for live in reversed(made):
        await cluster.delete(ObjectRef.of(live), uid=live["metadata"]["uid"])


@pytest.fixture
async def namespace(make: Make) -> str:
    name = f"refusals-{uuid.uuid4().hex[:8]}"
    await make(an("Namespace", name))
    return name
