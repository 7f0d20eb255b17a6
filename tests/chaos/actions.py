"""All that may happen in a round, and how often. Each says what it did."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeAlias

from rhoai_operator.core.objects import ObjectRef
from tests.chaos.edits import edits_of
from tests.chaos.world import COMPONENTS, DSC, GREETERS, USER, VALUES, World, lull
from tests.faults import (
    Answer,
    Cut,
    Delay,
    Drop,
    ExpiredWatch,
    Fault,
    HalfOpen,
    Reset,
    Rule,
    StaleWatch,
    Trickle,
)
from tests.madeup import APIS, foreign_api
from tests.rest import Refused
from tests.wait import blocking_until

Action: TypeAlias = Callable[[World], str]

STATES = ("Managed",) * 5 + ("Removed",) * 3 + ("Unmanaged",)
FAULTS: tuple[tuple[Fault, dict[str, Any]], ...] = (
    (Drop(), {"rate": 0.3}),
    (Drop(served=True), {"rate": 0.3}),
    (Reset(), {"rate": 0.3}),
    (Reset(served=True), {"rate": 0.3}),
    (Delay(0.3), {"rate": 0.5}),
    (Trickle(0.5), {"rate": 0.3}),
    (Cut(), {"rate": 0.3}),
    (Answer(429, retry_after=1), {"rate": 0.3}),
    (Answer(500), {"rate": 0.3}),
    (Answer(503), {}),
    (Answer(409), {"rate": 0.5, "method": "PATCH|POST|PUT|DELETE"}),
    (HalfOpen(), {"rate": 0.1}),
    (StaleWatch(), {}),
    (ExpiredWatch(), {"rate": 0.7}),
    (Answer(410), {"path": "[?&]watch=", "rate": 0.5}),
)
AWAY_SECONDS = 1.5
GONE_SECONDS = 60.0
LOST = 1
"""Exit code of an operator that has lost its lease to another."""


def edit_states(world: World) -> str:
    changed = world.chance.sample(COMPONENTS, world.chance.randint(1, 3))
    for name in changed:
        world.wanted[name]["managementState"] = world.chance.choice(STATES)
    world.want()
    return "wants " + ", ".join(f"{n} {world.wanted[n]['managementState']}" for n in changed)


def edit_a_field(world: World) -> str:
    name, greeting = world.chance.choice(GREETERS), f"hello-{world.chance.randrange(10**6)}"
    world.wanted[name]["greeting"] = greeting
    world.want()
    return f"wants {name} {greeting}"


def edit_owned(world: World) -> str:
    somebody = f"somebody-{uuid.uuid4().hex[:8]}"  # always another one: that is no fight
    done = []
    for ref in world.some(world.owned(), 4):
        edit = world.chance.choice(edits_of(ref.kind))
        if live := world.stage.rest.get(ref):
            done.append(f"{ref} {_edited(world, ref, edit(live), somebody)}")
    return f"edits {'; '.join(done) or 'nothing'}"


def _edited(world: World, ref: ObjectRef, patch: Any, somebody: str) -> str:
    try:
        world.stage.rest.merge(ref, patch, somebody)
    except Refused as error:
        return f"refused: {error}"
    return str(patch)[:120]


def settle_in(world: World) -> str:
    """Have somebody set what is theirs to set: a label of their own, and how many replicas."""
    (ref,) = world.some(world.owned(), 1) or (None,)
    if ref is None:
        return "settles in nowhere"
    number = world.chance.randint(2, 4)
    patch: dict[str, Any] = {"metadata": {"labels": {"somebodys-own": f"label-{number}"}}}
    if ref.kind == "Deployment":
        patch["spec"] = {"replicas": number}
    done = _edited(world, ref, patch, "settler")
    world.keep(ref, patch)
    return f"settles in at {ref} {done}"


def delete_owned(world: World) -> str:
    chosen = world.some(world.owned(), 4)
    for ref in chosen:
        world.stage.rest.delete(ref)
    return f"deletes {', '.join(map(str, chosen)) or 'nothing'}"


def kill(world: World) -> str:
    """Until it is needed, or the round ends, there is none."""
    operator = world.stage.operator
    operator.kill()
    return f"kills {operator.log.stem}"


def restart(world: World) -> str:
    world.calm()
    operator = world.stage.operator
    operator.end()
    return f"ends {operator.log.stem}, starts {world.stage.operator.log.stem}"


def pause(world: World) -> str:
    """Let one sleep past its lease: another leads, and the first ends when it wakes up."""
    world.calm()
    sleeper = world.stage.operator
    blocking_until(lambda: sleeper.is_leading, GONE_SECONDS, f"{sleeper.log} says that it leads")
    sleeper.pause()
    successor = world.stage.start()
    blocking_until(lambda: successor.is_leading, GONE_SECONDS, "the successor leads")
    sleeper.resume()
    code = sleeper.wait(GONE_SECONDS)
    world.stage.forget(sleeper)
    assert code == LOST, f"{sleeper.log}: ended with {code}"
    return f"lets {sleeper.log.stem} sleep until {successor.log.stem} leads"


def make_fault(world: World) -> str:
    fault, which = world.chance.choice(FAULTS)
    world.faults.append(world.stage.proxy.inject(Rule(fault, **which)))
    return f"makes {fault} {which or ''}".rstrip()


def go_away(world: World) -> str:
    with world.stage.proxy.away():
        lull(lambda: False, world.chance.uniform(0.1, AWAY_SECONDS))
    return "has the API server away for a while"


def toggle_api(world: World) -> str:
    crd = foreign_api(world.chance.choice(APIS))
    ref = ObjectRef.of(crd)
    if world.stage.rest.delete(ref):
        blocking_until(lambda: not world.stage.rest.get(ref), GONE_SECONDS, f"{ref} is gone")
        return f"takes {ref} away"
    world.stage.rest.apply(crd, "somebody")
    return f"brings {ref}"


def change_value(world: World) -> str:
    ref = world.chance.choice(VALUES)
    if world.chance.random() < 0.3 and world.stage.rest.delete(ref):
        return f"deletes {ref}"
    domain = f"{world.chance.randrange(10**6)}.example.com"
    metadata = {"name": ref.name, "namespace": ref.namespace}
    body = {"apiVersion": "v1", "kind": ref.kind, "metadata": metadata, "data": {"domain": domain}}
    world.stage.rest.apply(body, USER)
    return f"has {ref} say {domain}"


def replace_dsc(world: World) -> str:
    world.calm()
    assert world.stage.operator.is_alive
    world.stage.rest.delete(DSC)
    blocking_until(lambda: not world.stage.rest.get(DSC), GONE_SECONDS, f"{DSC} is gone")
    world.want()
    return f"deletes {DSC} and makes it anew"


ACTIONS: tuple[tuple[int, Action], ...] = (
    (6, edit_states),
    (2, edit_a_field),
    (7, edit_owned),
    (7, delete_owned),
    (2, settle_in),
    (4, kill),
    (1, restart),
    (1, pause),
    (6, make_fault),
    (1, go_away),
    (2, toggle_api),
    (2, change_value),
    (1, replace_dsc),
)
"""With how often they happen, to each other."""
