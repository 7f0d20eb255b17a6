from __future__ import annotations

import json
from typing import Any

import pytest

from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.core.inventory import Inventory, Record
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.reconcile import store as module
from rhoai_operator.reconcile.store import LABEL, ConfigMapStore
from tests.fakes.cluster import FakeCluster
from tests.manifests import an

NAMESPACE = "operators"
OWNED = Inventory(
    {
        ObjectRef.of(an("Deployment")): Record("digest", "generation 3"),
        ObjectRef.of(an("ClusterRole")): Record(),
    }
)


def config_map(component: str) -> ObjectRef:
    return ObjectRef("", "ConfigMap", NAMESPACE, f"rhoai-inventory-{component}", "v1")


def many(count: int) -> Inventory:
    return Inventory.of(ObjectRef.of(an("ConfigMap", f"n{number}")) for number in range(count))


def stored(cluster: FakeCluster) -> dict[str, int]:
    """How many rows each ConfigMap has."""
    found = (cluster.now({"apiVersion": "v1", "kind": r.kind, "metadata": {
        "name": r.name, "namespace": r.namespace}}) for r in cluster.refs)  # fmt: skip
    return {live["metadata"]["name"]: len(json.loads(live["data"]["objects"])) for live in found}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """ConfigMaps hold a few rows only."""
    monkeypatch.setattr(module, "SHARD_BYTES", 600)


async def test_what_is_saved_is_there_after_a_restart() -> None:
    cluster = FakeCluster()
    await ConfigMapStore(cluster, NAMESPACE).save("web", OWNED)

    restarted = ConfigMapStore(cluster, NAMESPACE)

    found = await restarted.load("web")
    assert found == OWNED
    assert {ref.version for ref in found.records} == {"v1"}
    assert await restarted.load("other") == Inventory()


async def test_nothing_can_take_it_away_before_what_it_lists() -> None:
    cluster = FakeCluster()
    await ConfigMapStore(cluster, NAMESPACE).save("web", OWNED)

    live = await cluster.get(config_map("web"))

    assert live
    assert live["metadata"]["labels"] == {LABEL: "web"}
    assert "ownerReferences" not in live["metadata"]


async def test_an_empty_inventory_leaves_nothing_behind() -> None:
    cluster = FakeCluster()
    store = ConfigMapStore(cluster, NAMESPACE)
    await store.save("web", OWNED)
    await store.save("other", OWNED)

    await store.save("web", Inventory())

    assert cluster.refs == {config_map("other")}
    assert await store.load("web") == Inventory()


async def test_reading_and_saving_what_is_equal_costs_nothing() -> None:
    cluster = FakeCluster()
    store = ConfigMapStore(cluster, NAMESPACE)
    await store.save("web", OWNED)
    cluster.calls.clear()

    await store.save("web", Inventory(dict(OWNED.records)))
    await store.save("unknown", Inventory())
    await store.load("web")

    assert cluster.calls == []


async def test_one_that_is_too_large_is_split_and_put_together_again(small: None) -> None:
    cluster = FakeCluster()
    store = ConfigMapStore(cluster, NAMESPACE)

    await store.save("web", many(20))
    parts = stored(cluster)
    assert set(parts) == {"rhoai-inventory-web", *(f"rhoai-inventory-web-{n}" for n in (1, 2, 3))}
    assert sum(parts.values()) == 20
    assert await ConfigMapStore(cluster, NAMESPACE).load("web") == many(20)

    await store.save("web", many(2))
    assert stored(cluster) == {"rhoai-inventory-web": 2}
    await store.save("web", Inventory())
    assert cluster.refs == set()


async def test_a_real_one_of_thousands_of_objects_fits() -> None:
    cluster = FakeCluster()
    long = Record("0" * 16, f"12-{'0' * 16}")
    records = {ObjectRef.of(an("ConfigMap", f"{n:0>60}")): long for n in range(5000)}

    await ConfigMapStore(cluster, NAMESPACE).save("web", Inventory(records))

    found = [await cluster.get(ref) for ref in cluster.refs]
    sizes = [len(live["data"]["objects"]) for live in found if live]
    assert len(sizes) > 1
    assert max(sizes) <= module.SHARD_BYTES
    assert await ConfigMapStore(cluster, NAMESPACE).load("web") == Inventory(records)


async def test_parts_of_one_that_was_being_made_smaller_do_not_stay(small: None) -> None:
    cluster = FakeCluster()
    await ConfigMapStore(cluster, NAMESPACE).save("web", many(20))
    cluster.remove(an("ConfigMap", "rhoai-inventory-web-2", metadata={"namespace": NAMESPACE}))
    restarted = ConfigMapStore(cluster, NAMESPACE)
    await restarted.read()

    await restarted.save("web", many(1))

    assert stored(cluster) == {"rhoai-inventory-web": 1}


async def test_what_could_not_be_written_is_written_next_time() -> None:
    cluster = FakeCluster()
    store = ConfigMapStore(cluster, NAMESPACE)
    await store.save("web", many(1))
    cluster.failing["apply", config_map("web")] = Unavailable("no answer")
    with pytest.raises(Unavailable):
        await store.save("web", many(2))
    assert await store.load("web") == many(2)
    cluster.failing.clear()

    await store.save("web", many(1))
    cluster.calls.clear()
    await store.save("web", many(1))

    assert stored(cluster) == {"rhoai-inventory-web": 1}
    assert cluster.calls == []


@pytest.mark.parametrize(
    "inventory", [pytest.param(many(20), id="as-it-was"), pytest.param(Inventory(), id="empty")]
)
async def test_one_of_which_a_part_was_deleted_is_written_again(
    small: None, inventory: Inventory
) -> None:
    cluster = FakeCluster()
    store = ConfigMapStore(cluster, NAMESPACE)
    await store.save("web", many(20))
    cluster.remove(an("ConfigMap", "rhoai-inventory-web-1", metadata={"namespace": NAMESPACE}))

    store.forget("web")
    assert await store.load("web") == many(20)
    await store.save("web", inventory)

    assert sum(stored(cluster).values()) == len(inventory.records)
    assert await ConfigMapStore(cluster, NAMESPACE).load("web") == inventory


async def test_what_is_remembered_is_known_and_not_written() -> None:
    cluster = FakeCluster()
    store = ConfigMapStore(cluster, NAMESPACE)
    await store.save("web", OWNED)
    cluster.calls.clear()

    store.remember("web", many(1))

    assert await store.load("web") == store.known()["web"] == many(1)
    assert cluster.calls == []


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"data": {"objects": "[{"}}, id="not-json"),
        pytest.param({"data": {"objects": '["text"]'}}, id="other-rows"),
        pytest.param({"data": {"objects": '[{"kind": "ConfigMap"}]'}}, id="half-a-row"),
        pytest.param({"data": {}}, id="no-objects"),
        pytest.param({}, id="no-data"),
    ],
)
async def test_one_that_cannot_be_read_is_lost_and_written_again(
    data: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    cluster = FakeCluster()
    await ConfigMapStore(cluster, NAMESPACE).save("other", OWNED)
    labels = {"namespace": NAMESPACE, "labels": {LABEL: "web"}}
    cluster.put(an("ConfigMap", "rhoai-inventory-web", metadata=labels, **data))
    store = ConfigMapStore(cluster, NAMESPACE)

    assert await store.load("web") == Inventory()
    assert await store.load("other") == OWNED
    assert any("rhoai-inventory-web is no inventory" in message for message in caplog.messages)

    await store.save("web", Inventory())
    assert cluster.refs == {config_map("other")}


async def test_copies_under_other_names_are_nobodys() -> None:
    cluster = FakeCluster()
    await ConfigMapStore(cluster, NAMESPACE).save("web", many(1))
    labels = {"namespace": NAMESPACE, "labels": {LABEL: "web"}}
    for name in (
        "copy",
        "rhoai-inventory-web-copy",
        "rhoai-inventory-webx",
        "rhoai-inventory-web-0",
    ):
        data = {"objects": json.dumps([{"apiVersion": "v1", "kind": "Secret", "name": "x"}])}
        cluster.put(an("ConfigMap", name, metadata=labels, data=data))

    assert await ConfigMapStore(cluster, NAMESPACE).load("web") == many(1)


async def test_the_namespace_is_made_when_there_is_none() -> None:
    cluster = FakeCluster(namespaces=("default",))
    store = ConfigMapStore(cluster, NAMESPACE)
    assert not store.is_read

    await store.save("web", OWNED)

    assert store.is_read
    assert await cluster.get(ObjectRef("", "Namespace", "", NAMESPACE, "v1"))
    assert [verb for verb, _ in cluster.calls].count("list") == 1
