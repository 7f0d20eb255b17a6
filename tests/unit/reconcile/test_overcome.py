from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.cluster.errors import AdmissionDenied, Cause, Conflict, Immutable, Invalid
from rhoai_operator.core.objects import MANAGED, Manifest, ObjectRef
from rhoai_operator.reconcile.overcome import TRIES, UNREADABLE, overcome
from tests.fakes.cluster import FakeCluster
from tests.manifests import an

STRATEGY = Cause("spec.strategy.rollingUpdate", "FieldValueForbidden", "may not be specified")
SELECTOR = Cause("spec.selector", "FieldValueInvalid", "field is immutable")
CONTRADICTION = Invalid("no", (STRATEGY,))
LIVE = an("Deployment", spec={"strategy": {"type": "RollingUpdate", "rollingUpdate": {}}, "x": 1})
WANTED = an("Deployment", spec={"strategy": {"type": "Recreate"}})


def verbs(cluster: FakeCluster) -> list[str]:
    return [verb for verb, _ in cluster.calls]


async def test_what_contradicts_us_is_taken_out_in_place() -> None:
    cluster = FakeCluster(LIVE)
    live = cluster.now(LIVE)

    applied, detail = await overcome(cluster, WANTED, live, CONTRADICTION)

    assert applied.live["spec"] == {"strategy": {"type": "Recreate"}, "x": 1}
    assert applied.live["metadata"]["uid"] == live["metadata"]["uid"]
    assert detail == "taken out what contradicted it: spec.strategy.rollingUpdate"
    assert verbs(cluster) == ["create", "patch", "apply"]


class _Busy(FakeCluster):
    """Its objects' status changes just before each of the next patches."""

    changes = 0

    async def patch(self, ref: ObjectRef, patch: dict[str, Any]) -> Manifest | None:
        if self.changes:
            self.changes -= 1
            self.put({**self.now(LIVE), "status": {"left": self.changes}})
        return await super().patch(ref, patch)


@pytest.mark.parametrize("changes", [1, TRIES - 1])
async def test_a_status_that_changes_is_in_nobodys_way(changes: int) -> None:
    cluster = _Busy(LIVE)
    live, cluster.changes = cluster.now(LIVE), changes

    applied, _ = await overcome(cluster, WANTED, live, CONTRADICTION)

    assert applied.live["spec"] == {"strategy": {"type": "Recreate"}, "x": 1}


async def test_it_does_not_try_for_ever() -> None:
    cluster = _Busy(LIVE)
    live, cluster.changes = cluster.now(LIVE), TRIES

    with pytest.raises(Conflict):
        await overcome(cluster, WANTED, live, CONTRADICTION)


async def test_what_cannot_change_is_made_anew() -> None:
    cluster = FakeCluster(LIVE)
    error = Immutable("no", (STRATEGY, SELECTOR), (SELECTOR.field,))

    applied, detail = await overcome(cluster, WANTED, cluster.now(LIVE), error)

    assert applied.created
    assert applied.live["spec"] == WANTED["spec"]
    assert detail == "recreated: spec.selector is immutable"


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(Invalid("no"), id="no-causes"),
        pytest.param(Invalid("no", (Cause("", "", "no"),)), id="no-field"),
        pytest.param(
            Invalid("no", (STRATEGY, Cause("spec.strategy.x", UNREADABLE, "not in schema"))),
            id="what-was-sent-is-wrong",
        ),
        pytest.param(Invalid("no", (Cause("spec.x", "", "no"),)), id="nothing-to-take-out"),
        pytest.param(
            Immutable("no", (STRATEGY, Cause("spec.x", "", "no")), ("spec.x",)),
            id="what-cannot-change-and-may-not-be-made-anew",
        ),
    ],
)
async def test_otherwise_the_refusal_stands(error: Invalid) -> None:
    cluster = FakeCluster(LIVE)

    with pytest.raises(Invalid) as raised:
        await overcome(cluster, WANTED, cluster.now(LIVE), error)

    assert raised.value is error
    assert not verbs(cluster)


@pytest.mark.parametrize(
    "live",
    [
        pytest.param(None, id="absent"),
        pytest.param(
            {**LIVE, **an("Deployment", annotations={MANAGED: "false"})}, id="the-users-own"
        ),
    ],
)
async def test_nothing_to_overcome(live: Manifest | None) -> None:
    cluster = FakeCluster(LIVE)

    with pytest.raises(Invalid):
        await overcome(cluster, WANTED, live, CONTRADICTION)

    assert not verbs(cluster)


async def test_nothing_is_taken_out_for_an_object_that_is_refused_by_itself() -> None:
    cluster = FakeCluster(LIVE)
    cluster.failing["create", ObjectRef.of(WANTED)] = AdmissionDenied("no")

    with pytest.raises(AdmissionDenied):
        await overcome(cluster, WANTED, cluster.now(LIVE), CONTRADICTION)

    assert cluster.now(LIVE)["spec"] == LIVE["spec"]
