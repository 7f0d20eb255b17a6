"""What somebody changes or deletes is right again at once, by one write for each object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from rhoai_operator.core.objects import MANAGED, ObjectRef
from tests.integration.keeping.steps import (
    DEFINITION,
    FOLLOWER,
    HOOK,
    NAMESPACE,
    RBAC,
    SECONDS,
    TELLING,
    WEBHOOK,
    Open,
    Scene,
    ref,
)

pytestmark = pytest.mark.needs("controllers", "audit-log")

AT_ONCE = 1.0
"""So many seconds after it was changed an object is right again."""
SHORT = {
    "name": "v1",
    "served": True,
    "storage": True,
    "schema": {"openAPIV3Schema": {"type": "object"}},
}
CONTAINER = {"name": "server", "image": "registry.example.com/somebody:v1"}


@pytest.fixture(scope="module")
def scene(open_scene: Open) -> Iterator[Scene]:
    with open_scene() as scene:
        scene.managed("hooked", "follower")
        scene.oracle.settle(SECONDS)
        yield scene
        scene.oracle.settle(SECONDS)


EDITS: Mapping[str, tuple[ObjectRef, Mapping[str, Any]]] = {
    "deployment": (
        ref("apps/v1", "Deployment", "hooked"),
        {"spec": {"template": {"spec": {"containers": [CONTAINER]}}}},
    ),
    "deployment-label": (
        ref("apps/v1", "Deployment", "follower"),
        {"metadata": {"labels": {"app.opendatahub.io/follower": None}}},
    ),
    "config-map": (ref("v1", "ConfigMap", "hooked"), {"data": {"greeting": "changed"}}),
    "config-map-lacks-a-key": (FOLLOWER, {"data": None}),
    "service": (ref("v1", "Service", "hooked"), {"spec": {"selector": {"app": "else"}}}),
    "secret": (ref("v1", "Secret", "hooked"), {"data": {"word": "c2lua2Vy"}}),
    "role": (ref(RBAC, "Role", "hooked"), {"rules": []}),
    "cluster-role": (ref(RBAC, "ClusterRole", "hooked-edit", ""), {"rules": []}),
    "role-binding": (
        ref(RBAC, "RoleBinding", "hooked"),
        {
            "subjects": [
                {"kind": "ServiceAccount", "name": "hooked", "namespace": NAMESPACE},
                {"kind": "ServiceAccount", "name": "guest", "namespace": NAMESPACE},
            ]
        },
    ),
    "cluster-role-binding": (
        ref(RBAC, "ClusterRoleBinding", "hooked", ""),
        {"subjects": None},
    ),
    "service-account-label": (
        ref("v1", "ServiceAccount", "hooked"),
        {"metadata": {"labels": {"app.kubernetes.io/part-of": "somebody"}}},
    ),
    "our-label": (
        ref("v1", "Secret", "hooked"),
        {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}},
    ),
    "owner": (ref(RBAC, "Role", "hooked"), {"metadata": {"ownerReferences": None}}),
    "webhook-configuration": (WEBHOOK, {"webhooks": []}),
    "network-policy": (
        ref("networking.k8s.io/v1", "NetworkPolicy", "hooked"),
        {"spec": {"ingress": None}},
    ),
    "custom-resource": (
        HOOK,
        {"spec": {"line": "rope"}},
    ),
    "namespace-label": (
        ref("v1", "Namespace", NAMESPACE, ""),
        {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}},
    ),
    "definition": (
        DEFINITION,
        {"spec": {"versions": [SHORT]}},
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_edited_is_right_again(scene: Scene, name: str) -> None:
    what, patch = EDITS[name]
    before, mark = scene.live(what), scene.mark()

    scene.rest.merge(what, patch, f"edits-{name}")

    scene.is_again(what, before)
    assert_corrected(scene, what, mark)


DELETED = (
    *(ref("v1", kind, "hooked") for kind in ("ConfigMap", "Secret", "Service", "ServiceAccount")),
    *(ref(RBAC, kind, "hooked") for kind in ("Role", "RoleBinding")),
    ref("apps/v1", "Deployment", "hooked"),
    ref(RBAC, "ClusterRole", "hooked-edit", ""),
    ref(RBAC, "ClusterRole", "hooked-users", ""),
    ref(RBAC, "ClusterRoleBinding", "hooked", ""),
    WEBHOOK,
    ref("networking.k8s.io/v1", "NetworkPolicy", "hooked"),
    HOOK,
)


@pytest.mark.parametrize("what", DELETED, ids=lambda what: f"{what.kind}-{what.name}")
def test_deleted_is_there_again(scene: Scene, what: ObjectRef) -> None:
    before, mark = scene.live(what), scene.mark()

    scene.rest.delete(what)

    scene.is_new(what, before)
    assert_corrected(scene, what, mark)


def test_a_definition_that_is_deleted_comes_back_with_its_objects(scene: Scene) -> None:
    definition, hook = scene.live(DEFINITION), scene.live(HOOK)

    scene.rest.delete(DEFINITION)

    scene.is_new(DEFINITION, definition)
    scene.is_new(HOOK, hook)


@pytest.mark.parametrize("labels", [{}, {"app.kubernetes.io/managed-by": "user"}])
def test_what_a_user_gives_back_is_right_again(scene: Scene, labels: Mapping[str, str]) -> None:
    before = scene.live(FOLLOWER)
    taken = {"annotations": {MANAGED: "false"}, "labels": labels}
    scene.rest.merge(FOLLOWER, {"metadata": taken, "data": {"leader": "me"}}, "user")
    scene.is_idle()

    scene.rest.merge(FOLLOWER, {"metadata": {"annotations": {MANAGED: None}}}, "user")

    scene.is_again(FOLLOWER, before)


def test_a_namespace_that_is_deleted_comes_back_with_what_was_in_it(scene: Scene) -> None:
    namespace = ref("v1", "Namespace", NAMESPACE, "")
    before, hook = scene.live(namespace), scene.live(HOOK)

    scene.rest.delete(namespace)

    scene.is_new(namespace, before)
    scene.is_new(HOOK, hook)
    scene.reads("Ready", "True/AllReady")


def assert_corrected(scene: Scene, what: ObjectRef, mark: int) -> None:
    """The object was written once, soon, and besides it only what tells of it."""
    scene.is_idle()
    path = scene.path(what)
    disturbed = next(r for r in scene.all_since(mark) if r.agent == "tests" and r.is_write)
    (correction,) = (r for r in scene.requests(mark) if r.is_write and r.path == path)
    assert (correction.at - disturbed.at).total_seconds() <= AT_ONCE
    assert {w for w in scene.writes(mark) if not w.endswith(TELLING)} == {str(correction)}
