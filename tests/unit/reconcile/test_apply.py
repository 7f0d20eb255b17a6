from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.cluster.errors import Forbidden, KindNotServed
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.changes import Action
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.fields import FIELD_MANAGER
from rhoai_operator.core.health import Health
from rhoai_operator.core.inventory import Inventory
from rhoai_operator.core.objects import MANAGED, Manifest, ObjectRef, Owner
from rhoai_operator.reconcile.apply import Applied, apply
from tests.fakes.cluster import KINDS, FakeCluster
from tests.fakes.reach import Surroundings
from tests.manifests import an

WIDGET = Kind("example.com", "v1", "Widget")
WEB = an("Deployment", spec={"replicas": 1, "paused": False})


class Applying:
    """A component that is applied again and again."""

    def __init__(self, *objects: Manifest, cluster: FakeCluster | None = None) -> None:
        self.cluster = cluster or FakeCluster()
        self.desired = DesiredState(objects)
        self.around = Surroundings(self.cluster)

    async def again(self) -> Applied:
        applied = await apply(self.around.reach(), self.desired)
        self.around.owned = Inventory(applied.records)
        return applied

    async def actions(self) -> list[str]:
        return [change.action.value for change in (await self.again()).changes.changes]

    def applies(self) -> int:
        return [verb for verb, _ in self.cluster.calls].count("apply")


async def test_waves_go_in_order_and_each_object_is_reported() -> None:
    kinds = ("CustomResourceDefinition", "Namespace", "ConfigMap", "Deployment")
    wanted = tuple(an(kind) for kind in (*kinds, "ValidatingWebhookConfiguration"))
    applying = Applying(*wanted)

    applied = await applying.again()

    sent = [target for verb, target in applying.cluster.calls if verb == "apply"]
    assert sorted(sent[:3]) == sorted(map(ObjectRef.of, wanted[:3]))
    assert sent[3:] == [ObjectRef.of(m) for m in wanted[3:]]
    assert applied.changes.refs(Action.CREATED) == set(sent)


async def test_what_is_as_it_was_applied_costs_nothing() -> None:
    applying = Applying(WEB, an("ConfigMap", data={"a": "1"}))

    assert await applying.actions() == ["created", "created"]
    applying.cluster.calls.clear()

    assert await applying.actions() == ["unchanged", "unchanged"]
    assert applying.cluster.calls == []


async def test_what_is_not_ours_is_no_drift() -> None:
    applying = Applying(an("ConfigMap", data={"a": "1"}), an("ValidatingWebhookConfiguration"))
    await applying.again()
    for manifest in applying.desired.objects:
        live = applying.cluster.now(manifest)
        notes = {**live["metadata"], "annotations": {"theirs": "1"}}
        applying.cluster.put({**live, "metadata": notes, "status": {"a": 1}})
    applying.cluster.calls.clear()

    assert await applying.actions() == ["unchanged", "unchanged"]
    assert applying.cluster.calls == []


@pytest.mark.parametrize(
    "theirs",
    [
        pytest.param({"data": {"a": "2"}}, id="value"),
        pytest.param({"data": {}}, id="field-taken-away"),
        pytest.param(None, id="deleted"),
    ],
)
async def test_drift_is_set_right_by_one_write(theirs: dict[str, Any] | None) -> None:
    wanted = an("ConfigMap", data={"a": "1"})
    applying = Applying(wanted, WEB)
    await applying.again()
    if theirs is None:
        applying.cluster.remove(wanted)
    else:
        applying.cluster.put({**applying.cluster.now(wanted), **theirs})
    applying.cluster.calls.clear()

    assert await applying.actions() == ["corrected", "unchanged"]
    assert applying.cluster.now(wanted)["data"] == {"a": "1"}
    written = [call for call in applying.cluster.calls if call[0] != "get"]
    assert written == [("apply", ObjectRef.of(wanted))]


async def test_a_change_to_what_is_not_ours_is_looked_at_once() -> None:
    applying = Applying(WEB)
    await applying.again()
    live = applying.cluster.now(WEB)
    applying.cluster.put({**live, "spec": {**live["spec"], "theirs": 1}})

    assert await applying.actions() == ["unchanged"]
    applying.cluster.calls.clear()
    assert await applying.actions() == ["unchanged"]
    assert applying.cluster.calls == []


async def test_users_replicas_stay_unless_the_object_says_that_it_is_ours() -> None:
    applying = Applying(WEB)
    await applying.again()
    applying.cluster.put({**applying.cluster.now(WEB), "spec": {"replicas": 5, "paused": True}})

    await applying.again()
    assert applying.cluster.now(WEB)["spec"] == {"replicas": 5, "paused": False}

    live = applying.cluster.now(WEB)
    notes = {**live["metadata"], "annotations": {MANAGED: "true"}}
    applying.cluster.put({**live, "metadata": notes})
    await applying.again()
    assert applying.cluster.now(WEB)["spec"]["replicas"] == 1


async def test_hands_off_what_a_user_has_taken_over() -> None:
    applying = Applying(WEB)
    await applying.again()
    live = applying.cluster.now(WEB)
    notes = {**live["metadata"], "annotations": {MANAGED: "false"}}
    theirs = applying.cluster.put({**live, "metadata": notes, "spec": {"paused": True}})
    applying.cluster.calls.clear()

    assert await applying.actions() == ["skipped"]
    assert applying.cluster.now(WEB) == theirs
    assert applying.cluster.calls == []
    assert applying.around.owned.records


async def test_a_field_that_is_rewritten_again_and_again_is_left_for_a_while() -> None:
    wanted = an("ConfigMap", data={"a": "1"})
    applying = Applying(wanted)
    await applying.again()
    found = []
    for turn in range(3):
        theirs = {**applying.cluster.now(wanted), "data": {"a": f"theirs {turn}"}}
        applying.cluster.put(theirs, "rival")
        found += await applying.actions()
    assert found == ["corrected", "corrected", "held"]

    held = await applying.again()
    (change,) = held.changes.changes
    assert change.detail == "field manager rival has rewritten data.a 3 times in 5 min"
    assert held.due == applying.around.now + 60
    assert applying.around.owned.records

    applying.around.now += 61
    assert await applying.actions() == ["corrected"]


async def test_workloads_and_resources_wait_until_their_definitions_are_served() -> None:
    crd = an("CustomResourceDefinition", "widgets.example.com")
    ours = {**an("ConfigMap", "ours"), "apiVersion": "example.com/v1", "kind": "Widget"}
    applying = Applying(crd, an("ConfigMap"), ours, WEB)
    defines = {ObjectRef.of(crd): frozenset({tuple(WIDGET)})}
    applying.desired = DesiredState(applying.desired.objects, defines=defines)  # type: ignore[arg-type]

    first = await applying.again()
    assert first.changes.refs(Action.WAITING) == {ObjectRef.of(ours), ObjectRef.of(WEB)}
    assert first.changes.refs(Action.CREATED) == {ObjectRef.of(crd), ObjectRef.of(an("ConfigMap"))}

    applying.around.served = KINDS | {WIDGET}
    error = KindNotServed("not served")
    applying.cluster.failing["apply", ObjectRef.of(ours)] = error
    second = await applying.again()
    (lagging,) = second.changes.failed
    assert (lagging.ref, lagging.passing) == (ObjectRef.of(ours), True)
    assert second.changes.refs(Action.CREATED) == {ObjectRef.of(WEB)}


async def test_webhooks_wait_for_somebody_who_answers() -> None:
    client = {"clientConfig": {"service": {"namespace": "ns", "name": "hook"}}}
    hook = an("ValidatingWebhookConfiguration", webhooks=[{"name": "h", **client}])
    applying = Applying(hook)
    applying.around.silent = frozenset({"hook"})

    assert await applying.actions() == ["waiting"]
    applying.around.silent = frozenset()
    assert await applying.actions() == ["created"]
    applying.around.silent = frozenset({"hook"})
    assert await applying.actions() == ["unchanged"]


async def test_a_refused_object_stops_no_other() -> None:
    refused, other = an("ConfigMap", "refused"), an("Deployment", "other")
    applying = Applying(refused, other)
    applying.cluster.failing["apply", ObjectRef.of(refused)] = Forbidden("may not")

    applied = await applying.again()

    (failed,) = applied.changes.failed
    assert (failed.ref, failed.error) == (ObjectRef.of(refused), "Forbidden")
    assert "may not" in failed.detail
    assert applied.records.keys() == applied.health.keys() == {ObjectRef.of(other)}


async def test_health_is_what_the_answer_says() -> None:
    (assessment,) = (await Applying(an("Deployment")).again()).health.values()
    assert assessment.health is Health.IN_PROGRESS


@pytest.mark.parametrize(
    ("live", "action", "data"),
    [
        pytest.param((), "created", "default", id="absent"),
        pytest.param((an("ConfigMap", data="theirs"),), "skipped", "theirs", id="there"),
    ],
)
async def test_what_is_the_users_own_is_created_once(
    live: tuple[Manifest, ...], action: str, data: str
) -> None:
    wanted = an("ConfigMap", annotations={MANAGED: "false"}, data="default")
    applying = Applying(wanted, cluster=FakeCluster(*live))

    assert await applying.actions() == [action]
    assert applying.cluster.now(wanted)["data"] == data
    assert not applying.around.owned.records


async def test_what_was_created_once_becomes_ours_and_is_given_back() -> None:
    wanted = an("ConfigMap", annotations={MANAGED: "false"}, data={"a": "ours"})
    applying = Applying(wanted)
    applying.desired = applying.desired.owned_by(Owner("v1", "Boss", "boss", "uid"))
    await applying.again()

    def say(managed: str, **fields: Any) -> None:
        live = applying.cluster.now(wanted)
        notes = {**live["metadata"], "annotations": {MANAGED: managed}}
        applying.cluster.put({**live, "metadata": notes, **fields})

    say("true", data={"a": "theirs"})
    assert await applying.actions() == ["configured"]
    live = applying.cluster.now(wanted)
    assert (live["data"], len(live["metadata"]["ownerReferences"])) == ({"a": "ours"}, 1)
    assert await applying.actions() == ["unchanged"]

    say("false", data={"a": "theirs"})
    assert await applying.actions() == ["skipped"]
    assert applying.cluster.now(wanted)["data"] == {"a": "theirs"}
    assert applying.around.owned.records


@pytest.mark.parametrize(
    ("paused", "detail"), [pytest.param(False, ""), pytest.param(True, "changed")]
)
async def test_what_the_predecessor_made_is_taken_over(paused: bool, detail: str) -> None:
    cluster = FakeCluster()
    cluster.put(an("Deployment", spec={"replicas": 1, "paused": paused}), "manager")
    applying = Applying(WEB, cluster=cluster)
    applying.around.legacy = applying.around.unseen = cluster.refs

    applied = await applying.again()

    live = cluster.now(WEB)
    (change,) = applied.changes.changes
    assert (change.action, change.detail) == (Action.ADOPTED, detail)
    assert live["spec"] == WEB["spec"]
    assert {entry["manager"] for entry in live["metadata"]["managedFields"]} == {FIELD_MANAGER}


async def test_what_went_in_an_earlier_try_is_taken_over_as_well() -> None:
    applying = Applying(WEB)
    applying.around.legacy = frozenset({ObjectRef.of(WEB)})

    (change,) = (await applying.again()).changes.changes

    assert (change.action, change.detail) == (Action.ADOPTED, "made anew")
