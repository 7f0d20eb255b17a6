"""Objects that a real API server refuses, and what is said of it then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from rhoai_operator.cluster.errors import ClusterError
from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.plan import ManagementState, Step
from rhoai_operator.core.report import Outcome
from rhoai_operator.reconcile.refused import refused
from rhoai_operator.reconcile.verdict import Verdict, judge
from tests.wait import until

SECONDS = 20.0
SOURCE = "web/templates/web.yaml.j2"
RBAC = "rbac.authorization.k8s.io/v1"
Make: TypeAlias = Callable[[Manifest], Awaitable[Manifest]]
"""Make an object that goes after the test."""


def an(
    kind: str, name: str = "x", namespace: str = "", api_version: str = "v1", **fields: Any
) -> dict[str, Any]:
    place = {"namespace": namespace} if namespace else {}
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **place}, **fields}


def workload(
    kind: str, namespace: str, app: str = "web", *, name: str = "web", **spec: Any
) -> dict[str, Any]:
    labels = {"app": app}
    containers = [{"name": "main", "image": "example.com/web:1"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    own = {"selector": {"matchLabels": labels}, "template": template, **spec}
    return an(kind, name, namespace, api_version="apps/v1", spec=own)


async def attempt(cluster: Cluster, manifest: Manifest) -> Change:
    """Apply an object as reconciling does, and report what comes of it."""
    try:
        applied = await cluster.apply(manifest)
    except ClusterError as error:
        return refused(ObjectRef.of(manifest), error, source=SOURCE)
    return Change(ObjectRef.of(manifest), Action.CREATED if applied.created else Action.CONFIGURED)


async def refusal(cluster: Cluster, manifest: Manifest, reason: str) -> Verdict:
    """Wait until an object is refused for a reason, and return what the condition says then."""

    async def is_refused() -> Change | None:
        change = await attempt(cluster, manifest)
        return change if change.error == reason else None

    change = await until(is_refused, SECONDS, f"{ObjectRef.of(manifest)} is refused: {reason}")
    assert change
    verdict = judge(Step("web", "Web", ManagementState.MANAGED, {}), Outcome("web", (change,)))
    assert verdict.reason == reason
    assert str(ObjectRef.of(manifest)) in verdict.message
    return verdict


async def taken(cluster: Cluster, manifest: Manifest) -> None:
    """Wait until an object is no longer refused."""

    async def is_taken() -> bool:
        return (await attempt(cluster, manifest)).action is not Action.FAILED

    await until(is_taken, SECONDS, f"{ObjectRef.of(manifest)} is taken")
