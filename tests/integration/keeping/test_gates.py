"""What a component needs and is not there: it waits for nothing, and goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rhoai_operator.core.objects import ObjectRef
from tests.integration.keeping.steps import OFTEN, SECONDS, Open, Request, Scene, ref
from tests.madeup import foreign_api
from tests.rest import Refused
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers", "audit-log")

AT_ONCE = 1.0
"""So many seconds after an API is served it is made use of."""
GATED = ref("apps/v1", "Deployment", "gated")
GIZMO = ref("gizmos.example.com/v1", "Gizmo", "gated")
WIDGETS = ObjectRef.of(foreign_api("widgets"))
GIZMOS = ObjectRef.of(foreign_api("gizmos"))


@pytest.fixture(scope="module")
def scene(open_scene: Open) -> Iterator[Scene]:
    with open_scene(**OFTEN) as scene:
        scene.managed("hooked", "gated")
        yield scene


def test_a_missing_api_delays_no_other_component(scene: Scene) -> None:
    scene.reads("HookedReady", "True/Ready")

    message = scene.reads("GatedReady", "False/DependencyMissing")
    assert "Widget.v1.widgets.example.com" in message
    scene.reads("Ready", "False/DependencyMissing")
    assert scene.dsc["status"]["phase"] == "Error"
    assert scene.rest.get(GATED) is None


def test_a_gate_that_is_shut_costs_nothing(scene: Scene) -> None:
    scene.is_silent(resyncs=10, seconds=30)


def test_it_goes_on_when_the_api_is_served(scene: Scene) -> None:
    scene.restart()  # from here on only events can tell
    mark = scene.mark()
    scene.apply(foreign_api("widgets"))

    served = first_answer(scene, "/apis/widgets.example.com/v1/widgets")
    scene.is_there(GATED)

    made = next(r for r in scene.requests(mark) if r.is_write and r.path == scene.path(GATED))
    assert (made.at - served.at).total_seconds() <= AT_ONCE
    message = scene.reads("GatedReady", "True/Ready")
    assert "Gizmo" in message  # left out, which is no fault
    assert GIZMO not in scene.inventory("gated")


def test_an_optional_kind_comes_with_its_api(scene: Scene) -> None:
    mark = scene.mark()
    scene.apply(foreign_api("gizmos"))

    served = first_answer(scene, "/apis/gizmos.example.com/v1/gizmos")
    scene.is_there(GIZMO)

    made = next(r for r in scene.requests(mark) if r.is_write and r.path == scene.path(GIZMO))
    assert (made.at - served.at).total_seconds() <= AT_ONCE
    blocking_until(lambda: GIZMO in scene.inventory("gated"), SECONDS, "the inventory lists it")

    def is_told() -> bool:
        return "Gizmo" not in scene.reads("GatedReady", "True/Ready")

    blocking_until(is_told, SECONDS, "it is not said to be left out")


def test_an_optional_kind_leaves_with_its_api_and_comes_again(scene: Scene) -> None:
    scene.rest.delete(GIZMOS)

    def has_left() -> bool:
        return GIZMO not in scene.inventory("gated")

    blocking_until(has_left, SECONDS, "the inventory does not list it")
    scene.reads("GatedReady", "True/Ready")
    scene.apply(foreign_api("gizmos"))
    scene.is_there(GIZMO)


def test_what_is_there_stays_when_the_api_goes(scene: Scene) -> None:
    before = scene.live(GATED)["metadata"]
    scene.rest.delete(WIDGETS)

    scene.reads("GatedReady", "False/DependencyMissing")

    after = scene.live(GATED)["metadata"]
    assert (after["uid"], after["generation"]) == (before["uid"], before["generation"])


def test_it_can_be_removed_without_its_api(scene: Scene) -> None:
    scene.managed("hooked", gated="Removed")

    scene.reads("GatedReady", "False/Removed")
    assert not scene.view.owned("gated")


def first_answer(scene: Scene, path: str) -> Request:
    """Ask until a kind is served; return the request that found it."""
    mark = scene.mark()

    def is_served() -> bool:
        try:
            return bool(scene.rest.request("GET", path))
        except Refused:
            return False

    blocking_until(is_served, SECONDS, f"{path} is served")
    return next(r for r in scene.all_since(mark) if r.path == path and r.code < 400)
