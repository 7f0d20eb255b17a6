"""Certificates as part of what is prepared for a component."""

from __future__ import annotations

from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.policies import Named, Policies, Rollout, Share
from rhoai_operator.reconcile.prepare import prepare
from tests.manifests import an
from tests.unit.reconcile.certificates.parts import (
    AUTHORITY,
    DAY,
    DESIRED,
    SERVING,
    START,
    Cluster,
    asking,
)

HOOKS = an("Deployment", "hooks", spec={"template": {"metadata": {}}})
ROLLOUT = Rollout(Named("Deployment", "hooks"), (Named("Secret", "hooks-tls"),))


async def prepared(state: Cluster, policies: Policies) -> Cluster:
    async def look(ref: ObjectRef, *, fresh: bool = False) -> Manifest | None:
        assert isinstance(fresh, bool)
        return state.live.get(ref)

    others = tuple(m for m in DESIRED.objects if m["kind"] != "Deployment")
    desired = DesiredState((*others, HOOKS))
    changed, due = await prepare(desired, policies, look, frozenset(), state.now)
    live = {ObjectRef.of(m): m for m in changed.objects}
    return Cluster(live, state.now, due)


async def test_a_component_gets_its_certificates_and_is_due_when_they_rotate() -> None:
    policies = Policies(certificates=(asking(),))
    first = await prepared(Cluster(), policies)
    again = await prepared(first, policies)
    assert {SERVING, AUTHORITY} <= first.live.keys()
    assert again.live == first.live
    assert again.next_due == first.next_due == Cluster().secured().next_due


async def test_a_rotation_rolls_out_what_reads_the_certificate() -> None:
    policies = Policies(certificates=(asking(),), rollouts=(ROLLOUT,))
    first = await prepared(Cluster(), policies)
    later = await prepared(Cluster(first.live, START + 100 * DAY), policies)
    rotated = await prepared(Cluster(first.live, START + 300 * DAY), policies)
    deployment = ObjectRef.of(HOOKS)
    assert later.live[deployment] == first.live[deployment]
    assert rotated.live[deployment] != first.live[deployment]


async def test_a_shared_service_brings_its_certificate() -> None:
    for shared, certified in ((Named("Service", "hooks"), True), (Named("Pod", "hooks"), False)):
        share = Share("other", {}, Policies(certificates=(asking(),)), frozenset({shared}))
        state = await prepared(Cluster(), Policies(shares=(share,)))
        assert (SERVING in state.live) is certified
