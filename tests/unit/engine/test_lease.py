from __future__ import annotations

import logging

import pytest

from rhoai_operator.cluster.errors import Forbidden, Gone
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.engine.lease import LEASE, Sole
from tests.replicas import NAMESPACE, REF, SOON, STEP, TAKEOVER, TERMS, World
from tests.virtual_time import virtual_time


@virtual_time
async def test_the_first_makes_namespace_and_lease_and_leads() -> None:
    world = World(namespaces=())

    first = await world.start("a")

    assert world.leading == ["a"]
    assert first.elector.held.is_set()
    assert await world.cluster.get(ObjectRef("", "Namespace", "", NAMESPACE, "v1"))
    spec = world.lease["spec"]
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"]) == ("a", 15)
    assert (spec["acquireTime"], spec["leaseTransitions"]) == (spec["renewTime"], 0)


@virtual_time
async def test_the_second_stands_by() -> None:
    world = World()
    first, second = await world.start("a"), await world.start("b")

    await world.after(60)

    assert world.leading == ["a"]
    assert (first.elector.is_standby, second.elector.is_standby) == (False, True)
    assert not second.elector.held.is_set()


@virtual_time
async def test_a_renewal_is_one_request_and_standing_by_is_one_watch() -> None:
    world = World()
    first, second = await world.start("a"), await world.start("b")
    for replica in (first, second):
        replica.link.asked.clear()

    await world.after(20)

    assert first.link.asked == ["patch"] * 10
    assert second.link.asked == []


@virtual_time
async def test_when_the_leader_dies_the_standby_leads_as_soon_as_the_lease_expires() -> None:
    world = World()
    first, _ = await world.start("a"), await world.start("b")
    await world.after(7)
    first.kill()

    waited = await world.until("b", TAKEOVER)

    assert waited > TERMS.duration - TERMS.retry - SOON
    assert world.record.transitions == 1


@virtual_time
async def test_when_the_leader_stops_the_standby_leads_at_once() -> None:
    world = World()
    first, second = await world.start("a"), await world.start("b")
    await world.after(7)

    await first.stop()

    assert await world.until("b", SOON) <= SOON
    assert (world.record.holder, world.record.transitions) == ("b", 1)
    assert not second.elector.is_standby


@virtual_time
async def test_of_two_standbys_one_takes_over_and_the_other_stands_by() -> None:
    world = World()
    first, *others = [await world.start(name) for name in "abc"]
    first.kill()

    await world.after(TERMS.duration + TERMS.retry + SOON)

    (leader,) = world.leading
    assert leader in ("b", "c")
    assert [r.name for r in others if r.elector.is_standby] == [{"b": "c", "c": "b"}[leader]]


@virtual_time
async def test_one_that_stops_on_standby_leaves_the_lease_alone() -> None:
    world = World()
    _, second = await world.start("a"), await world.start("b")

    await second.stop()

    assert world.record.holder == "a"


@virtual_time
async def test_a_change_by_others_that_is_no_takeover_disturbs_nobody() -> None:
    world = World()
    first, second = await world.start("a"), await world.start("b")

    for _ in range(100):
        await world.after(3 * STEP)
        world.annotate()
        assert world.leading == ["a"]

    assert not first.elector.lost.is_set()
    assert second.elector.is_standby


@virtual_time
async def test_annotating_a_dead_leaders_lease_does_not_keep_it_alive() -> None:
    world = World()
    first, _ = await world.start("a"), await world.start("b")
    first.kill()
    for _ in range(14):
        await world.after(1)
        world.annotate()

    await world.until("b", TERMS.duration - 14 + TERMS.retry + SOON)


@virtual_time
async def test_one_who_has_it_taken_away_by_hand_stops() -> None:
    world = World()
    first = await world.start("a")

    world.write(holderIdentity="somebody")
    await world.after(TERMS.retry)

    assert first.elector.lost.is_set()
    assert world.leading == []


@virtual_time
async def test_a_deleted_lease_is_made_anew_by_its_holder() -> None:
    world = World()
    first, second = await world.start("a"), await world.start("b")
    await world.after(1)

    world.delete()
    await world.after(TERMS.retry)

    assert world.leading == ["a"]
    assert world.record.holder == "a"
    assert not first.elector.lost.is_set()
    await world.after(2 * TERMS.duration)
    assert second.elector.is_standby


@virtual_time
async def test_the_deleted_lease_of_a_dead_leader_expires_all_the_same() -> None:
    world = World()
    first, _ = await world.start("a"), await world.start("b")
    first.kill()
    world.delete()

    waited = await world.until("b", TAKEOVER + TERMS.retry)

    assert waited > TERMS.duration - TERMS.retry - SOON


@pytest.mark.parametrize(
    ("duration", "expected"), [pytest.param(30, 30, id="its"), pytest.param(None, 15, id="ours")]
)
@pytest.mark.parametrize("renewed", ["1999-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z"])
@virtual_time
async def test_other_hosts_clocks_do_not_matter(
    duration: int | None, expected: float, renewed: str
) -> None:
    world = World()
    world.write(holderIdentity="x", renewTime=renewed, leaseDurationSeconds=duration)

    await world.start("a")
    assert await world.until("a", 60) == pytest.approx(expected, abs=SOON)


@pytest.mark.parametrize("error", [Gone("too old"), Forbidden("cannot watch")])
@virtual_time
async def test_without_a_watch_a_standby_looks_now_and_then(error: Gone | Forbidden) -> None:
    world = World()
    first, second = await world.start("a"), await world.start("b")
    world.cluster.failing["watch", LEASE] = error
    world.cluster.end_watches()
    await world.after(30)
    assert second.link.asked.count("get") <= 30 / TERMS.retry + 2

    await first.stop()

    await world.until("b", TERMS.retry + SOON)


@virtual_time
async def test_trouble_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world = World()
    world.cluster.failing["get", REF] = Forbidden("may not get leases")

    first = await world.start("a")
    await world.after(60)
    (told,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    world.cluster.failing.clear()
    await world.until("a", TERMS.retry + SOON)

    assert "cannot acquire" in told
    assert "may not get leases" in told
    assert not first.elector.lost.is_set()


async def test_a_sole_replica_always_leads() -> None:
    sole = Sole()

    await sole.run()
    await sole.release()

    assert sole.held.is_set()
    assert sole.is_leading()
    assert not sole.is_standby
    assert not sole.lost.is_set()
