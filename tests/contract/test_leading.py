"""Who may not write does not, by the real adapter and by the fake."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest

from rhoai_operator.cluster.errors import NotLeading
from rhoai_operator.cluster.kubernetes import KubernetesCluster
from rhoai_operator.cluster.port import Cluster, Selection
from rhoai_operator.core.objects import Manifest, ObjectRef
from tests.contract.conftest import Lease
from tests.contract.objects import CONFIG_MAP, config_map
from tests.fakes.cluster import FakeCluster

Write: TypeAlias = Callable[[Cluster, Manifest], Awaitable[object]]


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda c, live: c.apply(config_map(ns(live), value="2")), id="apply"),
        pytest.param(lambda c, live: c.create(config_map(ns(live), "new")), id="create"),
        pytest.param(lambda c, live: c.patch(ObjectRef.of(live), {"data": {}}), id="patch"),
        pytest.param(
            lambda c, live: c.delete(ObjectRef.of(live), uid=live["metadata"]["uid"]), id="delete"
        ),
    ],
)
async def test_nothing_is_written_without_the_lease(
    cluster: Cluster, namespace: str, lease: Lease, write: Write
) -> None:
    live = (await cluster.apply(config_map(namespace))).live
    lease.held = False

    for view in (cluster, cluster.on_behalf_of("web")):
        with pytest.raises(NotLeading):
            await write(view, live)

    selection = Selection(CONFIG_MAP, namespace, fields="metadata.name!=kube-root-ca.crt")
    assert (await cluster.list(selection)).items == (live,)


async def test_the_lease_itself_is_written(
    cluster: FakeCluster | KubernetesCluster, namespace: str, lease: Lease
) -> None:
    lease.held = False

    made = await cluster.ungated().create(config_map(namespace))

    assert made
    assert await cluster.get(ObjectRef.of(made)) == made


def ns(live: Manifest) -> str:
    return str(live["metadata"]["namespace"])
