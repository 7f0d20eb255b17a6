"""What the port promises of watches, by the real adapter and by the fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from rhoai_operator.cluster.errors import Gone, KindNotServed
from rhoai_operator.cluster.port import Cluster, WatchEvent
from rhoai_operator.core.objects import ObjectRef
from tests.contract.objects import CONFIG_MAP, UNKNOWN, config_map, version
from tests.fakes.cluster import FakeCluster

SECONDS = 15.0


async def follow(cluster: Cluster, since: str, labels: str) -> AsyncIterator[WatchEvent]:
    """Watch ConfigMaps, without bookmarks, until nothing comes for too long."""
    async with asyncio.timeout(SECONDS):
        async for event in cluster.watch(CONFIG_MAP, since=since, labels=labels):
            if event.type != "BOOKMARK":
                yield event


async def first(events: AsyncIterator[WatchEvent]) -> WatchEvent:
    async for event in events:
        return event
    raise AssertionError("the watch ended without an event")


class TestWatch:
    async def test_what_happens_after_a_list(self, cluster: Cluster, namespace: str) -> None:
        labels = {"watch": namespace}
        since = (await cluster.list(CONFIG_MAP)).resource_version
        await cluster.apply(config_map(namespace, "other"))
        live = (await cluster.apply(config_map(namespace, labels=labels))).live
        await cluster.apply(config_map(namespace, labels=labels, value="2"))

        types, versions = [], []
        async for event in follow(cluster, since, f"watch={namespace}"):
            types.append(event.type)
            versions.append(int(version(event.object)))
            if event.type == "MODIFIED":
                await cluster.delete(ObjectRef.of(live), uid=live["metadata"]["uid"])
            if event.type == "DELETED":
                break

        assert types == ["ADDED", "MODIFIED", "DELETED"]
        assert versions == sorted(set(versions))

    async def test_losing_the_label_is_a_deletion(self, cluster: Cluster, namespace: str) -> None:
        live = (await cluster.apply(config_map(namespace, labels={"watch": namespace}))).live
        await cluster.apply(config_map(namespace))

        event = await first(follow(cluster, version(live), f"watch={namespace}"))

        assert event.type == "DELETED"

    async def test_a_bookmark_tells_nothing_but_its_version(self) -> None:
        """Real servers send one about every minute."""
        fake = FakeCluster()
        since = (await fake.list(CONFIG_MAP)).resource_version
        version = fake.bookmark()

        event = await first(fake.watch(CONFIG_MAP, since=since))

        assert (event.type, event.object["metadata"]) == ("BOOKMARK", {"resourceVersion": version})

    async def test_too_old(self, cluster: Cluster) -> None:
        try:
            await first(follow(cluster, "1", ""))
        except Gone:
            return
        if isinstance(cluster, FakeCluster):
            pytest.fail("resumed from a version that is long gone")
        pytest.skip("this API server is so young that it remembers all versions")

    async def test_kind_not_served(self, cluster: Cluster) -> None:
        with pytest.raises(KindNotServed):
            await first(cluster.watch(UNKNOWN, since="1"))
