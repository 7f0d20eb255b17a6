"""An operator that dies while it writes an inventory in several parts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.cluster.port import Applied
from rhoai_operator.core.inventory import Inventory, Record
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.reconcile import store as module
from rhoai_operator.reconcile.store import ConfigMapStore
from tests.fakes.cluster import FakeCluster
from tests.manifests import an
from tests.quickly import quickly

NAMESPACE = "ns"


class Mortal(FakeCluster):
    """Takes so many writes, and none after that."""

    left = 0

    async def apply(self, manifest: Manifest, **how: Any) -> Applied:
        self._live()
        return await super().apply(manifest, **how)

    async def delete(self, ref: ObjectRef, *, uid: str) -> None:
        self._live()
        await super().delete(ref, uid=uid)

    def _live(self) -> None:
        if self.left == 0:
            raise Unavailable("no answer")
        self.left -= 1


async def save(store: ConfigMapStore, cluster: Mortal, inventory: Inventory, writes: int) -> bool:
    cluster.left = writes
    try:
        await store.save("web", inventory)
    except Unavailable:
        return False
    return True


NAMES = st.frozensets(st.integers(0, 40), max_size=30)
ONE = st.tuples(NAMES, st.integers(0, 8))


def inventory(numbers: frozenset[int], version: int = 0) -> Inventory:
    refs = (ObjectRef.of(an("ConfigMap", f"n{number}")) for number in numbers)
    return Inventory({ref: Record("digest", f"v{version}") for ref in refs})


@quickly
@given(NAMES, st.lists(ONE, min_size=1, max_size=5), st.booleans())
def test_a_crash_between_parts_loses_no_row(
    first: frozenset[int], then: list[tuple[frozenset[int], int]], restarts: bool
) -> None:
    """Rows that are in the old inventory and in the new one are there at any time."""

    async def story() -> None:
        cluster = Mortal(namespaces=(NAMESPACE,))
        store = ConfigMapStore(cluster, NAMESPACE)
        await save(store, cluster, inventory(first), 99)
        kept = set(inventory(first).records)
        for turn, (numbers, writes) in enumerate(then):
            wanted = inventory(numbers, turn)
            done = await save(store, cluster, wanted, writes)
            found = set((await ConfigMapStore(cluster, NAMESPACE).load("web")).records)
            kept &= set(wanted.records)
            assert kept <= found
            if done:
                assert found == set(wanted.records)
                kept = found
            if restarts:
                store = ConfigMapStore(cluster, NAMESPACE)
        last = inventory(frozenset({1}))
        assert await save(store, cluster, last, 99)
        assert await ConfigMapStore(cluster, NAMESPACE).load("web") == last
        assert {ref.name for ref in cluster.refs} == {"rhoai-inventory-web"}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SHARD_BYTES", 600)
        asyncio.run(story())


async def test_one_written_in_part_is_not_taken_for_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SHARD_BYTES", 600)
    cluster = Mortal(namespaces=(NAMESPACE,))
    store, old = ConfigMapStore(cluster, NAMESPACE), inventory(frozenset({1}))
    assert await save(store, cluster, old, 99)
    assert not await save(store, cluster, inventory(frozenset(range(20))), 2)
    assert len(cluster.refs) == 3

    assert await save(store, cluster, old, 99)

    assert {ref.name for ref in cluster.refs} == {"rhoai-inventory-web"}


@quickly
@given(st.dictionaries(st.text("abc", min_size=1, max_size=9), st.sampled_from("xy"), max_size=60))
def test_what_is_written_is_read(records: dict[str, str]) -> None:
    """However many parts it takes."""

    async def story() -> None:
        refs = {ObjectRef("g", "Kind", "", name, "v1"): Record(r, r) for name, r in records.items()}
        wanted, cluster = Inventory(refs), FakeCluster(namespaces=(NAMESPACE,))
        await ConfigMapStore(cluster, NAMESPACE).save("web", wanted)
        assert await ConfigMapStore(cluster, NAMESPACE).load("web") == wanted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SHARD_BYTES", 400)
        asyncio.run(story())
