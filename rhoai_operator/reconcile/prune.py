"""Delete what a component owned and no longer wants."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from rhoai_operator.cluster.errors import ClusterError, Conflict
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.changes import Action, Change, ChangeSet
from rhoai_operator.core.inventory import apply_wave
from rhoai_operator.core.objects import UNOWNED_KINDS, Manifest, ObjectRef, is_created_once
from rhoai_operator.reconcile.reach import Reach
from rhoai_operator.reconcile.refused import refused


async def prune(reach: Reach, stale: Iterable[ObjectRef]) -> ChangeSet:
    """Delete ``stale`` objects, wave by wave in the order given.

    One object's failure does not stop the others: it is reported as FAILED, and the
    caller keeps its name in the inventory so that the next reconcile tries again.

    Args:
        stale: identities in deletion order, as returned by ``Inventory.stale``.

    Returns:
        One change per object: DELETED (also when already gone), DELETING while it is still
        there (``detail`` says what holds it), SKIPPED (not ours to delete) or FAILED.
    """
    changes: list[Change] = []
    for _, wave in groupby(stale, apply_wave):
        changes += await asyncio.gather(*(_prune_one(reach, ref) for ref in wave))
    return ChangeSet(tuple(changes))


async def _prune_one(reach: Reach, stale: ObjectRef) -> Change:
    if stale.kind in UNOWNED_KINDS:
        return Change(stale, Action.SKIPPED, "definitions and namespaces are never deleted")
    ref = _as_served(stale, reach.served())
    try:
        live = await reach.look(ref)
        if live is None:
            return Change(ref, Action.DELETED)
        if stale in reach.claimed():
            return Change(stale, Action.SKIPPED, "another component has it now")
        if is_created_once(live):
            await _disown(reach, ref, live)
            return Change(ref, Action.SKIPPED, "it is the user's")
        if "deletionTimestamp" not in live["metadata"]:
            await reach.cluster.delete(ref, uid=live["metadata"]["uid"])
            live = await reach.cluster.get(ref)
    except ClusterError as error:
        return refused(ref, error)
    return Change(ref, Action.DELETING, _holder(live)) if live else Change(ref, Action.DELETED)


def _as_served(ref: ObjectRef, served: frozenset[Kind]) -> ObjectRef:
    """Address an object in a version that is served, if the one it was applied in is no more."""
    if Kind.of(ref) in served:
        return ref
    versions = sorted(k.version for k in served if (k.group, k.kind) == (ref.group, ref.kind))
    return replace(ref, version=versions[-1]) if versions else ref


async def _disown(reach: Reach, ref: ObjectRef, live: Manifest) -> None:
    """Take our owner reference off what is the user's, or it would go with its owner."""
    metadata = live["metadata"]
    references = metadata.get("ownerReferences") or ()
    kept = [r for r in references if not r.get("apiVersion", "").split("/")[0].endswith(_OWNERS)]
    if len(kept) < len(references):
        change = {"ownerReferences": kept, "resourceVersion": metadata["resourceVersion"]}
        if await reach.cluster.patch(ref, {"metadata": change}) is None:
            raise Conflict(f"{ref} has just been deleted")


_OWNERS = ("datasciencecluster.opendatahub.io", "dscinitialization.opendatahub.io")


def _holder(live: Manifest) -> str:
    finalizers = live["metadata"].get("finalizers") or ()
    if list(finalizers) == ["foregroundDeletion"]:
        return "its pods are ending"
    if finalizers:
        return f"held by finalizer {', '.join(finalizers)}"
    return "being deleted"
