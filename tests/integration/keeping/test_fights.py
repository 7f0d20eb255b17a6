"""A field that somebody keeps rewriting is told, and left for a while: no hot loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.reconcile.fights import REWRITES
from tests.integration.keeping.steps import CONFIG, SECONDS, SECRET, SERVER, Open, Scene

pytestmark = pytest.mark.needs("controllers", "audit-log")

RIVAL = "rival-operator"
LABEL = "app.kubernetes.io/part-of"


@pytest.fixture(scope="module")
def scene(open_scene: Open) -> Iterator[Scene]:
    with open_scene() as scene:
        scene.managed("hooked")
        scene.oracle.settle(SECONDS)
        yield scene


def test_one_who_keeps_rewriting_is_named_and_nothing_is_written_any_more(scene: Scene) -> None:
    mark = scene.mark()
    rewrite(scene, CONFIG, labelled)

    message = scene.reads("HookedReady", "False/FieldFight")
    named = f"field manager {RIVAL} has rewritten metadata.labels[{LABEL}] {REWRITES} times"
    assert f"{CONFIG}: {named}" in message
    for value in ("once", "twice", "more"):
        scene.rest.merge(CONFIG, labelled(value), RIVAL)
    scene.is_idle()
    assert scene.writes(mark).count(f"patch {scene.path(CONFIG)}") == REWRITES - 1
    assert 'rhoai_operator_fights{component="hooked"} 1.0' in scene.operator.get("/metrics")


def test_it_is_over_when_the_other_gives_in(scene: Scene) -> None:
    scene.rest.merge(CONFIG, labelled("hooked"), RIVAL)

    scene.reads("HookedReady", "True/Ready")


def test_a_field_deep_within_is_named_and_other_objects_are_kept(scene: Scene) -> None:
    rewrite(scene, SERVER, running)

    message = scene.reads("HookedReady", "False/FieldFight")
    assert "spec.template.spec.containers[server].image" in message
    scene.rest.delete(SECRET)
    scene.is_there(SECRET)
    assert "rival" in str(scene.live(SERVER)["spec"])


def rewrite(scene: Scene, what: ObjectRef, change: Callable[[str], Mapping[str, Any]]) -> None:
    """Change an object so often that it is a fight, each time after it was set right."""
    for turn in range(REWRITES):
        before = scene.live(what)
        scene.rest.merge(what, change(f"rival-{turn}"), RIVAL)
        if turn < REWRITES - 1:
            scene.is_again(what, before)


def labelled(value: str) -> Mapping[str, Any]:
    return {"metadata": {"labels": {LABEL: value}}}


def running(value: str) -> Mapping[str, Any]:
    server = {"name": "server", "image": f"registry.example.com/{value}:v1"}
    return {"spec": {"template": {"spec": {"containers": [server]}}}}
