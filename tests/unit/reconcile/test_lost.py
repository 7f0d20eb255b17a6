from __future__ import annotations

import pytest

from rhoai_operator.cluster.errors import Forbidden
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.inventory import Inventory
from rhoai_operator.core.objects import MANAGED, MANAGED_BY, Manifest, ObjectRef
from rhoai_operator.reconcile.lost import PART_OF, US, Found, find
from tests.fakes.cluster import FakeCluster
from tests.manifests import an

LABELS = {"web-label": "web", "job": "job"}
KINDS = frozenset(Kind.of(ObjectRef.of(an(kind))) for kind in ("ConfigMap", "Deployment"))
EVERY_KIND = KINDS | {
    Kind.of(ObjectRef.of(an(kind))) for kind in ("Namespace", "CustomResourceDefinition")
}


def ours(
    kind: str, name: str, part_of: str = "web-label", by: str = US, note: str = ""
) -> Manifest:
    labels = {PART_OF: part_of, MANAGED_BY: by}
    annotations = {MANAGED: note} if note else None
    return an(kind, name, annotations=annotations, metadata={"labels": labels})


async def found(*live: Manifest, kinds: frozenset[Kind] = KINDS, **known: Inventory) -> Found:
    return await find(FakeCluster(*live), kinds, known, LABELS)


def refs(*manifests: Manifest) -> set[ObjectRef]:
    return set(map(ObjectRef.of, manifests))


async def test_what_no_inventory_names_belongs_to_the_component_of_its_label(
    caplog: pytest.LogCaptureFixture,
) -> None:
    web, more, job = ours("ConfigMap", "a"), ours("Deployment", "a"), ours("ConfigMap", "j", "job")

    lost = (await found(web, more, job)).lost

    assert {name: set(inventory.records) for name, inventory in lost.items()} == {
        "web": refs(web, more),
        "job": refs(job),
    }
    assert "found 2 objects of web that no inventory names" in caplog.messages


@pytest.mark.parametrize(
    "live",
    [
        pytest.param(ours("ConfigMap", "known"), id="in-an-inventory"),
        pytest.param(ours("ConfigMap", "a", "another"), id="of-nobody-we-know"),
        pytest.param(ours("ConfigMap", "a", note="false"), id="the-users-own"),
        pytest.param(ours("Namespace", "a"), id="namespace"),
        pytest.param(ours("CustomResourceDefinition", "a"), id="definition"),
        pytest.param(an("ConfigMap", "a"), id="without-labels"),
        pytest.param(ours("Secret", "a"), id="of-a-kind-that-nobody-has"),
    ],
)
async def test_what_is_not_lost(live: Manifest, caplog: pytest.LogCaptureFixture) -> None:
    kinds = EVERY_KIND
    known = Inventory.of(refs(ours("ConfigMap", "known")))

    seen = await found(live, kinds=kinds, job=known)

    assert (seen.lost, seen.legacy) == ({}, frozenset())
    assert caplog.messages == []


async def test_what_was_made_before_us_is_told_apart() -> None:
    before, users = (
        ours("Deployment", "a", by="rhods-operator"),
        ours("ConfigMap", "b", by="", note="false"),
    )

    seen = await found(before, users, ours("ConfigMap", "c"))

    assert seen.legacy == refs(before, users)
    assert {ref.name for ref in seen.lost["web"].records} == {"c"}


@pytest.mark.parametrize(
    ("owner", "is_lost"),
    [
        pytest.param({"kind": "DataScienceCluster", "controller": True}, True, id="dsc"),
        pytest.param({"kind": "DSCInitialization", "controller": True}, True, id="dsci"),
        pytest.param({"kind": "DataScienceCluster"}, False, id="not-its-controller"),
        pytest.param({"kind": "Deployment", "controller": True}, False, id="another"),
    ],
)
async def test_what_the_predecessor_left_is_told_by_its_owner(
    owner: dict[str, object], is_lost: bool
) -> None:
    before = ours("ConfigMap", "a", by="")
    metadata = {**before["metadata"], "ownerReferences": [owner]}

    seen = await found({**before, "metadata": metadata})

    assert seen.legacy == refs(before)
    assert ("web" in seen.lost) is is_lost


async def test_a_kind_that_cannot_be_listed_is_passed_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    web, hidden = ours("ConfigMap", "a"), ours("Deployment", "a")
    cluster = FakeCluster(web, hidden)
    cluster.failing["list", Kind.of(ObjectRef.of(hidden))] = Forbidden("may not")

    seen = await find(cluster, KINDS, {}, LABELS)

    assert set(seen.lost["web"].records) == refs(web)
    assert any("Deployment.v1.apps" in message for message in caplog.messages)


async def test_one_list_of_names_for_each_kind() -> None:
    cluster = FakeCluster(ours("ConfigMap", "a"))
    await find(cluster, KINDS, {}, LABELS)
    assert sorted(cluster.calls) == sorted(("list", kind) for kind in KINDS)
