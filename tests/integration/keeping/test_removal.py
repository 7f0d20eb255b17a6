"""The DSC goes after its objects, says what it waits for, and what is the user's stays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.keeping.steps import (
    CONFIG,
    DSC,
    FOLLOWER,
    NAMESPACE,
    SECONDS,
    Open,
    Scene,
    an,
    ref,
)

pytestmark = pytest.mark.needs("controllers", "audit-log")

DEFAULTS = ref("v1", "ConfigMap", "provided-defaults")
DOMAIN = ref("v1", "ConfigMap", "provided-domain", "default")
HOLD = "example.com/hold"


@pytest.fixture
def scene(open_scene: Open) -> Iterator[Scene]:
    with open_scene() as scene:
        scene.apply(an(DOMAIN, data={"domain": "apps.example.com"}))
        scene.managed("hooked", "follower", "provided", "lender", "borrower")
        scene.oracle.settle(SECONDS)
        try:
            yield scene
        finally:
            scene.rest.merge(CONFIG, {"metadata": {"finalizers": None}}, "somebody")
        for what in (DOMAIN, DEFAULTS, FOLLOWER):
            scene.rest.delete(what)


def test_the_dsc_goes_last_and_what_is_the_users_stays(scene: Scene) -> None:
    scene.rest.merge(CONFIG, {"metadata": {"finalizers": [HOLD]}}, "somebody")
    taken = {"metadata": {"annotations": {"opendatahub.io/managed": "false"}}}
    scene.rest.merge(FOLLOWER, taken, "user")
    assert scene.live(FOLLOWER)["metadata"]["ownerReferences"]
    scene.is_idle()
    mark = scene.mark()

    scene.rest.delete(DSC)

    message = scene.reads("HookedReady", "False/Removing")
    assert f"{CONFIG} (held by finalizer {HOLD})" in message
    columns = scene.view.cluster.kubectl("get", "dsc").stdout
    assert "Removing" in columns
    assert str(CONFIG) in columns

    scene.rest.merge(CONFIG, {"metadata": {"finalizers": None}}, "somebody")
    scene.is_gone(DSC)
    writes = [w for w in scene.writes(mark) if not w.endswith("/status")]
    assert writes[-1] == f"patch {scene.path(DSC)}"
    assert not any(scene.view.owned(name) for name in ("hooked", "lender", "borrower"))
    for what in (FOLLOWER, DEFAULTS):
        assert not scene.live(what)["metadata"].get("ownerReferences")
    assert scene.live(ref("v1", "Namespace", NAMESPACE, ""))
    assert scene.view.get("crd", "hooks.hooked.example.com")
