from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhoai_operator.core.fields import Claim
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.reconcile import fights
from rhoai_operator.reconcile.fights import (
    DELETIONS,
    FIRST_TRUCE,
    LONGEST_TRUCE,
    REWRITES,
    WINDOW_SECONDS,
    Fight,
    Fights,
)
from tests.manifests import an
from tests.quickly import quickly

REF, OTHER = ObjectRef.of(an("ConfigMap")), ObjectRef.of(an("ConfigMap", "other"))
LABEL, DATA = Claim("rival", "metadata.labels.a"), Claim("rival", "data.a")
ELSEWHERE = Claim("another", "data.a")


class Arena:
    """One object that is rewritten and set right, as time goes by."""

    def __init__(self) -> None:
        self.fights = Fights()
        self.now = 1000.0

    def rewrite(self, *claims: Claim, after: float = 1.0, ref: ObjectRef = REF) -> Fight | None:
        """Find it rewritten; set it right unless that is left for later."""
        self.now += after
        if fight := self.fights.standing(ref, self.now):
            return fight
        if fight := self.fights.rewritten(ref, claims, self.now):
            return fight
        self.fights.corrected(ref)
        return None

    def count(self, *claims: Claim, times: int) -> list[int]:
        """Rewrite it so often; tell the counts of the fights."""
        found = (self.rewrite(*claims) for _ in range(times))
        return [fight.count if fight else 0 for fight in found]


def test_a_field_that_is_rewritten_three_times_is_fought_over() -> None:
    arena = Arena()

    assert arena.count(LABEL, times=REWRITES - 1) == [0, 0]
    fight = arena.rewrite(LABEL)

    assert fight == Fight(REF, LABEL, REWRITES, arena.now + FIRST_TRUCE)
    assert str(fight) == "field manager rival has rewritten metadata.labels.a 3 times in 5 min"
    assert list(arena.fights) == [fight]


def test_it_is_left_until_the_truce_ends_and_then_set_right_once() -> None:
    arena = Arena()
    arena.count(LABEL, times=REWRITES)
    begun = arena.now

    assert arena.fights.standing(REF, begun + FIRST_TRUCE - 1)
    assert arena.fights.standing(OTHER, begun) is None
    assert arena.fights.standing(REF, begun + FIRST_TRUCE) is None
    assert arena.rewrite(LABEL, after=FIRST_TRUCE) is None


def test_truces_grow_while_it_goes_on_up_to_the_window() -> None:
    arena = Arena()
    truces: list[float] = []
    while len(truces) < 8:
        if fight := arena.rewrite(LABEL):
            truces.append(fight.until - arena.now)
            arena.now = fight.until - 0.5

    assert truces[0] == FIRST_TRUCE
    assert max(truces) > 2 * FIRST_TRUCE
    assert all(FIRST_TRUCE <= truce <= LONGEST_TRUCE for truce in truces)


def test_a_truce_is_never_longer_than_the_window() -> None:
    fights, found = Fights(), list[float]()
    for second in range(20):
        if fight := fights.rewritten(REF, [LABEL], float(second)):
            found.append(fight.until - second)
        fights.corrected(REF)
    assert found[:4] == [60, 120, 240, LONGEST_TRUCE]
    assert set(found[4:]) == {LONGEST_TRUCE}


def test_it_heals_when_the_other_stops() -> None:
    arena = Arena()
    arena.count(LABEL, times=REWRITES)
    arena.now += WINDOW_SECONDS
    assert arena.fights.standing(REF, arena.now) is None
    arena.fights.corrected(REF)

    assert arena.count(LABEL, times=REWRITES) == [0, 0, REWRITES]


def test_rewrites_that_are_far_apart_are_none() -> None:
    arena = Arena()
    found = [arena.rewrite(LABEL, after=WINDOW_SECONDS / (REWRITES - 1)) for _ in range(20)]
    assert found == [None] * 20


def test_fields_managers_and_objects_are_told_apart() -> None:
    arena = Arena()
    for claim in (LABEL, DATA, ELSEWHERE) * (REWRITES - 1):
        assert arena.rewrite(claim) is None
    assert arena.rewrite(DATA, ref=OTHER) is None

    fight = arena.rewrite(DATA)
    assert fight
    assert fight.claim == DATA


def test_the_field_that_is_rewritten_most_is_named() -> None:
    arena = Arena()
    arena.count(DATA, times=2)
    fight = arena.rewrite(LABEL, DATA)
    assert fight
    assert (fight.claim, fight.count) == (DATA, 3)


def test_a_field_and_a_manager_say_more_than_a_count() -> None:
    arena = Arena()
    assert arena.count(times=DELETIONS - REWRITES) == [0] * (DELETIONS - REWRITES)
    assert arena.count(LABEL, times=REWRITES) == [0, 0, REWRITES]


def test_another_field_is_another_fight() -> None:
    arena = Arena()
    arena.count(LABEL, times=REWRITES)
    assert arena.rewrite(LABEL, after=FIRST_TRUCE) is None
    assert arena.rewrite(DATA) is None


def test_one_change_is_counted_once_however_often_it_is_seen() -> None:
    arena = Arena()
    for _ in range(9):
        assert arena.fights.rewritten(REF, [LABEL], arena.now) is None

    arena.fights.corrected(REF)
    assert arena.count(LABEL, times=REWRITES - 1) == [0, REWRITES]


def test_a_claim_that_is_told_twice_counts_once() -> None:
    assert Arena().count(LABEL, LABEL, times=REWRITES) == [0, 0, REWRITES]


def test_deletions_are_fought_over_as_well_but_later() -> None:
    arena = Arena()

    assert arena.count(times=DELETIONS) == [0] * (DELETIONS - 1) + [DELETIONS]

    (fight,) = arena.fights
    assert str(fight) == "changed or deleted 10 times in 5 min, and set right each time"


def test_so_are_rewrites_each_of_another_field() -> None:
    arena = Arena()
    found = [arena.rewrite(Claim(f"kubectl-{turn}", f"data.{turn}")) for turn in range(DELETIONS)]
    assert found[:-1] == [None] * (DELETIONS - 1)
    assert found[-1]
    assert found[-1].count == DELETIONS


def test_what_turns_out_not_to_be_ours_is_not_counted() -> None:
    arena = Arena()
    arena.count(LABEL, times=REWRITES - 1)
    for _ in range(2 * DELETIONS):
        assert arena.fights.rewritten(REF, [DATA], arena.now) is None
        arena.fights.unfounded(REF)
    arena.fights.unfounded(OTHER)

    assert arena.count(LABEL, times=1) == [REWRITES]


def test_a_new_fight_replaces_the_one_before() -> None:
    arena = Arena()
    arena.count(LABEL, times=REWRITES)
    arena.now += WINDOW_SECONDS + LONGEST_TRUCE
    arena.fights.corrected(REF)
    arena.rewrite(DATA)
    assert list(arena.fights) == []


def test_a_field_manager_that_is_not_known_is_said_to_be_so() -> None:
    fight = Fight(REF, Claim("", "data.a"), 3, 0.0)
    assert str(fight) == "field manager unknown has rewritten data.a 3 times in 5 min"


STEPS = st.tuples(
    st.floats(0.01, 200.0),
    st.sets(st.builds(Claim, st.sampled_from("xyz"), st.sampled_from("abc")), max_size=3),
)


@quickly
@given(st.lists(STEPS, max_size=60))
def test_corrections_are_bounded_and_it_always_heals(
    steps: list[tuple[float, set[Claim]]],
) -> None:
    arena, right = Arena(), list[float]()
    for after, claims in steps:
        fight = arena.rewrite(*claims, after=after)
        if fight is None:
            right.append(arena.now)
        else:
            assert arena.now < fight.until <= arena.now + LONGEST_TRUCE
        assert len([at for at in right if at > arena.now - WINDOW_SECONDS]) <= DELETIONS

    assert arena.fights.standing(REF, arena.now + LONGEST_TRUCE) is None


@quickly
@given(st.lists(st.integers(0, 40), max_size=200))
def test_memory_is_bounded(names: list[int]) -> None:
    arena = Arena()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fights, "MOST_OBJECTS", 10)
        for turn, name in enumerate(names):
            ref = ObjectRef.of(an("ConfigMap", f"n{name}"))
            arena.rewrite(Claim(f"m{turn}", "data.a"), after=10, ref=ref)

    newest = [ObjectRef.of(an("ConfigMap", f"n{name}")) for name in dict.fromkeys(names[::-1])]
    assert set(arena.fights._quarrels) == set(newest[:10])


def test_managers_of_long_ago_are_forgotten() -> None:
    fights = Fights()
    for turn in range(1000):
        fights.rewritten(REF, [Claim(f"m{turn}", "data.a")], 10.0 * turn)
        fights.corrected(REF)
    (quarrel,) = fights._quarrels.values()
    assert len(quarrel.times) <= WINDOW_SECONDS / 10 + 1
