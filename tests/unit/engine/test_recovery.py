from __future__ import annotations

import asyncio

import pytest

from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.engine.recovery import Recovery
from rhoai_operator.reconcile.store import ConfigMapStore
from tests.fakes.cluster import FakeCluster
from tests.manifests import an
from tests.wait import until

KIND = Kind("", "v1", "ConfigMap")
PART_OF = {"app.kubernetes.io/part-of": "web"}
OURS = an("ConfigMap", "ours", metadata={
    "labels": {**PART_OF, "app.kubernetes.io/managed-by": "rhoai-operator"}
})  # fmt: skip
LEGACY = an("ConfigMap", "legacy", metadata={"labels": PART_OF})


async def test_it_goes_on_as_soon_as_the_api_server_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rhoai_operator.engine.recovery.PAUSE", 0.01)
    cluster = FakeCluster(OURS, LEGACY, namespaces=("ns", "operator"))
    cluster.failing["list", KIND] = Unavailable("no answer")
    store = ConfigMapStore(cluster, "operator")
    recovery = Recovery(cluster, store, {"web": "web"})
    running = asyncio.create_task(recovery.run(lambda: frozenset({KIND})))
    await until(lambda: ("list", KIND) in cluster.calls, 5, "it asks")
    assert not running.done()

    cluster.failing.clear()
    await asyncio.wait_for(recovery.done(), 5)

    assert store.known()["web"].records.keys() == {ObjectRef.of(OURS)}
    assert recovery.legacy == {ObjectRef.of(LEGACY)}
