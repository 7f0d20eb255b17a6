from __future__ import annotations

import pytest

from rhoai_operator.cluster.errors import Forbidden, KindNotServed
from rhoai_operator.core.changes import Action
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.health import Health
from rhoai_operator.core.inventory import Inventory
from rhoai_operator.core.objects import MANAGED, Manifest, ObjectRef
from rhoai_operator.reconcile.apply import apply
from tests.fakes.cluster import FakeCluster
from tests.manifests import an

THEIRS = {MANAGED: "false"}


def actions(changes: object) -> list[str]:
    return [change.action.value for change in getattr(changes, "changes", ())]


async def test_waves_go_in_order_and_each_object_is_reported() -> None:
    kinds = ("CustomResourceDefinition", "Namespace", "ConfigMap", "Deployment")
    wanted = tuple(an(kind) for kind in (*kinds, "ValidatingWebhookConfiguration"))
    cluster = FakeCluster()

    applied = await apply(cluster, DesiredState(wanted), Inventory())

    sent = [target for verb, target in cluster.calls if verb == "apply"]
    assert sent == [ObjectRef.of(m) for m in wanted]
    assert [c.ref for c in applied.changes.changes] == sent
    assert applied.changes.refs(Action.CREATED) == set(sent)


async def test_a_kind_whose_definition_comes_along_is_only_not_served_yet() -> None:
    names = {"group": "ray.io", "names": {"kind": "RayCluster"}, "versions": []}
    crd = {**an("CustomResourceDefinition"), "spec": names}
    ours = {**an("ConfigMap"), "apiVersion": "ray.io/v1", "kind": "RayCluster"}
    other = {**ours, "kind": "RayJob"}
    cluster = FakeCluster()
    for manifest in (ours, other):
        cluster.failing["apply", ObjectRef.of(manifest)] = KindNotServed("not served")

    applied = await apply(cluster, DesiredState((crd, ours, other)), Inventory())

    passing = {change.ref.kind: change.passing for change in applied.changes.failed}
    assert passing == {"RayCluster": True, "RayJob": False}


async def test_unchanged_is_what_was_sent_and_found_before() -> None:
    wanted = DesiredState((an("Deployment", spec={"replicas": 1}),))
    cluster = FakeCluster()
    first = await apply(cluster, wanted, Inventory())
    owned = Inventory(first.records)

    second = await apply(cluster, wanted, owned)
    cluster.put({**cluster.now(wanted.objects[0]), "spec": {"replicas": 5}})
    third = await apply(cluster, wanted, owned)

    found = [actions(applied.changes) for applied in (first, second, third)]
    assert found == [["created"], ["unchanged"], ["configured"]]
    assert cluster.now(wanted.objects[0])["spec"] == {"replicas": 1}


async def test_a_change_of_status_alone_is_no_change() -> None:
    wanted = DesiredState((an("Deployment", spec={"replicas": 1}),))
    cluster = FakeCluster()
    owned = Inventory((await apply(cluster, wanted, Inventory())).records)
    cluster.put({**cluster.now(wanted.objects[0]), "status": {"replicas": 1}})

    again = await apply(cluster, wanted, owned)

    assert actions(again.changes) == ["unchanged"]


async def test_a_refused_object_stops_no_other() -> None:
    refused, other = an("ConfigMap", "refused"), an("Deployment", "other")
    cluster = FakeCluster()
    cluster.failing["apply", ObjectRef.of(refused)] = Forbidden("may not")

    applied = await apply(cluster, DesiredState((refused, other)), Inventory())

    (failed,) = applied.changes.failed
    assert (failed.ref, failed.detail, failed.error) == (
        ObjectRef.of(refused),
        "may not",
        "Forbidden",
    )
    assert applied.records.keys() == applied.health.keys() == {ObjectRef.of(other)}


async def test_health_is_what_the_answer_says() -> None:
    applied = await apply(FakeCluster(), DesiredState((an("Deployment"),)), Inventory())

    (assessment,) = applied.health.values()
    assert assessment.health is Health.IN_PROGRESS


@pytest.mark.parametrize(
    ("live", "action", "data"),
    [
        pytest.param((), Action.CREATED, "default", id="absent"),
        pytest.param((an("ConfigMap", data="theirs"),), Action.SKIPPED, "theirs", id="there"),
    ],
)
async def test_what_is_the_users_own_is_created_once(
    live: tuple[Manifest, ...], action: Action, data: str
) -> None:
    wanted = an("ConfigMap", annotations=THEIRS, data="default")
    cluster = FakeCluster(*live)

    applied = await apply(cluster, DesiredState((wanted,)), Inventory())

    assert [c.action for c in applied.changes.changes] == [action]
    assert cluster.now(wanted)["data"] == data
    assert not applied.records
