"""Paused and Unmanaged: nothing is touched, and it can be taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.keeping.steps import (
    CONFIG,
    DSC,
    FOLLOWER,
    OFTEN,
    SECONDS,
    SECRET,
    Open,
    Scene,
)

pytestmark = pytest.mark.needs("controllers", "audit-log")

PAUSE = "rhoai.opendatahub.io/paused"
CHANGED = {"data": {"greeting": "changed"}}


@pytest.fixture(scope="module")
def scene(open_scene: Open) -> Iterator[Scene]:
    with open_scene() as scene:
        scene.managed("hooked", "follower")
        scene.oracle.settle(SECONDS)
        yield scene


def test_a_pause_leaves_everything_as_it_is(scene: Scene) -> None:
    pause(scene, "true")
    scene.reads("Ready", "Unknown/Paused")
    mark = scene.mark()

    scene.rest.merge(CONFIG, CHANGED, "somebody")
    scene.rest.delete(SECRET)
    scene.managed("hooked", follower="Removed")

    assert PAUSE in scene.reads("HookedReady", "Unknown/Paused")
    scene.reads("FollowerReady", "Unknown/Paused")
    assert_untouched(scene, mark)
    assert scene.live(FOLLOWER)


def test_what_happened_during_a_pause_is_made_up_for(scene: Scene) -> None:
    pause(scene, "false")

    scene.reads("FollowerReady", "False/Removed")
    scene.oracle.settle(SECONDS)
    assert scene.live(CONFIG)["data"]["greeting"] == "hello"


def test_a_pause_is_over_when_the_annotation_is_taken_off(scene: Scene) -> None:
    pause(scene, "true")
    scene.reads("Ready", "Unknown/Paused")

    pause(scene, None)

    scene.reads("Ready", "True/AllReady")


def test_unmanaged_leaves_a_component_as_it_is(scene: Scene) -> None:
    scene.managed("follower", hooked="Unmanaged")
    scene.reads("HookedReady", "Unknown/Unmanaged")
    mark = scene.mark()

    scene.rest.merge(CONFIG, CHANGED, "somebody")
    scene.rest.delete(SECRET)

    assert_untouched(scene, mark)


def test_managed_again_it_is_made_right(scene: Scene) -> None:
    scene.managed("hooked", "follower")

    scene.oracle.settle(SECONDS)
    assert scene.live(CONFIG)["data"]["greeting"] == "hello"
    assert scene.live(SECRET)


def test_an_unmanaged_component_can_be_removed(scene: Scene) -> None:
    scene.managed("follower", hooked="Unmanaged")
    scene.reads("HookedReady", "Unknown/Unmanaged")

    scene.managed(hooked="Removed", follower="Removed")

    scene.reads("HookedReady", "False/Removed")
    assert not scene.view.owned("hooked")


def pause(scene: Scene, value: str | None) -> None:
    scene.rest.merge(DSC, {"metadata": {"annotations": {PAUSE: value}}}, "admin")


def assert_untouched(scene: Scene, mark: int) -> None:
    """Nothing is touched when it happens, nor at a resync, nor by one that has just started."""
    scene.is_idle()
    scene.restart(**OFTEN)
    scene.resynced(2)
    scene.restart()
    assert {w for w in scene.writes(mark) if not w.endswith("/status")} == set()
    assert scene.live(CONFIG)["data"] | CHANGED["data"] == scene.live(CONFIG)["data"]
    assert scene.rest.get(SECRET) is None
