from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.cluster.errors import Conflict
from rhoai_operator.cluster.port import Applied
from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.fields import FIELD_MANAGER
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.reconcile.succession import TRIES, adopted, inherit
from tests.fakes.cluster import FakeCluster
from tests.manifests import an

THEIRS = {
    "manager": "default-dsc",
    "operation": "Apply",
    "apiVersion": "v1",
    "fieldsV1": {"f:data": {"f:a": {}}},
}
REF = ObjectRef.of(an("ConfigMap"))


class Changing(FakeCluster):
    """Its object changes that often before a patch is taken."""

    def __init__(self, live: Manifest, times: int) -> None:
        super().__init__(live)
        self.times = times

    async def get(self, ref: ObjectRef) -> Manifest | None:
        return live()

    async def patch(self, ref: ObjectRef, patch: dict[str, Any]) -> Manifest | None:
        if self.times:
            self.times -= 1
            raise Conflict(str(ref))
        self.sent = patch
        return None


def live(manager: str = "default-dsc") -> Manifest:
    entries = [{**THEIRS, "manager": manager}]
    metadata = {"managedFields": entries, "resourceVersion": "1"}
    return an("ConfigMap", data={"a": "b"}, metadata=metadata)


async def took(cluster: Changing, found: Manifest, owner: str = "") -> list[dict[str, Any]]:
    await inherit(cluster, found, owner)
    return list(cluster.sent["metadata"]["managedFields"])


@pytest.mark.parametrize(
    ("manager", "owner"),
    [("default-dsc", ""), ("default-dsci", ""), ("mine", "mine"), ("default-dsc", "mine")],
)
async def test_what_a_custom_resource_applied_is_ours(manager: str, owner: str) -> None:
    cluster = Changing(live(manager), 0)

    assert await took(cluster, live(manager), owner) == [{**THEIRS, "manager": FIELD_MANAGER}]


async def test_nothing_is_sent_where_nothing_was_its() -> None:
    cluster = FakeCluster(live("kubectl"))

    assert await inherit(cluster, live("kubectl")) == live("kubectl")


async def test_an_object_that_changes_meanwhile_is_read_anew() -> None:
    cluster = Changing(live(), TRIES - 1)

    assert await took(cluster, live())


async def test_one_that_changes_all_the_time_is_left_for_later() -> None:
    with pytest.raises(Conflict):
        await inherit(Changing(live(), TRIES), live())


def state(uid: str, generation: int) -> Manifest:
    return an("ConfigMap", metadata={"uid": uid, "generation": generation})


@pytest.mark.parametrize(
    ("after", "detail", "said"),
    [
        pytest.param(state("1", 1), "", "", id="as-it-was"),
        pytest.param(state("1", 2), "", "changed", id="changed"),
        pytest.param(state("2", 1), "", "made anew", id="anew"),
        pytest.param(state("2", 1), "recreated: why", "recreated: why", id="anew-and-why"),
    ],
)
def test_what_is_said_of_it(after: Manifest, detail: str, said: str) -> None:
    change = adopted(REF, state("1", 1), Applied(after, created=False), detail)

    assert change == Change(REF, Action.ADOPTED, said)


@pytest.mark.parametrize(
    ("app", "said"),
    [("new", "recreated: spec.selector is immutable"), ("old", "made anew")],
)
def test_the_cause_is_told_when_the_old_one_went_in_an_earlier_pass(app: str, said: str) -> None:
    def deployment(uid: str, app: str) -> Manifest:
        spec = {"selector": {"matchLabels": {"app": app}}}
        return an("Deployment", "web", spec=spec, metadata={"uid": uid})

    before, after = deployment("1", "old"), deployment("2", app)

    assert adopted(REF, before, Applied(after, created=True), "").detail == said
    assert adopted(REF, None, Applied(after, created=True), "").detail == "made anew"
