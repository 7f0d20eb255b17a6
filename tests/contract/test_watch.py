"""What the port promises of watches, by the real adapter and by the fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import replace
from typing import cast

import pytest

from rhoai_operator.cluster.errors import Gone, KindNotServed
from rhoai_operator.cluster.port import Cluster, Selection, WatchEvent
from rhoai_operator.core.objects import ObjectRef
from tests.contract.objects import CONFIG_MAP, UNKNOWN, config_map, version
from tests.fakes.cluster import FakeCluster

SECONDS = 15.0
BRIEFLY = pytest.mark.parametrize("brief", [False, True], ids=["whole", "brief"])


async def follow(cluster: Cluster, since: str, selection: Selection) -> AsyncIterator[WatchEvent]:
    """Watch, without bookmarks, until nothing comes for too long."""
    async with asyncio.timeout(SECONDS), closing(cluster.watch(selection, since=since)) as events:
        async for event in events:
            if event.type != "BOOKMARK":
                yield event


def closing(
    events: AsyncIterator[WatchEvent],
) -> AbstractAsyncContextManager[AsyncIterator[WatchEvent]]:
    """Close a watch, and its connection, at once instead of some time later."""
    return aclosing(cast("AsyncGenerator[WatchEvent]", events))


def labelled(namespace: str) -> Selection:
    return Selection(CONFIG_MAP, labels=f"watch={namespace}")


async def first(events: AsyncIterator[WatchEvent]) -> WatchEvent:
    async with closing(events):
        async for event in events:
            return event
    raise AssertionError("the watch ended without an event")


class TestWatch:
    async def test_what_happens_after_a_list(self, cluster: Cluster, namespace: str) -> None:
        labels = {"watch": namespace}
        since = (await cluster.list(Selection(CONFIG_MAP))).resource_version
        await cluster.apply(config_map(namespace, "other"))
        live = (await cluster.apply(config_map(namespace, labels=labels))).live
        await cluster.apply(config_map(namespace, labels=labels, value="2"))

        types, versions = [], []
        async with closing(follow(cluster, since, labelled(namespace))) as events:
            async for event in events:
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

        event = await first(follow(cluster, version(live), labelled(namespace)))

        assert event.type == "DELETED"

    @pytest.mark.parametrize(
        "selection",
        [
            pytest.param(Selection(CONFIG_MAP, "{}"), id="namespace"),
            pytest.param(
                Selection(CONFIG_MAP, fields="metadata.namespace={},metadata.name=x"), id="fields"
            ),
        ],
    )
    async def test_only_what_is_selected(
        self, cluster: Cluster, namespace: str, selection: Selection
    ) -> None:
        here = replace(
            selection,
            namespace=selection.namespace.format(namespace),
            fields=selection.fields.format(namespace),
            labels="watched",
        )
        since = (await cluster.list(here)).resource_version
        name, labels = f"w-{namespace}", {"watched": ""}
        elsewhere = (await cluster.apply(config_map("default", name, labels=labels))).live
        await cluster.delete(ObjectRef.of(elsewhere), uid=elsewhere["metadata"]["uid"])
        live = (await cluster.apply(config_map(namespace, labels=labels))).live

        event = await first(follow(cluster, since, here))

        assert event == WatchEvent("ADDED", live)

    async def test_brief_tells_identity_and_metadata(
        self, cluster: Cluster, namespace: str
    ) -> None:
        since = (await cluster.list(Selection(CONFIG_MAP))).resource_version
        wanted = config_map(
            namespace, labels={"watch": namespace, "empty": ""}, annotations={"note": "ö" * 100}
        )
        live = (await cluster.apply(wanted)).live
        await cluster.delete(ObjectRef.of(live), uid=live["metadata"]["uid"])

        told = []
        selection = replace(labelled(namespace), brief=True)
        async with closing(follow(cluster, since, selection)) as events:
            async for event in events:
                told.append(event.object)
                if event.type == "DELETED":
                    break

        made, gone = told
        assert made == {key: live[key] for key in ("apiVersion", "kind", "metadata")}
        assert gone.keys() == made.keys()
        assert gone["metadata"]["uid"] == live["metadata"]["uid"]

    @BRIEFLY
    async def test_a_bookmark_tells_nothing_but_its_version(self, brief: bool) -> None:
        """Real servers send one about every minute."""
        fake = FakeCluster()
        since = (await fake.list(Selection(CONFIG_MAP))).resource_version
        version = fake.bookmark()

        event = await first(fake.watch(Selection(CONFIG_MAP, brief=brief), since=since))

        identity = {"apiVersion": "v1", "kind": "ConfigMap"}
        assert event.type == "BOOKMARK"
        assert event.object == {**identity, "metadata": {"resourceVersion": version}}

    @BRIEFLY
    async def test_too_old(self, cluster: Cluster, brief: bool) -> None:
        try:
            await first(follow(cluster, "1", Selection(CONFIG_MAP, brief=brief)))
        except Gone:
            return
        if isinstance(cluster, FakeCluster):
            pytest.fail("resumed from a version that is long gone")
        pytest.skip("this API server is so young that it remembers all versions")

    async def test_kind_not_served(self, cluster: Cluster) -> None:
        with pytest.raises(KindNotServed):
            await first(cluster.watch(Selection(UNKNOWN), since="1"))
