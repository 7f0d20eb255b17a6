"""Delete what a component owned and no longer wants."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import groupby

from rhoai_operator.cluster.errors import ClusterError
from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.changes import Action, Change, ChangeSet
from rhoai_operator.core.inventory import apply_wave
from rhoai_operator.core.objects import UNOWNED_KINDS, Manifest, ObjectRef, is_created_once
from rhoai_operator.reconcile.refused import refused


async def prune(cluster: Cluster, stale: Iterable[ObjectRef]) -> ChangeSet:
    """Delete ``stale`` objects, wave by wave in the order given.

    One object's failure does not stop the others: it is reported as FAILED, and the
    caller keeps its name in the inventory so that the next reconcile tries again.

    Args:
        cluster: where the objects live.
        stale: identities in deletion order, as returned by ``Inventory.stale``.

    Returns:
        One change per object: DELETED (also when already gone), DELETING while it is still
        there (``detail`` says what holds it), SKIPPED (not ours to delete) or FAILED.
    """
    changes: list[Change] = []
    for _, wave in groupby(stale, apply_wave):
        changes += await asyncio.gather(*(_prune_one(cluster, ref) for ref in wave))
    return ChangeSet(tuple(changes))


async def _prune_one(cluster: Cluster, ref: ObjectRef) -> Change:
    if ref.kind in UNOWNED_KINDS:
        return Change(ref, Action.SKIPPED, "definitions and namespaces are never deleted")
    try:
        live = await cluster.get(ref)
        if live is None:
            return Change(ref, Action.DELETED)
        if is_created_once(live):
            return Change(ref, Action.SKIPPED, "it is the user's")
        if "deletionTimestamp" not in live["metadata"]:
            await cluster.delete(ref, uid=live["metadata"]["uid"])
            live = await cluster.get(ref)
    except ClusterError as error:
        return refused(ref, error)
    return Change(ref, Action.DELETING, _holder(live)) if live else Change(ref, Action.DELETED)


def _holder(live: Manifest) -> str:
    finalizers = live["metadata"].get("finalizers") or ()
    if list(finalizers) == ["foregroundDeletion"]:
        return "its pods are ending"
    if finalizers:
        return f"held by finalizer {', '.join(finalizers)}"
    return "being deleted"
