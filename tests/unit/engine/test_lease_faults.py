from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rhoai_operator.engine.lease import NAME
from tests.replicas import SOON, STEP, TAKEOVER, TERMS, Fault, Replica, World
from tests.virtual_time import virtual_time


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.HANGS])
@virtual_time
async def test_who_cannot_renew_stops_in_time_and_goes_on_if_nobody_took_it(fault: Fault) -> None:
    world = World()
    first = await world.start("a")
    await world.after(5)

    first.link.fault = fault
    await world.after(TERMS.renew_deadline - TERMS.retry - STEP)
    assert world.leading == ["a"], "one failure is no reason to stop"
    await world.after(TERMS.retry + SOON)
    assert world.leading == []
    await world.after(60)
    first.link.fault = Fault.NONE

    await world.until("a", TERMS.renew_deadline + TERMS.retry + SOON)
    assert not first.elector.lost.is_set()
    assert world.record.transitions == 0


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.HANGS])
@virtual_time
async def test_one_that_is_cut_off_stops_before_another_leads_and_is_lost(fault: Fault) -> None:
    world = World()
    first, _ = await world.start("a"), await world.start("b")
    await world.after(5)

    first.link.fault = fault
    await world.until("b", TAKEOVER)
    first.link.fault = Fault.NONE
    await world.after(TERMS.renew_deadline + TERMS.retry)

    assert first.elector.lost.is_set()
    assert first.told_lost == 1
    assert first.has_ended
    assert world.leading == ["b"]


@virtual_time
async def test_a_lost_answer_costs_nothing() -> None:
    world = World()
    first = await world.start("a")
    await world.after(1)
    first.link.fault = Fault.LOSES_ANSWERS
    await world.after(3)
    first.link.fault = Fault.NONE

    for _ in range(200):
        await world.after(STEP)
        assert world.leading == ["a"]


@virtual_time
async def test_one_that_never_hears_that_it_renews_stops_and_the_other_has_to_wait() -> None:
    world = World()
    first, second = await world.start("a"), await world.start("b")
    first.link.fault = Fault.LOSES_ANSWERS
    await world.after(TERMS.renew_deadline)

    for _ in range(60):
        await world.after(1)
        assert world.leading == []

    assert second.elector.is_standby
    first.link.fault = Fault.NONE
    await world.until("a", TERMS.renew_deadline + TERMS.retry + SOON)


@virtual_time
async def test_one_that_acquired_it_without_hearing_so_leads_when_it_hears() -> None:
    world = World()
    first = await world.start("a", Fault.LOSES_ANSWERS)
    assert (world.record.holder, world.leading) == ("a", [])

    first.link.fault = Fault.NONE

    await world.until("a", TERMS.renew_deadline + TERMS.retry + SOON)
    assert world.record.transitions == 0


@virtual_time
async def test_a_slow_api_server_is_good_enough() -> None:
    world = World()
    first = await world.start("a")
    first.link.fault = Fault.SLOW

    for _ in range(600):
        await world.after(STEP)
        assert world.leading == ["a"]


@virtual_time
async def test_the_time_that_a_renewal_takes_is_not_won() -> None:
    world = World()
    first = await world.start("a", Fault.SLOW)
    await world.after(9.9)  # asked at 0 s, claimed from 4 s to 8 s
    assert world.leading == ["a"]

    first.link.fault = Fault.HANGS

    await world.after(4.0 + TERMS.renew_deadline - 10.0 - SOON)
    assert world.leading == ["a"]
    await world.after(2 * SOON)
    assert world.leading == []


@virtual_time
async def test_one_that_did_not_run_for_a_while_does_not_lead_until_it_has_renewed() -> None:
    world = World()
    first = await world.start("a")
    first.kill()
    await world.after(TERMS.renew_deadline)
    assert world.leading == []

    first.start()

    await world.until("a", SOON)


@virtual_time
async def test_one_that_was_replaced_while_it_did_not_run_writes_nothing() -> None:
    world = World()
    first, _ = await world.start("a"), await world.start("b")
    first.kill()
    await world.until("b", TAKEOVER)
    first.link.asked.clear()

    first.start()
    await world.after(TERMS.retry)

    assert first.elector.lost.is_set()
    assert first.link.asked == ["get"]


@virtual_time
async def test_a_lease_that_lapsed_and_vanished_may_have_been_anybodys() -> None:
    world = World()
    first = await world.start("a")
    first.link.fault = Fault.REFUSED
    await world.after(20)
    world.delete()
    first.link.fault = Fault.NONE

    await world.after(TERMS.retry + SOON)

    assert first.elector.lost.is_set()


@virtual_time
async def test_a_standby_cut_off_from_renewals_takes_nothing() -> None:
    world = World()
    _, second = await world.start("a"), await world.start("b")

    second.link.fault = Fault.HANGS
    await world.after(40)
    second.link.fault = Fault.NONE
    await world.after(40)

    assert world.leading == ["a"]
    assert world.record.transitions == 0


@virtual_time
async def test_a_lease_that_lapsed_is_told(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    first = await world.start("a")
    first.link.fault = Fault.REFUSED
    await world.after(20)
    first.link.fault = Fault.NONE
    await world.until("a", TERMS.retry + SOON)

    failed, lapsed, renewed = [record.getMessage() for record in caplog.records]
    assert "cannot renew Lease operator/rhoai-operator: connection refused" in failed
    assert "nothing is written until it is renewed" in lapsed
    assert "had lapsed; nobody else held it" in renewed


@virtual_time
async def test_losses_are_counted_whether_seen_at_once_or_afterwards() -> None:
    world = World()
    first, _ = await world.start("a"), await world.start("b")
    assert counted(first) == {"reread": 0, "lapsed": 0, "taken": 0}

    world.annotate()
    await world.after(TERMS.retry)
    assert counted(first) == {"reread": 1, "lapsed": 0, "taken": 0}

    first.link.fault = Fault.REFUSED
    await world.after(TERMS.renew_deadline + TERMS.retry)
    first.link.fault = Fault.NONE
    await world.until("a", TERMS.retry)
    assert counted(first)["lapsed"] == 1

    first.kill()
    await world.after(TERMS.renew_deadline + TERMS.retry)
    first.start()
    await world.until("a", TERMS.retry)
    assert counted(first)["lapsed"] == 2

    first.kill()
    await world.until("b", TAKEOVER)
    first.start()
    await world.after(TERMS.retry)
    assert (counted(first)["lapsed"], counted(first)["taken"]) == (2, 1)


def counted(replica: Replica) -> dict[str, float]:
    replica.metrics.leading(NAME, replica.elector.is_leading())
    text = replica.metrics.exposition().decode()
    losses = "rhoai_operator_lease_losses_total"
    lines = {
        "reread": f'leader_election_slowpath_total{{name="{NAME}"}}',
        "lapsed": f'{losses}{{name="{NAME}",reason="lapsed"}}',
        "taken": f'{losses}{{name="{NAME}",reason="taken"}}',
    }
    found = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {key: float(found[line]) for key, line in lines.items()}


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.HANGS])
@virtual_time
async def test_a_release_that_fails_is_no_reason_to_stay(
    fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    first = await world.start("a")
    first.link.fault = fault

    async with asyncio.timeout(TERMS.renew_deadline):
        await first.stop()

    assert world.leading == []
    assert "stays until it expires" in caplog.text


Misfortune = tuple[str, Fault, float]
MISFORTUNES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(Fault), st.floats(0.1, 20.0)), max_size=8
)


@settings(max_examples=25, deadline=None)
@given(MISFORTUNES)
@virtual_time
async def test_whatever_happens_there_are_never_two_and_finally_one(
    misfortunes: list[Misfortune],
) -> None:
    world = World()
    replicas = {name: await world.start(name) for name in "abc"}

    for name, fault, seconds in misfortunes:
        replicas[name].link.fault = fault
        await world.after(seconds)  # asserts that at most one leads
    for replica in world.replicas:
        replica.link.fault = Fault.NONE
        if replica.has_ended:
            await world.start(f"{replica.name}2")
    await world.after(TERMS.duration + TERMS.renew_deadline + TERMS.retry + SOON)

    assert len(world.leading) == 1
