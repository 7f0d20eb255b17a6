"""Make an object anew where a field of it cannot change, and nothing is lost by it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import reduce

from rhoai_operator.cluster.errors import ClusterError, Forbidden, Immutable, Recreating
from rhoai_operator.cluster.port import Applied, Cluster
from rhoai_operator.core.objects import MANAGED, Manifest, ObjectRef, is_created_once

_RBAC = "rbac.authorization.k8s.io"

RECREATED: Mapping[tuple[str, str], str] = {
    ("apps", "Deployment"): "spec.selector",
    ("batch", "Job"): "spec",
    (_RBAC, "ClusterRoleBinding"): "roleRef",
    (_RBAC, "RoleBinding"): "roleRef",
}
"""Group and kind -> the field, with what is below it, for which it may be deleted.

A StatefulSet, a Service, a claim or a custom resource is not among them: with it go its pods'
names, its address, or what is stored.
"""

MADE_ANEW = "made anew"
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds between looks at whether the old one is gone; after them it is left for later."""


def may_recreate(ref: ObjectRef, error: ClusterError) -> bool:
    """Tell whether an object may be deleted and made anew after this refusal."""
    within = RECREATED.get((ref.group, ref.kind))
    if within is None or not isinstance(error, Immutable) or not error.fields:
        return False
    return all(field == within or field.startswith(f"{within}.") for field in error.fields)


def recreated(error: ClusterError) -> str:
    """Say so, and why, as the detail of a change."""
    return _immutable(error.fields if isinstance(error, Immutable) else ())


def replaced(before: Manifest, after: Manifest) -> str:
    """Say why another object stands where one stood, by what differs: whoever deleted that one."""
    ref = ObjectRef.of(before)
    field = RECREATED.get((ref.group, ref.kind), "")
    old, new = (reduce(lambda v, k: v.get(k, {}), field.split("."), m) for m in (before, after))
    return _immutable((field,)) if old != new else MADE_ANEW


async def recreate(
    cluster: Cluster,
    manifest: Manifest,
    live: Manifest,
    *,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Applied:
    """Delete ``live``, with its pods where it has any, and apply ``manifest`` as a new object.

    Nothing is deleted before the API server has said that it would take the new one. One that
    is on its way out already is only waited for, so that this may be called again.

    Raises:
        Recreating: the old one is not gone yet; call again later.
        Conflict: it is another one by now.
        Forbidden: it is the user's, so it is not deleted.
        ClusterError: it cannot be deleted, or the new one is refused.
    """
    ref, metadata = ObjectRef.of(manifest), live["metadata"]
    if is_created_once(live):
        raise Forbidden(f'its annotation {MANAGED} says "false", so it is not recreated')
    if "deletionTimestamp" not in metadata:
        await check_new(cluster, manifest)
        await cluster.delete(ref, uid=metadata["uid"])
    pauses = iter(PAUSES)
    while (left := await cluster.get(ref)) and left["metadata"]["uid"] == metadata["uid"]:
        if (seconds := next(pauses, None)) is None:
            raise Recreating(f"being recreated, once the old one is gone: {_holder(left)}")
        await pause(seconds)
    return await cluster.apply(manifest)


async def check_new(cluster: Cluster, manifest: Manifest) -> None:
    """Have the API server judge an object that exists as if it did not: all but store it.

    That the name is taken is the last thing that it looks at.

    Raises:
        ClusterError: it would refuse the object for what it says, not for what the live one is.
    """
    await cluster.create(manifest)


def _immutable(fields: Sequence[str]) -> str:
    return f"recreated: {', '.join(fields)} {'are' if len(fields) > 1 else 'is'} immutable"


def _holder(left: Manifest) -> str:
    finalizers = left["metadata"].get("finalizers") or ()
    if "foregroundDeletion" in finalizers:
        return "its pods are ending"
    return f"held by finalizer {', '.join(finalizers)}" if finalizers else "being deleted"
