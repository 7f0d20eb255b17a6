"""Make the cluster contain the desired objects."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby

from rhoai_operator.cluster.errors import ClusterError
from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.changes import Action, Change, ChangeSet
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.health import Assessment, assess
from rhoai_operator.core.inventory import Inventory, Record, apply_wave
from rhoai_operator.core.objects import Manifest, ObjectRef, digest, is_created_once, live_version
from rhoai_operator.reconcile.refused import refused

CONCURRENCY = 8
"""Objects of one component that are applied at the same time."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a component came to.

    Attributes:
        changes: one per desired object, in apply order.
        records: what is now known of each object that is ours.
        health: the verdict on each object as the API server answered it.
    """

    changes: ChangeSet = field(default_factory=ChangeSet)
    records: Mapping[ObjectRef, Record] = field(default_factory=dict)
    health: Mapping[ObjectRef, Assessment] = field(default_factory=dict)


async def apply(cluster: Cluster, desired: DesiredState, owned: Inventory) -> Applied:
    """Server-side apply every object: definitions first, webhook configurations last.

    Server-side apply of an unchanged object changes nothing, not even ``resourceVersion``.
    A refused object stops no other; the caller sees it as FAILED.

    Args:
        owned: what was applied before, to tell "configured" from "unchanged".
    """
    turn, defined = asyncio.Semaphore(CONCURRENCY), desired.defined
    made: list[_Made] = []

    async def in_turn(manifest: Manifest) -> _Made:
        async with turn:
            try:
                return await _apply_one(cluster, manifest, owned)
            except ClusterError as error:
                return _Made(refused(ObjectRef.of(manifest), error, defined))

    for _, wave in groupby(desired.objects, lambda m: apply_wave(ObjectRef.of(m))):
        made += await asyncio.gather(*map(in_turn, wave))
    return Applied(
        ChangeSet(tuple(m.change for m in made)),
        {m.change.ref: m.record for m in made if m.record},
        {m.change.ref: assess(m.live) for m in made if m.live},
    )


@dataclass(frozen=True, slots=True)
class _Made:
    change: Change
    live: Manifest | None = None
    record: Record | None = None


async def _apply_one(cluster: Cluster, manifest: Manifest, owned: Inventory) -> _Made:
    if is_created_once(manifest):
        return await _create_once(cluster, manifest)
    ref, applied = ObjectRef.of(manifest), await cluster.apply(manifest)
    record = Record(digest(manifest), live_version(applied.live))
    if applied.created:
        action = Action.CREATED
    elif owned.records.get(ref) == record:
        action = Action.UNCHANGED
    else:
        action = Action.CONFIGURED
    return _Made(Change(ref, action), applied.live, record)


async def _create_once(cluster: Cluster, manifest: Manifest) -> _Made:
    ref = ObjectRef.of(manifest)
    if await cluster.get(ref) is not None:
        return _Made(Change(ref, Action.SKIPPED, "exists, and is the user's"))
    created = await cluster.create(manifest)
    return _Made(Change(ref, Action.CREATED if created else Action.SKIPPED), created)
