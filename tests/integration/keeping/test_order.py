"""What goes before what, within a component and between them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rhoai_operator.core.objects import ObjectRef
from tests.integration.keeping.steps import (
    DEFINITION,
    HOOK,
    NAMESPACE,
    SERVER,
    SERVICE,
    WEBHOOK,
    Open,
    Scene,
    ref,
)

pytestmark = pytest.mark.needs("controllers", "failing-tags", "audit-log")

IMAGE = "RELATED_IMAGE_HOOKED_SERVER_IMAGE"
ACCOUNT = ref("v1", "ServiceAccount", "hooked")
FOLLOWS = ref("apps/v1", "Deployment", "follower")
RIVAL = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "rivals.hooked.example.com"},
    "spec": {
        "group": "hooked.example.com",
        "scope": "Namespaced",
        "names": {"kind": "Rival", "plural": "rivals", "listKind": "HookList"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }
        ],
    },
}
"""Somebody else's definition that has taken a name of ours."""


@pytest.fixture(scope="module")
def scene(open_scene: Open) -> Iterator[Scene]:
    with open_scene(**{IMAGE: "registry.example.com/hooked:unready"}) as scene:
        try:
            yield scene
        finally:
            scene.rest.delete(ObjectRef.of(RIVAL))


def test_a_definition_that_is_not_established_holds_up_its_component_only(scene: Scene) -> None:
    scene.rest.delete(DEFINITION)
    scene.is_gone(DEFINITION)
    scene.apply(RIVAL)
    scene.managed("hooked", "ray")

    scene.reads("RayReady", "True/Ready")
    message = scene.reads("HookedReady", "False/Progressing")
    assert f"{DEFINITION} not established yet" in message
    assert scene.live(SERVICE)
    assert scene.rest.get(SERVER) is None

    scene.rest.delete(ObjectRef.of(RIVAL))
    scene.is_there(SERVER)
    scene.is_there(HOOK)


def test_a_webhook_waits_until_somebody_answers_behind_it(scene: Scene) -> None:
    scene.managed("hooked", "follower")
    scene.is_there(HOOK)

    scene.reads("HookedReady", "False/ContainerNotReady")

    assert scene.rest.get(WEBHOOK) is None


def test_who_follows_waits_until_the_other_is_ready(scene: Scene) -> None:
    message = scene.reads("FollowerReady", "False/WaitingForComponent")

    assert "hooked" in message
    assert scene.rest.get(FOLLOWS) is None
    assert scene.dsc["status"]["phase"] == "Progressing"


def test_everything_goes_on_as_soon_as_it_can(scene: Scene) -> None:
    mark = scene.mark()

    scene.restart()

    scene.reads("Ready", "True/AllReady")
    written = scene.writes(mark)
    order = [f"patch {scene.path(what)}" for what in (SERVER, WEBHOOK, FOLLOWS)]
    assert [w for w in written if w in order] == order


def test_the_webhook_goes_first_and_what_it_stands_on_last(scene: Scene) -> None:
    mark = scene.mark()
    scene.managed(hooked="Removed", follower="Removed")
    scene.reads("HookedReady", "False/Removed")

    gone = [w for w in scene.writes(mark) if w.startswith("delete")]
    order = [f"delete {scene.path(what)}" for what in (WEBHOOK, SERVER, SERVICE)]
    assert [w for w in gone if w in order] == order
    assert gone.index(order[1]) < gone.index(f"delete {scene.path(ACCOUNT)}")
    assert scene.live(DEFINITION)
    assert scene.live(ref("v1", "Namespace", NAMESPACE, ""))
