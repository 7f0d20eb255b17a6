from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from rhoai_operator.cluster import failures
from rhoai_operator.cluster.access import Access
from rhoai_operator.cluster.client import LARGE_PAGE, PAGE, KubernetesCluster
from rhoai_operator.cluster.errors import (
    AlreadyExists,
    Conflict,
    KindNotServed,
    Missing,
    NotLeading,
    Unavailable,
)
from rhoai_operator.cluster.port import Kind, Selection, WatchEvent
from rhoai_operator.cluster.requests import BRIEF, BRIEF_LIST, BRIEF_WATCH
from rhoai_operator.cluster.wire import Wire
from rhoai_operator.core.objects import Manifest, ObjectRef
from tests.unit.cluster.protobuf import event, metadata
from tests.unit.cluster.server import (
    Server,
    Step,
    access,
    hang,
    lines,
    ok,
    reset,
    serving,
    status,
    text,
)

CONFIG_MAP = Kind("", "v1", "ConfigMap")
DEFINITION = Kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
METADATA = {"name": "x", "namespace": "ns", "labels": {"a": "1"}}
MANIFEST: Manifest = {
    "apiVersion": "v1", "kind": "ConfigMap", "metadata": METADATA, "data": {"key": "1"},
}  # fmt: skip
LIVE = {**MANIFEST, "metadata": {**METADATA, "uid": "u", "resourceVersion": "7"}}
PARTIAL = {"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata"}
REF = ObjectRef.of(MANIFEST)
ALREADY = status(409, "AlreadyExists")


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "FIRST_PAUSE", 0.001)


@asynccontextmanager
async def clustered(
    *steps: Step, may_write: Callable[[], bool] = lambda: True
) -> AsyncIterator[tuple[KubernetesCluster, Server]]:
    async with serving(*steps) as server:

        async def load() -> Access:
            return access(server.url)

        cluster = KubernetesCluster.on(Wire(await load(), load), lambda *_: None, may_write)
        try:
            yield cluster, server
        finally:
            await cluster.close()


def requests(server: Server) -> list[tuple[str, str]]:
    return [(seen.method, seen.path) for seen in server.seen]


def page(*names: str, more: str = "", partial: bool = False) -> Step:
    identity = PARTIAL if partial else {}
    items = [{**identity, "metadata": {"name": name}} for name in names]
    metadata = {"resourceVersion": "9", "continue": more}
    return ok({"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items or None})


class TestApply:
    PATH = "/api/v1/namespaces/ns/configmaps/x?fieldManager=rhoai-operator&force=true"

    @pytest.mark.parametrize(("code", "created"), [(201, True), (200, False)])
    async def test_the_request(self, code: int, created: bool) -> None:
        async with clustered(ok(LIVE, code)) as (cluster, server):
            applied = await cluster.apply(MANIFEST)

        assert (applied.live, applied.created) == (LIVE, created)
        assert requests(server) == [("PATCH", self.PATH)]
        assert json.loads(server.seen[0].body) == MANIFEST
        assert server.seen[0].headers["Accept"] == "application/json"

    async def test_brief(self) -> None:
        async with clustered(ok({**PARTIAL, "metadata": LIVE["metadata"]})) as (cluster, server):
            applied = await cluster.apply(MANIFEST, brief=True)

        assert applied.live == {key: LIVE[key] for key in ("apiVersion", "kind", "metadata")}
        assert server.seen[0].headers["Accept"] == BRIEF

    async def test_a_new_definition_may_mean_a_new_kind(self) -> None:
        crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": DEFINITION.kind}
        async with clustered(ok({"metadata": {}})) as (cluster, server):
            assert not await cluster.serves(Kind("example.com", "v1", "Gadget"))
            await cluster.apply({**crd, "metadata": {"name": "gadgets.example.com"}})
            assert await cluster.serves(CONFIG_MAP)
            assert server.discoveries == 2  # of /api and /apis
            assert not await cluster.serves(Kind("example.com", "v1", "Gadget"))
            assert server.discoveries == 3  # the core group does not change

    async def test_a_kind_that_is_served_no_more_is_forgotten(self) -> None:
        async with clustered(text("404 page not found", 404)) as (cluster, server):
            for _ in range(2):
                with pytest.raises(KindNotServed):
                    await cluster.apply(MANIFEST)

        assert len(server.seen) == 1


class TestCreate:
    async def test_one_that_was_there_is_not_even_read(self) -> None:
        async with clustered(ALREADY) as (cluster, server):
            assert await cluster.create(MANIFEST) is None

        assert len(server.seen) == 1

    @pytest.mark.parametrize(
        ("live", "made"),
        [
            pytest.param(LIVE, LIVE, id="as-we-sent-it"),
            pytest.param({**LIVE, "data": {"key": "2"}}, None, id="another"),
        ],
    )
    async def test_one_that_may_be_ours_is_looked_at(self, live: Any, made: Any) -> None:
        """The first attempt has made it, and its answer was lost."""
        async with clustered(reset, ALREADY, ok(live)) as (cluster, server):
            assert await cluster.create(MANIFEST) == made

        path = "/api/v1/namespaces/ns/configmaps"
        create = ("POST", f"{path}?fieldManager=rhoai-operator")
        assert requests(server) == [create, create, ("GET", f"{path}/x")]

    async def test_another_conflict_is_none_of_existence(self) -> None:
        async with clustered(status(409, "Conflict")) as (cluster, _):
            with pytest.raises(Conflict) as caught:
                await cluster.create(MANIFEST)

        assert not isinstance(caught.value, AlreadyExists)


class TestPatch:
    @pytest.mark.parametrize(
        ("metadata", "count"),
        [
            pytest.param({"resourceVersion": "7"}, 2, id="of-one-version"),
            pytest.param({}, 1, id="of-any"),
        ],
    )
    async def test_repeated_if_that_undoes_nothing(
        self, metadata: dict[str, str], count: int
    ) -> None:
        async with clustered(reset, ok(LIVE)) as (cluster, server):
            try:
                await cluster.patch(REF, {"metadata": metadata})
            except Unavailable:
                assert count == 1

        assert len(server.seen) == count
        assert server.seen[0].headers["Content-Type"] == "application/merge-patch+json"


class TestDelete:
    async def test_only_the_one_it_means(self) -> None:
        async with clustered(ok({})) as (cluster, server):
            await cluster.delete(REF, uid="u")

        body = json.loads(server.seen[0].body)
        assert body["preconditions"] == {"uid": "u"}
        assert body["propagationPolicy"] == "Background"

    async def test_repeated_it_is_gone(self) -> None:
        async with clustered(reset, status(404, "NotFound")) as (cluster, server):
            await cluster.delete(REF, uid="u")

        assert len(server.seen) == 2


class TestList:
    async def test_pages_are_put_together(self) -> None:
        async with clustered(page("a", "b", more="t&t"), page("c")) as (cluster, server):
            listing = await cluster.list(Selection(CONFIG_MAP, "ns", "l=1", "metadata.name=x"))

        assert [item["metadata"]["name"] for item in listing.items] == ["a", "b", "c"]
        assert {(i["apiVersion"], i["kind"]) for i in listing.items} == {("v1", "ConfigMap")}
        assert listing.resource_version == "9"
        query = f"labelSelector=l%3D1&fieldSelector=metadata.name%3Dx&limit={PAGE}"
        path = "/api/v1/namespaces/ns/configmaps"
        assert requests(server) == [
            ("GET", f"{path}?{query}"),
            ("GET", f"{path}?{query}&continue=t%26t"),
        ]

    @pytest.mark.parametrize(
        ("kind", "brief", "limit"),
        [
            pytest.param(CONFIG_MAP, True, PAGE, id="brief"),
            pytest.param(DEFINITION, True, PAGE, id="brief-definitions"),
            pytest.param(DEFINITION, False, LARGE_PAGE, id="definitions"),
        ],
    )
    async def test_how_much_at_once(self, kind: Kind, brief: bool, limit: int) -> None:
        async with clustered(page("a", partial=brief)) as (cluster, server):
            (item,) = (await cluster.list(Selection(kind, brief=brief))).items

        assert server.seen[0].path.endswith(f"?limit={limit}")
        assert server.seen[0].headers["Accept"] == (BRIEF_LIST if brief else "application/json")
        assert item["kind"] == kind.kind

    async def test_nothing(self) -> None:
        async with clustered(page()) as (cluster, _):
            assert (await cluster.list(Selection(CONFIG_MAP))).items == ()


class TestWatch:
    async def test_what_it_asks_for(self) -> None:
        told = {"type": "BOOKMARK", "object": {**PARTIAL, "metadata": {"resourceVersion": "8"}}}
        async with clustered(lines(told)) as (cluster, server):
            selection = Selection(CONFIG_MAP, "ns", "l", "metadata.name=x", brief=True)
            (bookmark,) = [event async for event in cluster.watch(selection, since="7")]

        assert bookmark.object == {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"resourceVersion": "8"},
        }
        path, _, query = server.seen[0].path.partition("?")
        assert path == "/api/v1/namespaces/ns/configmaps"
        parameters = dict(term.split("=") for term in query.split("&"))
        assert 240 <= int(parameters.pop("timeoutSeconds")) <= 360
        assert parameters == {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": "7",
            "labelSelector": "l",
            "fieldSelector": "metadata.name%3Dx",
        }
        assert server.seen[0].headers["Accept"] == BRIEF_WATCH

    async def test_events_in_protocol_buffers(self) -> None:
        async def step(_: web.Request) -> web.StreamResponse:
            kind = "application/vnd.kubernetes.protobuf;stream=watch"
            body = event("ADDED", metadata((1, "a")))
            return web.Response(body=body, headers={"Content-Type": kind})

        async with clustered(step) as (cluster, _):
            events = cluster.watch(Selection(CONFIG_MAP, brief=True), since="7")
            found = [event async for event in events]

        live = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
        assert found == [WatchEvent("ADDED", live)]


class TestViews:
    async def test_they_share_what_was_discovered(self) -> None:
        async with clustered(ok(LIVE)) as (cluster, server):
            for view in (cluster, cluster.on_behalf_of("a"), cluster.ungated()):
                assert await view.get(REF) == LIVE

        assert server.discoveries == 2

    async def test_a_name_keeps_the_gate_and_the_lease_has_none(self) -> None:
        async with clustered(ok(LIVE), may_write=lambda: False) as (cluster, server):
            for view in (cluster, cluster.on_behalf_of("a")):
                with pytest.raises(NotLeading):
                    await view.apply(MANIFEST)
            await cluster.ungated().apply(MANIFEST)

        assert len(server.seen) == 1

    async def test_a_review_is_asked_without_the_lease_and_has_no_name(self) -> None:
        review = {"apiVersion": "v1", "kind": "ConfigMap", "spec": {"token": "t"}}
        answer = {**review, "status": {"authenticated": True}}
        async with clustered(ok(answer), may_write=lambda: False) as (cluster, server):
            assert await cluster.review(review) == answer

        (seen,) = server.seen
        assert (seen.method, seen.path) == ("POST", "/api/v1/configmaps")
        assert json.loads(seen.body) == review

    async def test_the_lease_is_not_waited_for_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("rhoai_operator.cluster.client.LEASE_SECONDS", 0.1)
        async with clustered(hang, ok(LIVE)) as (cluster, server):
            assert await cluster.ungated().get(REF) == LIVE

        assert len(server.seen) == 2

    async def test_missing_is_none_where_a_kind_is_not(self) -> None:
        async with clustered(status(404, "NotFound")) as (cluster, _):
            assert await cluster.get(REF) is None
            assert await cluster.get(ObjectRef("example.com", "Gadget", "", "x", "v1")) is None
            with pytest.raises(Missing):
                await cluster.apply(MANIFEST)
