"""What the port promises, kept by the real adapter and by the fake that other tests stand on."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from rhoai_operator.cluster.errors import Conflict, Invalid, KindNotServed, Missing
from rhoai_operator.cluster.port import Cluster, Kind
from rhoai_operator.core.objects import Manifest, ObjectRef
from tests.contract.objects import CONFIG_MAP, UNKNOWN, config_map, definition, deployment, version
from tests.wait import until

SECONDS = 15.0
FINALIZER = "example.com/hold"
UNHEARD: Manifest = {
    "apiVersion": f"{UNKNOWN.group}/{UNKNOWN.version}",
    "kind": UNKNOWN.kind,
    "metadata": {"name": "x"},
}


class TestGet:
    async def test_what_is_there(self, cluster: Cluster, namespace: str) -> None:
        await cluster.create(config_map(namespace))

        live = await cluster.get(ObjectRef.of(config_map(namespace)))

        assert live
        assert (live["kind"], live["apiVersion"], live["data"]) == ("ConfigMap", "v1", {"key": "1"})
        assert {"uid", "resourceVersion"} <= live["metadata"].keys()

    @pytest.mark.parametrize(
        "ref",
        [
            pytest.param(ObjectRef("", "ConfigMap", "default", "nobody", "v1"), id="no-object"),
            pytest.param(ObjectRef("", "ConfigMap", "nowhere", "x", "v1"), id="no-namespace"),
            pytest.param(ObjectRef(UNKNOWN.group, UNKNOWN.kind, "", "x", "v1"), id="no-kind"),
        ],
    )
    async def test_what_is_absent_is_none(self, cluster: Cluster, ref: ObjectRef) -> None:
        assert await cluster.get(ref) is None


class TestApply:
    async def test_the_first_creates(self, cluster: Cluster, namespace: str) -> None:
        first = await cluster.apply(config_map(namespace))
        second = await cluster.apply(config_map(namespace, value="2"))

        assert (first.created, second.created) == (True, False)
        assert second.live["data"] == {"key": "2"}
        assert version(first.live) != version(second.live)
        assert first.live["metadata"]["uid"] == second.live["metadata"]["uid"]

    async def test_the_same_again_changes_nothing(self, cluster: Cluster, namespace: str) -> None:
        first = await cluster.apply(config_map(namespace))

        again = await cluster.apply(config_map(namespace))

        assert version(again.live) == version(first.live)

    async def test_fields_of_others_stay_and_ours_are_taken_back(
        self, cluster: Cluster, namespace: str
    ) -> None:
        ref = ObjectRef.of(config_map(namespace))
        await cluster.apply(config_map(namespace, labels={"ours": "1"}))
        await cluster.patch(ref, {"data": {"key": "theirs", "other": "kept"}})

        back = await cluster.apply(config_map(namespace))

        assert back.live["data"] == {"key": "1", "other": "kept"}
        assert "labels" not in back.live["metadata"]

    async def test_a_change_of_spec_is_a_generation(self, cluster: Cluster, namespace: str) -> None:
        found = [await cluster.apply(deployment(namespace, replicas=count)) for count in (0, 0, 1)]

        assert [applied.live["metadata"]["generation"] for applied in found] == [1, 1, 2]

    async def test_refused(self, cluster: Cluster, namespace: str) -> None:
        with pytest.raises(Invalid, match="Not-A-Name"):
            await cluster.apply(config_map(namespace, "Not-A-Name"))
        with pytest.raises(Missing, match="nowhere"):
            await cluster.apply(config_map("nowhere"))
        with pytest.raises(KindNotServed, match=r"Unheard\.v1\.nowhere"):
            await cluster.apply(UNHEARD)


class TestCustomResources:
    async def test_served_as_soon_as_defined_and_with_a_status_of_their_own(
        self, cluster: Cluster
    ) -> None:
        group = f"g{uuid.uuid4().hex[:8]}.example.com"
        gadget = {"apiVersion": f"{group}/v1", "kind": "Gadget", "metadata": {"name": "x"}}
        assert not await cluster.serves(Kind(group, "v1", "Gadget"))
        crd = await cluster.apply(definition(group))

        async def served() -> bool:
            return await cluster.serves(Kind(group, "v1", "Gadget"))

        try:
            await until(served, SECONDS, "the new kind is served")
            with pytest.raises(Missing):
                await cluster.apply({**gadget, "status": {"phase": "A"}}, subresource="status")
            main = {**gadget, "spec": {"size": 1}, "status": {"phase": "ignored"}}
            made = await cluster.apply(main)
            said = await cluster.apply({**gadget, "status": {"phase": "A"}}, subresource="status")
            same = await cluster.apply({**gadget, "status": {"phase": "A"}}, subresource="status")
        finally:
            await cluster.delete(ObjectRef.of(crd.live), uid=crd.live["metadata"]["uid"])

        assert "status" not in made.live
        assert (said.live["spec"], said.live["status"]) == ({"size": 1}, {"phase": "A"})
        assert said.live["metadata"]["generation"] == made.live["metadata"]["generation"]
        assert version(said.live) == version(same.live) != version(made.live)


class TestCreate:
    async def test_new(self, cluster: Cluster, namespace: str) -> None:
        made = await cluster.create(config_map(namespace))
        assert made
        assert made["metadata"]["uid"]

    async def test_one_that_exists_is_left_alone(self, cluster: Cluster, namespace: str) -> None:
        await cluster.create(config_map(namespace))

        assert await cluster.create(config_map(namespace, value="2")) is None

        live = await cluster.get(ObjectRef.of(config_map(namespace)))
        assert live
        assert live["data"] == {"key": "1"}

    async def test_refused(self, cluster: Cluster, namespace: str) -> None:
        with pytest.raises(Invalid):
            await cluster.create(config_map(namespace, "Not-A-Name"))
        with pytest.raises(Missing):
            await cluster.create(config_map("nowhere"))
        with pytest.raises(KindNotServed):
            await cluster.create(UNHEARD)


class TestPatch:
    async def test_sets_and_removes(self, cluster: Cluster, namespace: str) -> None:
        await cluster.create(config_map(namespace, labels={"a": "1", "b": "2"}))

        patched = await cluster.patch(
            ObjectRef.of(config_map(namespace)), {"metadata": {"labels": {"a": None, "c": "3"}}}
        )

        assert patched
        assert patched["metadata"]["labels"] == {"b": "2", "c": "3"}
        assert patched["data"] == {"key": "1"}

    async def test_nothing_there(self, cluster: Cluster, namespace: str) -> None:
        assert await cluster.patch(ObjectRef.of(config_map(namespace)), {"data": {}}) is None

    async def test_only_of_the_version_it_names(self, cluster: Cluster, namespace: str) -> None:
        ref = ObjectRef.of(config_map(namespace))
        seen = (await cluster.apply(config_map(namespace))).live

        def change(value: str) -> dict[str, Any]:
            return {"metadata": {"resourceVersion": version(seen)}, "data": {"key": value}}

        first = await cluster.patch(ref, change("2"))
        with pytest.raises(Conflict):
            await cluster.patch(ref, change("3"))

        live = await cluster.get(ref)
        assert live == first


class TestDelete:
    async def test_gone_and_gone_again(self, cluster: Cluster, namespace: str) -> None:
        live = (await cluster.apply(config_map(namespace))).live
        ref, uid = ObjectRef.of(live), live["metadata"]["uid"]

        await cluster.delete(ref, uid=uid)
        assert await cluster.get(ref) is None
        await cluster.delete(ref, uid=uid)

    async def test_kind_not_served(self, cluster: Cluster) -> None:
        await cluster.delete(ObjectRef(UNKNOWN.group, UNKNOWN.kind, "", "x", "v1"), uid="1")

    async def test_another_of_that_name_is_spared(self, cluster: Cluster, namespace: str) -> None:
        live = (await cluster.apply(config_map(namespace))).live

        with pytest.raises(Conflict):
            await cluster.delete(ObjectRef.of(live), uid=str(uuid.uuid4()))

        assert await cluster.get(ObjectRef.of(live)) == live

    async def test_a_finalizer_holds(self, cluster: Cluster, namespace: str) -> None:
        live = (await cluster.apply(config_map(namespace, finalizers=[FINALIZER]))).live
        ref = ObjectRef.of(live)

        await cluster.delete(ref, uid=live["metadata"]["uid"])
        held = await cluster.get(ref)
        await cluster.patch(ref, {"metadata": {"finalizers": None}})

        assert held
        assert "deletionTimestamp" in held["metadata"]
        assert await cluster.get(ref) is None


class TestList:
    @pytest.mark.parametrize(
        ("labels", "names"),
        [
            pytest.param("", {"both", "one", "none"}, id="all"),
            pytest.param("tier=a", {"both"}, id="equal"),
            pytest.param("tier in (a,b)", {"both", "one"}, id="one-of"),
            pytest.param("extra", {"both"}, id="there"),
            pytest.param("tier=b,extra", set(), id="two-terms"),
            pytest.param("tier in (b, a),extra=", {"both"}, id="empty-value"),
        ],
    )
    async def test_by_labels(
        self, cluster: Cluster, namespace: str, labels: str, names: set[str]
    ) -> None:
        await cluster.create(config_map(namespace, "both", labels={"tier": "a", "extra": ""}))
        await cluster.create(config_map(namespace, "one", labels={"tier": "b"}))
        await cluster.create(config_map(namespace, "none"))

        found = (await cluster.list(CONFIG_MAP, namespace=namespace, labels=labels)).items

        # The controllers put a ConfigMap of their own into every namespace.
        own = {m["metadata"]["name"] for m in found} - {"kube-root-ca.crt"}
        assert own == names
        assert {(m["apiVersion"], m["kind"]) for m in found} <= {("v1", "ConfigMap")}

    async def test_in_all_namespaces(self, cluster: Cluster, namespace: str) -> None:
        await cluster.create(config_map(namespace, labels={"ns": namespace}))

        listing = await cluster.list(CONFIG_MAP, labels=f"ns={namespace}")

        assert len(listing.items) == 1
        assert int(listing.resource_version) >= int(version(listing.items[0]))

    async def test_kind_not_served(self, cluster: Cluster) -> None:
        with pytest.raises(KindNotServed):
            await cluster.list(UNKNOWN)


@pytest.mark.parametrize(
    ("kind", "served"),
    [
        pytest.param(CONFIG_MAP, True, id="core"),
        pytest.param(Kind("apps", "v1", "Deployment"), True, id="group"),
        pytest.param(Kind("apps", "v1beta1", "Deployment"), False, id="other-version"),
        pytest.param(UNKNOWN, False, id="unknown"),
    ],
)
async def test_serves(cluster: Cluster, kind: Kind, served: bool) -> None:
    assert await cluster.serves(kind) is served
