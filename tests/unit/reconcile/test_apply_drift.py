"""What others do to objects that are ours, again and again."""

from __future__ import annotations

from typing import Any

from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.inventory import Inventory
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.reconcile.apply import apply
from rhoai_operator.reconcile.fights import DELETIONS, REWRITES
from tests.fakes.cluster import KINDS, FakeCluster
from tests.fakes.reach import Surroundings
from tests.manifests import an

WIDGET = Kind("example.com", "v1", "Widget")
CUSTOM = {**an("ConfigMap", spec={"ours": 1}), "apiVersion": "example.com/v1", "kind": "Widget"}
SERVICE = an("Service", spec={"selector": {"app": "web"}})


class Applying:
    """One object that is applied again and again."""

    def __init__(self, wanted: Manifest) -> None:
        self.wanted = wanted
        self.cluster = FakeCluster(kinds=KINDS | {WIDGET})
        self.around = Surroundings(self.cluster, served=KINDS | {WIDGET})

    async def again(self) -> Change:
        applied = await apply(self.around.reach(), DesiredState((self.wanted,)))
        self.around.owned = Inventory(applied.records)
        (change,) = applied.changes.changes
        return change

    async def after(self, manager: str, **fields: Any) -> str:
        """Have a field manager set fields; tell what is done about it."""
        self.cluster.put({**self.cluster.now(self.wanted), **fields}, manager)
        return (await self.again()).action.value


async def test_a_selector_with_a_key_more_is_set_right() -> None:
    applying = Applying(SERVICE)
    await applying.again()
    theirs = {"selector": {"app": "web", "version": "2"}}

    assert await applying.after("rival", spec=theirs) == "corrected"
    assert applying.cluster.now(SERVICE)["spec"] == SERVICE["spec"]
    assert (await applying.again()).action is Action.UNCHANGED

    assert await applying.after("rival", spec=theirs) == "corrected"
    assert await applying.after("rival", spec=theirs) == "held"
    assert "rival has rewritten spec.selector 3 times" in (await applying.again()).detail


async def test_a_user_keeps_what_they_set_and_we_the_rest() -> None:
    def web(**requests: str) -> Manifest:
        container = {"name": "main", "resources": {"requests": requests}}
        return an("Deployment", spec={"template": {"spec": {"containers": [container]}}})

    applying = Applying(web(cpu="1", memory="64Mi"))
    await applying.again()

    await applying.after("kubectl", spec=web(cpu="2", memory="64Mi")["spec"])
    await applying.after("rival", spec=web(cpu="2")["spec"])

    live = applying.cluster.now(applying.wanted)
    assert live["spec"] == web(cpu="2", memory="64Mi")["spec"]
    assert (await applying.again()).action is Action.UNCHANGED


async def test_who_says_the_same_as_we_do_is_no_rival_when_another_field_changes() -> None:
    applying = Applying(CUSTOM)
    applying.cluster.put(CUSTOM, "twin")
    await applying.again()

    found = {await applying.after("user", spec={"ours": 1, "theirs": turn}) for turn in range(20)}

    assert found == {"unchanged"}
    assert list(applying.around.fights) == []


async def test_of_an_object_known_by_its_metadata_a_rival_is_named_as_well() -> None:
    applying = Applying(CUSTOM)
    await applying.again()

    found = [await applying.after("rival", spec={"ours": turn}) for turn in range(2, 2 + REWRITES)]

    assert found == ["corrected"] * (REWRITES - 1) + ["held"]
    assert "field manager rival has rewritten spec.ours" in (await applying.again()).detail


async def test_a_change_that_cannot_be_sent_counts_once() -> None:
    wanted = an("ConfigMap", data={"a": "1"})
    applying, ref = Applying(wanted), ObjectRef.of(wanted)
    await applying.again()
    applying.cluster.failing["apply", ref] = Unavailable("no answer")

    assert await applying.after("rival", data={"a": "2"}) == "failed"
    for _ in range(DELETIONS):
        assert (await applying.again()).action is Action.FAILED

    applying.cluster.failing.clear()
    assert (await applying.again()).action is Action.CORRECTED
    assert await applying.after("rival", data={"a": "2"}) == "corrected"
    assert await applying.after("rival", data={"a": "2"}) == "held"


async def test_what_is_deleted_again_and_again_is_left_for_a_while() -> None:
    wanted = an("ConfigMap", data={"a": "1"})
    applying = Applying(wanted)
    await applying.again()
    found = []
    for _ in range(DELETIONS):
        applying.cluster.remove(wanted)
        found.append((await applying.again()).action.value)
    assert found == ["corrected"] * (DELETIONS - 1) + ["held"]

    applying.around.now += 60
    assert (await applying.again()).action is Action.CORRECTED
    assert (await applying.again()).action is Action.UNCHANGED


async def test_webhooks_are_not_applied_before_the_service_behind_them() -> None:
    service = an("Service", "hook")
    client = {"clientConfig": {"service": {"namespace": "ns", "name": "hook"}}}
    hook = an("ValidatingWebhookConfiguration", webhooks=[{"name": "h", **client}])
    around = Surroundings(FakeCluster())
    around.cluster.failing["apply", ObjectRef.of(service)] = Unavailable("no answer")

    async def again() -> list[str]:
        applied = await apply(around.reach(), DesiredState((service, hook)))
        return [change.action.value for change in applied.changes.changes]

    assert await again() == ["failed", "waiting"]
    around.cluster.failing.clear()
    assert await again() == ["created", "created"]


async def test_what_was_made_of_an_older_object_is_not_written_over_a_newer_one() -> None:
    settings = an("ConfigMap", data={"json": '{"ours": 1}'})
    applying = Applying(settings)
    await applying.again()
    ref, seen = ObjectRef.of(settings), applying.cluster.now(settings)
    theirs = applying.cluster.put({**seen, "data": {"json": '{"theirs": 1}'}}, "user")
    made_of = {ref: seen["metadata"]["resourceVersion"]}

    for wanted in (settings, {**settings, "data": {"json": '{"ours": 2}'}}):
        applied = await apply(applying.around.reach(), DesiredState((wanted,), made_of=made_of))

        (change,) = applied.changes.changes
        assert (change.action, change.error, change.passing) == (Action.FAILED, "Conflict", True)
        assert applying.cluster.now(settings) == theirs
