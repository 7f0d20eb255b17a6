"""What the port promises of writing, kept by the real adapter and by the fake of other tests."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from rhoai_operator.cluster.errors import Conflict, Invalid, KindNotServed, Missing
from rhoai_operator.cluster.port import Cluster, Kind
from rhoai_operator.core.fields import FIELD_MANAGER
from rhoai_operator.core.objects import Manifest, ObjectRef
from tests.contract.objects import UNKNOWN, config_map, definition, deployment, version
from tests.wait import until

SECONDS = 15.0
FINALIZER = "example.com/hold"
UNHEARD: Manifest = {
    "apiVersion": f"{UNKNOWN.group}/{UNKNOWN.version}",
    "kind": UNKNOWN.kind,
    "metadata": {"name": "x"},
}


def owned(live: Manifest) -> dict[str, Any]:
    """Fields by operation, without the marks of what is owned as a whole."""
    entries = live["metadata"]["managedFields"]
    assert {entry["manager"] for entry in entries} == {FIELD_MANAGER}
    return {entry["operation"]: without_marks(entry["fieldsV1"]) for entry in entries}


def without_marks(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: without_marks(below) for name, below in fields.items() if name != "."}


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

    async def test_only_to_the_version_it_names(self, cluster: Cluster, namespace: str) -> None:
        first = (await cluster.apply(config_map(namespace))).live
        wanted = config_map(namespace, value="2")
        named = {**wanted["metadata"], "resourceVersion": version(first)}

        second = await cluster.apply({**wanted, "metadata": named})

        assert second.live["data"] == {"key": "2"}
        with pytest.raises(Conflict):
            await cluster.apply({**config_map(namespace, value="3"), "metadata": named})

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

    async def test_brief_tells_identity_and_metadata(
        self, cluster: Cluster, namespace: str
    ) -> None:
        made = await cluster.apply(config_map(namespace, labels={"a": "1"}), brief=True)
        again = await cluster.apply(config_map(namespace, labels={"a": "1"}))

        assert made.live.keys() == {"apiVersion", "kind", "metadata"}
        assert made.live.items() <= again.live.items()
        assert (made.created, again.created) == (True, False)

    async def test_a_dry_run_tells_what_would_be_and_stores_nothing(
        self, cluster: Cluster, namespace: str
    ) -> None:
        would_be = await cluster.apply(config_map(namespace), dry_run=True)
        there = await cluster.get(ObjectRef.of(config_map(namespace)))
        is_now = (await cluster.apply(config_map(namespace))).live
        changed = await cluster.apply(config_map(namespace, value="2"), dry_run=True)
        after = await cluster.get(ObjectRef.of(config_map(namespace)))

        assert (would_be.created, changed.created) == (True, False)
        assert would_be.live["data"] == {"key": "1"}
        assert changed.live["data"] == {"key": "2"}
        assert there is None
        assert after == is_now

    async def test_a_dry_run_is_refused_as_the_apply_would_be(
        self, cluster: Cluster, namespace: str
    ) -> None:
        with pytest.raises(Invalid):
            await cluster.apply(config_map(namespace, "No_Name"), dry_run=True)
        with pytest.raises(Missing):
            await cluster.apply(config_map("nowhere"), dry_run=True)

    async def test_whose_fields_they_are(self, cluster: Cluster, namespace: str) -> None:
        ref = ObjectRef.of(config_map(namespace))
        await cluster.apply(config_map(namespace, labels={"ours": "1"}))
        theirs = await cluster.patch(ref, {"data": {"key": "theirs", "other": "kept"}})
        back = await cluster.apply(config_map(namespace))

        assert theirs
        assert owned(theirs) == {
            "Apply": {"f:metadata": {"f:labels": {"f:ours": {}}}},
            "Update": {"f:data": {"f:key": {}, "f:other": {}}},
        }
        assert owned(back.live) == {
            "Apply": {"f:data": {"f:key": {}}},
            "Update": {"f:data": {"f:other": {}}},
        }

    async def test_a_field_given_up_stays_if_another_owns_it(
        self, cluster: Cluster, namespace: str
    ) -> None:
        await cluster.apply(deployment(namespace, replicas=0))
        ref = ObjectRef.of(deployment(namespace))
        await cluster.patch(ref, {"spec": {"replicas": 2}})

        given_up = deployment(namespace)
        spec = {key: value for key, value in given_up["spec"].items() if key != "replicas"}
        applied = await cluster.apply({**given_up, "spec": spec})

        assert applied.live["spec"]["replicas"] == 2

    async def test_items_of_others_stay_in_a_list_with_keys(
        self, cluster: Cluster, namespace: str
    ) -> None:
        ref = ObjectRef.of(deployment(namespace))
        live = (await cluster.apply(deployment(namespace))).live
        added = {"name": "sidecar", "image": "example.com/sidecar:1"}
        containers = [*live["spec"]["template"]["spec"]["containers"], added]
        await cluster.patch(ref, {"spec": {"template": {"spec": {"containers": containers}}}})

        back = await cluster.apply(deployment(namespace))

        kept = back.live["spec"]["template"]["spec"]["containers"]
        assert [container["name"] for container in kept] == ["main", "sidecar"]

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
            assert Kind(group, "v1", "Gadget") in await cluster.discover()
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

    async def test_fields_can_be_handed_over(self, cluster: Cluster, namespace: str) -> None:
        made = (await cluster.apply(config_map(namespace, labels={"ours": "1"}))).live
        (entry,) = made["metadata"]["managedFields"]
        version = made["metadata"]["resourceVersion"]
        entries = [{**entry, "manager": "another"}]
        over = {"metadata": {"managedFields": entries, "resourceVersion": version}}

        patched = await cluster.patch(ObjectRef.of(made), over)

        assert patched
        assert patched["metadata"]["managedFields"] == entries


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
