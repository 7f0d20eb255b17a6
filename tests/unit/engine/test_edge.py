from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from rhoai_operator.cluster.errors import Forbidden
from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.report import Blocked, Outcome
from rhoai_operator.engine import edge as module
from rhoai_operator.engine.attempts import Attempt, Attempts, Stamp, Version
from rhoai_operator.engine.edge import Edge
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.watched import Listeners, Watched
from rhoai_operator.metrics import Metrics
from tests.fakes.cluster import FakeCluster
from tests.manifests import an
from tests.unit.engine.following import SECONDS, idle

DSC, DSCI = "DataScienceCluster", "DSCInitialization"
NAMES = {DSC: ("web", "job"), DSCI: ("base",)}
REF = ObjectRef.of(an("ConfigMap"))
FIRST = Version("u1", 1, deleting=False)
LEFT = Outcome("web", remaining={REF: "held by finalizer a/b"})
FAILED = Outcome("web", changes=(Change(REF, Action.FAILED, "no"),))
SHUT = Outcome("web", blocked=Blocked("Paused", "not now"))


def dsc(generation: int = 1, uid: str = "u1", **metadata: Any) -> Manifest:
    return an(DSC, "dsc", metadata={"uid": uid, "generation": generation, **metadata})


class Asked:
    """What kopf asks, and the engine around it as tests want it."""

    def __init__(self, supervisor: Supervisor, metrics: Metrics, *live: Manifest) -> None:
        def ignore(*_: object) -> None:
            return

        self.cluster, self.attempts = FakeCluster(*live), Attempts()
        self.stamp = Stamp(FIRST)
        watched = Watched(
            self.cluster,
            ["web"],
            "operator",
            listeners=Listeners(self.attempts.wake, ignore, ignore, ignore, ignore),
            supervisor=supervisor,
            metrics=metrics,
        )
        watched.start()
        self.edge = Edge(self.cluster, watched, self.attempts, NAMES, lambda: self.stamp)

    def attempt(self, outcome: Outcome, version: Version = FIRST, name: str = "web") -> None:
        self.attempts.record(name, Attempt(Stamp(version), outcome))

    def rule(self, version: Version | None) -> None:
        self.stamp = Stamp(version)
        self.attempts.wake()


@pytest.fixture
async def asked(supervisor: Supervisor, metrics: Metrics) -> Asked:
    return Asked(supervisor, metrics, dsc())


async def test_a_version_that_is_known_is_answered_at_once(asked: Asked) -> None:
    assert await asked.edge.submit(DSC, "u1", 1) == ("web", "job")


async def test_kopf_may_be_ahead_of_our_informer(asked: Asked) -> None:
    asking = asyncio.create_task(asked.edge.submit(DSC, "u1", 2))
    await asked.edge.submit(DSC, "u1", 1)
    await idle()
    assert not asking.done()

    asked.cluster.put({**dsc(), "spec": {"a": 1}})
    assert await asyncio.wait_for(asking, SECONDS) == ("web", "job")


@pytest.mark.parametrize(
    ("uid", "names"),
    [pytest.param("u9", (), id="unknown"), pytest.param("u1", ("web", "job"), id="never-arrives")],
)
async def test_nobody_waits_for_ever_for_what_does_not_arrive(
    asked: Asked, uid: str, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ARRIVAL_SECONDS", 0.02)
    assert await asked.edge.submit(DSC, uid, 99) == names


async def test_one_beside_the_ruling_one_switches_nothing_on(asked: Asked) -> None:
    asked.cluster.put({**dsc(uid="u2"), "metadata": {**dsc(uid="u2")["metadata"], "name": "two"}})
    assert await asked.edge.submit(DSC, "u2", 1) == ()


async def test_an_attempt_answers_its_version_and_those_before(asked: Asked) -> None:
    asked.attempt(SHUT)
    asking = asyncio.create_task(asked.edge.attempted("web", DSC, "u1", 2))
    await idle()
    assert not asking.done()
    asked.attempt(LEFT, replace(FIRST, uid="u0", generation=9))
    asked.attempt(LEFT, replace(FIRST, generation=2), "job")
    await idle()
    assert not asking.done()

    asked.attempt(FAILED, replace(FIRST, generation=3))

    assert await asyncio.wait_for(asking, SECONDS) is FAILED
    assert await asked.edge.attempted("web", DSC, "u1", 1) is FAILED


async def test_nobody_waits_for_an_attempt_for_what_does_not_rule(asked: Asked) -> None:
    asking = asyncio.create_task(asked.edge.attempted("web", DSC, "u1", 1))
    await idle()
    assert not asking.done()

    asked.rule(replace(FIRST, uid="u2"))

    assert await asyncio.wait_for(asking, SECONDS) is None
    assert await asked.edge.attempted("base", DSCI, "u1", 1) is None


ENDING = replace(FIRST, generation=2, deleting=True)


@pytest.mark.parametrize(
    ("outcome", "version"),
    [
        pytest.param(LEFT, ENDING, id="objects-are-left"),
        pytest.param(FAILED, ENDING, id="it-failed"),
        pytest.param(SHUT, ENDING, id="it-was-not-touched"),
        pytest.param(Outcome("web"), FIRST, id="before-the-deletion"),
        pytest.param(Outcome("web"), replace(ENDING, uid="u0"), id="of-another"),
        pytest.param(None, ENDING, id="no-attempt-yet"),
    ],
)
async def test_removed_waits_until_nothing_is_left(
    asked: Asked, outcome: Outcome | None, version: Version
) -> None:
    asked.rule(ENDING)
    asked.attempt(Outcome("job"), ENDING, "job")
    if outcome:
        asked.attempt(outcome, version)
    waiting = asyncio.create_task(asked.edge.removed(DSC, "u1"))
    await asked.edge.submit(DSC, "u1", 1)
    await idle()
    assert not waiting.done()

    asked.attempt(Outcome("web"), ENDING)

    await asyncio.wait_for(waiting, SECONDS)


async def test_nothing_is_left_of_what_does_not_rule(asked: Asked) -> None:
    await asyncio.wait_for(asked.edge.removed(DSC, "u2"), SECONDS)
    asked.rule(None)
    await asyncio.wait_for(asked.edge.removed(DSC, "u1"), SECONDS)


async def test_only_the_finalizers_that_are_named_are_taken_off(asked: Asked) -> None:
    asked.cluster.put(dsc(finalizers=["theirs", "old", "ours"]))

    await asked.edge.release(DSC, "dsc", {"old", "older"})

    assert asked.cluster.now(dsc())["metadata"]["finalizers"] == ["theirs", "ours"]


async def test_what_is_gone_needs_no_release(asked: Asked) -> None:
    asked.cluster.remove(dsc())
    await asked.edge.release(DSC, "dsc", {"old"})
    assert "patch" not in [verb for verb, _ in asked.cluster.calls]


async def test_a_finalizer_that_has_just_come_is_not_lost(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONFLICT_PAUSE", 0.0)
    asked.cluster.put(dsc(finalizers=["old"]))

    class Raced(FakeCluster):
        """Somebody adds a finalizer between our look and our patch."""

        async def patch(self, ref: ObjectRef, patch: dict[str, Any]) -> Manifest | None:
            if asked.cluster.now(dsc())["metadata"]["finalizers"] == ["old"]:
                asked.cluster.put(dsc(finalizers=["old", "new"]))
            return await asked.cluster.patch(ref, patch)

        async def get(self, ref: ObjectRef) -> Manifest | None:
            return await asked.cluster.get(ref)

    edge = Edge(Raced(), asked.edge._watched, asked.attempts, NAMES, lambda: asked.stamp)
    await edge.release(DSC, "dsc", {"old"})

    assert asked.cluster.now(dsc())["metadata"]["finalizers"] == ["new"]


async def test_other_failures_are_kopfs_to_retry(asked: Asked) -> None:
    asked.cluster.put(dsc(finalizers=["old"]))
    asked.cluster.failing["patch", ObjectRef.of(dsc())] = Forbidden("may not")
    with pytest.raises(Forbidden):
        await asked.edge.release(DSC, "dsc", {"old"})
