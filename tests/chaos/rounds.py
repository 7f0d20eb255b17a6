"""Rounds of chaos: something happens, all has to come to rest, and nothing may be wrong then."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from subprocess import TimeoutExpired

from tests.chaos.actions import ACTIONS, Action
from tests.chaos.world import COMPONENTS, VALUES, World
from tests.rest import Refused
from tests.stage import Stage

MOST_ACTIONS = 4
REST_SECONDS = 60.0
_WEIGHTS = [weight for weight, _ in ACTIONS]
_ACTIONS = [action for _, action in ACTIONS]


@dataclass(frozen=True, slots=True)
class Failure:
    """A round that ended wrong.

    Attributes:
        actions: what happened in it, in order.
        wrong: what is not as it should be.
    """

    seed: int
    round: int
    actions: tuple[str, ...]
    wrong: str

    def __str__(self) -> str:
        happened = "\n".join(f"  {action}" for action in self.actions)
        return f"seed {self.seed}, round {self.round}:\n{happened}\nwrong: {self.wrong}"


def run(stage: Stage, seed: int, rounds: int, say: Callable[[str], None]) -> Failure | None:
    """Go through the rounds, until one ends wrong; in the end everything is removed.

    Args:
        seed: decides what happens in each round.
        say: told a line for each round.
    """
    wanted = {name: {"managementState": "Managed"} for name in COMPONENTS}
    world = World(stage, random.Random(seed), wanted)  # noqa: S311 - no secret
    for number in range(1, rounds + 1):
        began = time.monotonic()
        world.chance.seed(f"{seed} {number}")
        happened: list[str] = []
        try:
            _round(world, happened)
        except (AssertionError, Refused, TimeoutExpired) as error:
            return Failure(seed, number, tuple(happened), str(error))
        say(f"round {number}: {time.monotonic() - began:.1f} s: {'; '.join(happened)}")
    try:
        stage.clear()
        for ref in VALUES:
            stage.rest.delete(ref)
    except AssertionError as error:
        return Failure(seed, rounds + 1, ("removes everything",), str(error))
    return None


def _round(world: World, happened: list[str]) -> None:
    if not world.stage.is_alive:  # the first one
        assert world.stage.operator.is_alive
        world.want()
        world.find_ground()
    for action in _chosen(world.chance):
        happened.append(action(world))
    world.recover()
    world.stage.oracle.settle(REST_SECONDS)
    lost = world.lost()
    assert not lost, f"somebody's own is lost: {lost}"
    crashed = world.stage.crashed()
    assert not crashed, f"an operator ended of itself:\n{crashed[0]}"


def _chosen(chance: random.Random) -> list[Action]:
    return chance.choices(_ACTIONS, _WEIGHTS, k=chance.randint(1, MOST_ACTIONS))
