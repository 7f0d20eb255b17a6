from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhoai_operator.cluster.turns import WIDE_SECONDS, Turns
from tests.virtual_time import virtual_time

Step: TypeAlias = tuple[str, int]


class Visit:
    """One who takes a turn and keeps it until ``leave`` is set."""

    def __init__(self, turns: Turns, name: str, entered: list[str]) -> None:
        self.name = name
        self.has_turn = False
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self._stay(turns, entered))

    async def _stay(self, turns: Turns, entered: list[str]) -> None:
        async with turns.turn(self.name):
            entered.append(self.name)
            self.has_turn = True
            try:
                await self.leave.wait()
            finally:
                self.has_turn = False


class House:
    """Turns, and who asked for one."""

    def __init__(self, most: int, share: int) -> None:
        self.turns = Turns(most, share)
        self.most, self.share = most, share
        self.visits: list[Visit] = []
        self.entered: list[str] = []

    async def come(self, names: Iterable[str]) -> None:
        for name in names:
            self.visits.append(Visit(self.turns, name, self.entered))
        await settle()

    def inside(self) -> Counter[str]:
        return Counter(visit.name for visit in self.visits if visit.has_turn)

    def leave(self, name: str) -> None:
        next(v for v in self.visits if v.name == name and v.has_turn).leave.set()

    def waiting(self) -> set[str]:
        return {v.name for v in self.visits if not v.has_turn and not v.task.done()}

    async def close(self) -> None:
        for visit in self.visits:
            visit.leave.set()
        async with asyncio.timeout(5):
            await asyncio.gather(*(visit.task for visit in self.visits), return_exceptions=True)


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(6):
        await asyncio.sleep(0)


async def test_so_many_at_once_and_of_one_name() -> None:
    house = House(most=16, share=8)
    await house.come("a" * 40)
    assert house.inside() == {"a": 8}

    await house.come("b" * 40)
    assert house.inside() == {"a": 8, "b": 8}

    await house.come("c")
    assert house.inside() == {"a": 8, "b": 8}
    assert house.turns.waiting == 65
    await house.close()


async def test_whoever_has_the_least_waiting_goes_first() -> None:
    house = House(most=1, share=1)
    await house.come("aaaabbc")

    for _ in range(6):
        house.leave(house.entered[-1])
        await settle()

    assert "".join(house.entered) == "acbbaaa"
    await house.close()


async def test_whoever_holds_none_goes_before_that() -> None:
    house = House(most=3, share=3)
    await house.come("aab")
    await house.come("accc")

    house.leave("b")
    await settle()
    assert house.inside() == {"a": 2, "c": 1}

    house.leave("c")
    await settle()
    assert house.inside() == {"a": 2, "c": 1}

    house.leave("a")
    await settle()
    assert house.inside() == {"a": 2, "c": 1}
    await house.close()


async def test_who_has_begun_is_done_before_others_begin() -> None:
    house = House(most=1, share=1)
    await house.come("abcabc")

    for _ in range(5):
        house.leave(house.entered[-1])
        await settle()

    assert "".join(house.entered) == "aabbcc"
    await house.close()


async def test_what_is_wide_counts_as_several_and_needs_only_one() -> None:
    turns, entered = Turns(most=4, share=3), []

    async def visit(name: str, width: int) -> None:
        async with turns.turn(name, width):
            entered.append(name)
            await leave.wait()

    leave = asyncio.Event()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        for name, width in (("a", 2), ("a", 2), ("a", 2), ("b", 1), ("b", 1), ("c", 4)):
            group.create_task(visit(name, width))
        await settle()
        assert entered == ["a", "a"]  # four of four, although its share is three
        assert turns.waiting == 4
        leave.set()
    assert sorted(entered) == ["a", "a", "a", "b", "b", "c"]
    assert turns.waiting == 0


async def test_what_is_wide_goes_one_after_the_other_while_anything_narrow_is_about() -> None:
    turns, entered = Turns(most=8, share=8), list[str]()
    leaves = {name: asyncio.Event() for name in ("narrow", "first", "second", "third")}

    async def visit(name: str, width: int) -> None:
        async with turns.turn(name, width):
            entered.append(name)
            await leaves[name].wait()

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        for name in leaves:
            group.create_task(visit(name, 1 if name == "narrow" else 2))
        await settle()
        assert entered == ["narrow", "first"]

        leaves["first"].set()
        await settle()
        assert entered == ["narrow", "first", "second"]

        leaves["narrow"].set()
        await settle()
        assert entered == ["narrow", "first", "second", "third"]
        for leave in leaves.values():
            leave.set()


@virtual_time
async def test_what_is_wide_and_hangs_holds_others_up_for_a_while_only() -> None:
    turns, entered, never = Turns(most=8, share=4), list[str](), asyncio.Event()

    async def visit(name: str, width: int) -> None:
        async with turns.turn(name, width):
            entered.append(name)
            await never.wait()

    visits = [asyncio.create_task(visit(*who)) for who in (("a", 1), ("a", 2), ("b", 2))]
    await asyncio.sleep(WIDE_SECONDS - 0.1)
    assert entered == ["a", "a"]

    await asyncio.sleep(0.2)

    assert entered == ["a", "a", "b"]
    for task in visits:
        task.cancel()


async def test_what_is_narrow_goes_before_what_is_wide() -> None:
    turns, entered, leave = Turns(most=2, share=2), list[str](), asyncio.Event()

    async def visit(name: str, width: int) -> None:
        async with turns.turn("a", width):
            entered.append(name)
            await leave.wait()

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        for name, width in (("first", 2), ("wide", 2), ("narrow", 1), ("other", 1)):
            group.create_task(visit(name, width))
        await settle()
        assert entered == ["first"]
        leave.set()

    assert sorted(entered[1:3]) == ["narrow", "wide"]  # one of them is always on its way
    assert entered[3] == "other"


async def test_one_name_is_served_in_order() -> None:
    turns, order = Turns(1, 1), []

    async def visit(number: int) -> None:
        async with turns.turn("a"):
            order.append(number)

    await asyncio.gather(*map(visit, range(20)))

    assert order == list(range(20))


async def test_whoever_is_cancelled_while_waiting_takes_no_turn() -> None:
    house = House(most=1, share=1)
    await house.come("aaa")
    house.visits[1].task.cancel()
    await settle()

    house.leave("a")
    await settle()

    assert house.visits[2].has_turn
    await house.close()


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(("leave", "tick", "cancel"), id="given-and-then-cancelled"),
        pytest.param(("leave", "cancel"), id="cancelled-when-it-is-given"),
        pytest.param(("cancel", "leave"), id="cancelled-before-it-is-given"),
    ],
)
async def test_a_turn_given_to_one_who_is_cancelled_at_that_moment_is_not_lost(
    steps: tuple[str, ...],
) -> None:
    house = House(most=1, share=1)
    await house.come("abc")

    for step in steps:
        if step == "leave":
            house.leave("a")
        elif step == "cancel":
            house.visits[1].task.cancel()
        else:
            await asyncio.sleep(0)  # a gives its turn to b, which does not run yet
    await settle()

    assert house.visits[2].has_turn
    assert house.turns.waiting == 0
    await house.close()


async def test_an_error_gives_the_turn_back() -> None:
    turns = Turns(1, 1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with asyncio.timeout(5), turns.turn("a"):
                _ = 1 / 0


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from("abcd"), st.just(0)),
        st.tuples(st.sampled_from(["leave", "cancel"]), st.integers(0, 30)),
        st.sampled_from([("settle", 0), ("tick", 0)]),
    ),
    max_size=60,
)


@given(steps=STEPS, most=st.integers(1, 4), share=st.integers(1, 3))
def test_no_turn_is_lost_or_given_twice_or_lies_idle(
    steps: list[Step], most: int, share: int
) -> None:
    asyncio.run(check(House(most, share), steps))


async def check(house: House, steps: list[Step]) -> None:
    for what, which in steps:
        if what in "abcd":
            house.visits.append(Visit(house.turns, what, house.entered))
        elif what == "settle":
            await settle()
            check_now(house)
        elif what == "tick":
            await asyncio.sleep(0)
        elif house.visits:
            visit = house.visits[which % len(house.visits)]
            visit.leave.set() if what == "leave" else visit.task.cancel()
    await settle()
    check_now(house)
    await house.close()

    await house.come("abcd" * (house.share + 1))
    assert sum(house.inside().values()) == min(house.most, 4 * house.share)
    await house.close()


def check_now(house: House) -> None:
    inside = house.inside()
    assert inside.total() <= house.most
    assert all(count <= house.share for count in inside.values())
    if inside.total() < house.most:
        assert {name for name in house.waiting() if inside[name] < house.share} == set()
