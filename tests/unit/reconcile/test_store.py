from __future__ import annotations

from rhoai_operator.core.inventory import Inventory, Record
from rhoai_operator.core.objects import ObjectRef
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
