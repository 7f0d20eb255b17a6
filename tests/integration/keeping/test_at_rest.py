"""Nothing is asked and nothing is written while nothing differs in what the operator states."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from rhoai_operator.core.fields import FIELD_MANAGER
from rhoai_operator.core.objects import MANAGED, Manifest, ObjectRef
from tests.integration.keeping.steps import (
    CONFIG,
    FOLLOWER,
    NAMESPACE,
    OFTEN,
    RBAC,
    SECONDS,
    SERVER,
    TELLING,
    WEBHOOK,
    Open,
    Scene,
    an,
    content,
    ref,
)
from tests.snapshot import look
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers", "audit-log")

USERS = ref(RBAC, "ClusterRole", "hooked-users", "")
SECRETS = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}


@pytest.fixture(scope="module")
def scene(open_scene: Open) -> Iterator[Scene]:
    with open_scene(**OFTEN) as scene:
        scene.managed("hooked", "follower")
        scene.oracle.settle(SECONDS)
        yield scene


def aggregates(scene: Scene) -> None:
    """Give the aggregated role a rule more, as its controller does with a new part of it."""
    labels = {"hooked.example.com/aggregate-to-users": "true"}
    metadata = {"name": "hooked-guests", "labels": labels}
    scene.apply(
        {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": metadata, "rules": [SECRETS]}
    )
    blocking_until(lambda: SECRETS in scene.live(USERS)["rules"], SECONDS, "it is aggregated")


def injects(scene: Scene) -> None:
    """Put a caBundle into the webhook configuration, as cert-manager does."""
    roots = scene.live(ref("v1", "ConfigMap", "kube-root-ca.crt", "default"))
    bundle = base64.b64encode(roots["data"]["ca.crt"].encode()).decode()
    hook = {"name": "check.hooked.example.com", "clientConfig": {"caBundle": bundle}}
    scene.apply(an(WEBHOOK, webhooks=[hook]), "cainjector")


def annotates(scene: Scene) -> None:
    """Add a label and an annotation to objects with and without a generation."""
    theirs = {"labels": {"team": "fish"}, "annotations": {"example.com/seen": "today"}}
    for what in (CONFIG, WEBHOOK, ref("v1", "Namespace", NAMESPACE, "")):
        scene.rest.merge(what, {"metadata": theirs}, "gardener")
    scene.rest.merge(SERVER, {"metadata": {"labels": {"team": "fish"}}}, "gardener")


def adds(scene: Scene) -> None:
    scene.rest.merge(CONFIG, {"data": {"mine": "too"}}, "gardener")


def labels_the_dsc(scene: Scene) -> None:
    """What makes the Go operator go through everything twice."""
    dsc = ref("datasciencecluster.opendatahub.io/v1", "DataScienceCluster", "default-dsc", "")
    scene.rest.merge(dsc, {"metadata": {"labels": {"team": "fish"}}}, "gardener")


@pytest.mark.parametrize("act", [aggregates, injects, annotates, adds, labels_the_dsc])
def test_what_is_others_is_left_to_them(scene: Scene, act: Callable[[Scene], None]) -> None:
    mark = scene.mark()
    act(scene)
    all_ = (USERS, WEBHOOK, CONFIG, SERVER)
    before = [content(scene.live(what)) for what in all_]

    scene.resynced(2)

    assert scene.writes(mark) == []
    assert [content(scene.live(what)) for what in all_] == before


def test_an_annotation_that_counts_as_a_generation_is_looked_at_once(scene: Scene) -> None:
    mark = scene.mark()
    theirs = {"metadata": {"annotations": {"example.com/seen": "today"}}}
    before = applied(scene.live(SERVER))
    scene.rest.merge(SERVER, theirs, "gardener")

    assert_looked_at(scene, SERVER, mark)
    assert applied(scene.live(SERVER)) == before


def test_replicas_that_a_user_has_set_stay(scene: Scene) -> None:
    mark = scene.mark()
    scene.view.cluster.kubectl("scale", "deployment/hooked", "--replicas=3", "-n", NAMESPACE)

    assert_looked_at(scene, SERVER, mark)
    assert scene.live(SERVER)["spec"]["replicas"] == 3


def test_resources_that_a_user_has_set_stay(scene: Scene) -> None:
    mark, limits = scene.mark(), {"cpu": "1", "memory": "2Gi"}
    set_limits(scene, limits)

    assert_looked_at(scene, SERVER, mark)
    assert limits_of(scene) == limits


def test_what_a_user_has_set_goes_where_every_field_is_to_be_kept(scene: Scene) -> None:
    set_limits(scene, {"cpu": "1", "memory": "3Gi"})

    scene.rest.merge(SERVER, annotation("true"), "user")

    ours = {"cpu": "100m", "memory": "64Mi"}
    blocking_until(lambda: limits_of(scene) == ours, SECONDS, "the limits are ours")
    mark = scene.mark()
    scene.rest.merge(SERVER, annotation(None), "user")
    assert_looked_at(scene, SERVER, mark)
    assert limits_of(scene) == ours


@pytest.mark.parametrize("labels", [{}, {"app.kubernetes.io/managed-by": "user"}])
def test_an_object_that_a_user_has_taken_is_never_touched(
    scene: Scene, labels: Mapping[str, str]
) -> None:
    before, mark = scene.live(FOLLOWER), scene.mark()

    taken = {"annotations": {MANAGED: "false"}, "labels": labels}
    scene.rest.merge(FOLLOWER, {"metadata": taken, "data": {"leader": "me"}}, "user")

    scene.is_silent(resyncs=2)
    assert scene.live(FOLLOWER)["data"] == {"leader": "me"}
    scene.rest.merge(FOLLOWER, annotation(None), "user")
    scene.is_again(FOLLOWER, before)
    assert scene.writes(mark).count(f"patch {scene.path(FOLLOWER)}") == 1


def test_it_asks_nothing_while_nothing_changes(scene: Scene) -> None:
    scene.is_silent(resyncs=20, seconds=40)


def test_a_restart_writes_nothing(scene: Scene) -> None:
    scene.oracle.settle(SECONDS)
    scene.operator.stop()
    before, mark = look(scene.rest).versions, scene.mark()

    scene.restart(**OFTEN)

    scene.resynced(2)
    assert scene.writes(mark) == []
    assert look(scene.rest).versions == before


def assert_looked_at(scene: Scene, what: ObjectRef, mark: int) -> None:
    """It is applied once at most, and then no more."""
    scene.resynced(2)
    written = [w for w in scene.writes(mark) if not w.endswith(TELLING)]
    assert written in ([], [f"patch {scene.path(what)}"])
    scene.oracle.settle(SECONDS)
    mark = scene.mark()
    scene.resynced(2)
    assert scene.writes(mark) == []


def set_limits(scene: Scene, limits: Mapping[str, str]) -> None:
    mine = {"name": "server", "resources": {"limits": limits}}
    scene.apply(an(SERVER, spec={"template": {"spec": {"containers": [mine]}}}), "user")


def limits_of(scene: Scene) -> Mapping[str, str]:
    (container,) = scene.live(SERVER)["spec"]["template"]["spec"]["containers"]
    found: Mapping[str, str] = container["resources"]["limits"]
    return found


def applied(live: Manifest) -> Any:
    """Return what we have written, and when."""
    return [e for e in live["metadata"]["managedFields"] if e["manager"] == FIELD_MANAGER]


def annotation(value: str | None) -> dict[str, Any]:
    return {"metadata": {"annotations": {MANAGED: value}}}
