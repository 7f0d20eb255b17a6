from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest

from rhoai_operator.cluster.errors import (
    AdmissionDenied,
    Cause,
    ClusterError,
    Conflict,
    Forbidden,
    Immutable,
    Invalid,
    QuotaExceeded,
    Recreating,
    Unavailable,
)
from rhoai_operator.core.objects import MANAGED, Manifest, ObjectRef
from rhoai_operator.reconcile.recreate import PAUSES, may_recreate, recreate, recreated
from tests.fakes.cluster import FakeCluster
from tests.manifests import an

OLD = an("Deployment", spec={"selector": {"app": "old"}, "paused": True})
NEW = an("Deployment", spec={"selector": {"app": "new"}})
ENDING = {"deletionTimestamp": "2025-01-01T00:00:00Z"}
PODS = {"finalizers": ["foregroundDeletion"]}
Pause: TypeAlias = Callable[[float], Awaitable[None]]
RBAC = "rbac.authorization.k8s.io/v1"


def ref(kind: str, api_version: str) -> ObjectRef:
    return ObjectRef.of({**an(kind), "apiVersion": api_version})


def immutable(*fields: str) -> Immutable:
    causes = tuple(Cause(field, "FieldValueInvalid", "no") for field in fields)
    return Immutable("no", causes, fields)


@pytest.mark.parametrize(
    ("kind", "api_version", "field", "allowed"),
    [
        pytest.param("Deployment", "apps/v1", "spec.selector", True, id="selector"),
        pytest.param("Deployment", "apps/v1", "spec.selector.matchLabels", True, id="below-it"),
        pytest.param("Deployment", "apps/v1", "spec.selectors", False, id="like-it"),
        pytest.param("Deployment", "apps/v1", "spec", False, id="above-it"),
        pytest.param("Deployment", "apps/v1", "metadata.name", False, id="another-field"),
        pytest.param("Job", "batch/v1", "spec.template", True, id="job"),
        pytest.param("Job", "batch/v1", "spec.completions", True, id="job-completions"),
        pytest.param("RoleBinding", RBAC, "roleRef", True, id="role-binding"),
        pytest.param("ClusterRoleBinding", RBAC, "roleRef", True, id="cluster-role-binding"),
        pytest.param("StatefulSet", "apps/v1", "spec", False, id="stateful-set"),
        pytest.param("Service", "v1", "spec.clusterIPs[0]", False, id="service"),
        pytest.param("PersistentVolumeClaim", "v1", "spec", False, id="claim"),
        pytest.param("ConfigMap", "v1", "data", False, id="config-map"),
        pytest.param("Job", "batch.example.com/v1", "spec", False, id="job-of-another-group"),
    ],
)
def test_what_may_be_made_anew(kind: str, api_version: str, field: str, allowed: bool) -> None:
    assert may_recreate(ref(kind, api_version), immutable(field)) is allowed


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(Invalid("no", (Cause("spec.selector", "", "no"),)), id="invalid"),
        pytest.param(Forbidden("no"), id="forbidden"),
        pytest.param(immutable("spec.selector", "metadata.name"), id="another-field-as-well"),
        pytest.param(Immutable("no"), id="who-knows-which-field"),
    ],
)
def test_nothing_is_deleted_for_another_cause(error: ClusterError) -> None:
    assert not may_recreate(ObjectRef.of(NEW), error)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (("spec.selector",), "recreated: spec.selector is immutable"),
        (("spec.a", "spec.b"), "recreated: spec.a, spec.b are immutable"),
    ],
)
def test_words(fields: tuple[str, ...], text: str) -> None:
    assert recreated(immutable(*fields)) == text


def pausing(then: Callable[[], object] = lambda: None) -> tuple[list[float], Pause]:
    """Return the pauses made, and what makes them: at the second, something happens."""
    made: list[float] = []

    async def pause(seconds: float) -> None:
        made.append(seconds)
        if len(made) == 2:
            then()

    return made, pause


def deletions(cluster: FakeCluster) -> int:
    return [verb for verb, _ in cluster.calls].count("delete")


async def test_the_new_one_has_nothing_of_the_old() -> None:
    cluster = FakeCluster(OLD)
    live = cluster.now(OLD)
    made, pause = pausing()

    applied = await recreate(cluster, NEW, live, pause=pause)

    assert applied.created
    assert applied.live == cluster.now(NEW)
    assert applied.live["spec"] == NEW["spec"]
    assert applied.live["metadata"]["uid"] != live["metadata"]["uid"]
    assert not made


@pytest.mark.parametrize(
    ("metadata", "deleted"),
    [pytest.param(PODS, 1, id="deleted-now"), pytest.param(PODS | ENDING, 0, id="and-before")],
)
async def test_it_waits_for_the_pods_of_the_old_one(metadata: dict[str, Any], deleted: int) -> None:
    old = an("Deployment", metadata=metadata)
    cluster = FakeCluster(old)
    made, pause = pausing(lambda: cluster.remove(old))

    applied = await recreate(cluster, NEW, cluster.now(old), pause=pause)

    assert applied.created
    assert made == list(PAUSES[:2])
    assert deletions(cluster) == deleted


@pytest.mark.parametrize(
    ("metadata", "holder"),
    [
        pytest.param(PODS, "its pods are ending", id="pods"),
        pytest.param({"finalizers": ["a/b"]}, "held by finalizer a/b", id="finalizer"),
        pytest.param(ENDING, "being deleted", id="slow"),
    ],
)
async def test_it_does_not_wait_for_ever(metadata: dict[str, Any], holder: str) -> None:
    old = an("Deployment", metadata=metadata)
    cluster = FakeCluster(old)
    made, pause = pausing()

    with pytest.raises(Recreating, match=f"being recreated, once the old one is gone: {holder}"):
        await recreate(cluster, NEW, cluster.now(old), pause=pause)

    assert made == list(PAUSES)
    assert "apply" not in [verb for verb, _ in cluster.calls]


@pytest.mark.parametrize(
    "error", [Invalid("no"), AdmissionDenied("no"), QuotaExceeded("no"), Unavailable("no")]
)
async def test_nothing_is_deleted_that_cannot_be_made_anew(error: ClusterError) -> None:
    cluster = FakeCluster(OLD)
    cluster.failing["create", ObjectRef.of(NEW)] = error

    with pytest.raises(type(error)):
        await recreate(cluster, NEW, cluster.now(OLD))

    assert cluster.now(OLD)["spec"] == OLD["spec"]
    assert deletions(cluster) == 0


async def test_another_one_of_that_name_is_spared() -> None:
    cluster = FakeCluster(OLD)
    stale = cluster.now(OLD)
    cluster.remove(OLD)
    other = cluster.put(OLD)

    with pytest.raises(Conflict):
        await recreate(cluster, NEW, stale)

    assert cluster.now(OLD) == other


async def test_one_that_comes_in_between_is_applied_to() -> None:
    old = an("Deployment", metadata=PODS)
    cluster = FakeCluster(old)

    def replace() -> None:
        cluster.remove(old)
        cluster.put(NEW)

    made, pause = pausing(replace)

    applied = await recreate(cluster, NEW, cluster.now(old), pause=pause)

    assert not applied.created
    assert len(made) == 2


async def test_the_users_own_is_not_deleted() -> None:
    theirs: Manifest = an("Deployment", annotations={MANAGED: "false"})
    cluster = FakeCluster(theirs)

    with pytest.raises(Forbidden, match=MANAGED):
        await recreate(cluster, NEW, cluster.now(theirs))

    assert deletions(cluster) == 0
