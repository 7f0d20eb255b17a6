"""Make the cluster contain the desired objects."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from rhoai_operator.cluster.errors import ClusterError, Invalid, KindNotServed
from rhoai_operator.cluster.port import Applied as ServerApplied
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.changes import Action, Change, ChangeSet
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.fields import contested, yielded
from rhoai_operator.core.health import Assessment, assess
from rhoai_operator.core.inventory import Record
from rhoai_operator.core.objects import (
    DEFINITION,
    MANAGED,
    Manifest,
    ObjectRef,
    Owner,
    is_created_once,
)
from rhoai_operator.core.version import live_version
from rhoai_operator.reconcile.order import Waves, waiting_for
from rhoai_operator.reconcile.overcome import overcome
from rhoai_operator.reconcile.reach import Reach
from rhoai_operator.reconcile.refused import refused
from rhoai_operator.reconcile.succession import adopted, inherit


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a component came to.

    Attributes:
        changes: one per desired object.
        records: what is now known of each object that is ours.
        health: the verdict on each object that was applied, as the API server answered it.
        due: when to look again whatever happens, in seconds of the clock; None: no need to.
    """

    changes: ChangeSet = field(default_factory=ChangeSet)
    records: Mapping[ObjectRef, Record] = field(default_factory=dict)
    health: Mapping[ObjectRef, Assessment] = field(default_factory=dict)
    due: float | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    change: Change
    live: Manifest | None = None
    record: Record | None = None
    due: float | None = None


async def apply(reach: Reach, desired: DesiredState) -> Applied:
    """Server-side apply every object that is not as desired, each in its turn.

    Definitions go beside what does not need them; workloads and custom resources wait until the
    definitions are served, webhook configurations until somebody answers behind them. What waits
    is reported as WAITING: an event will tell when it can go on.
    A refused object stops no other; the caller sees it as FAILED.
    """
    waves, defined = Waves.of(desired.objects), desired.defined
    absent: set[ObjectRef] = set()

    async def in_turn(manifest: Manifest) -> _Made:
        ref = ObjectRef.of(manifest)
        if ref in desired.given_up:
            return _Made(Change(ref, Action.SKIPPED, "users have edited it: it is theirs"))
        if waits := waiting_for(manifest, defined, desired.awaited, absent, reach):
            return _Made(waits, record=_known(reach, ref))
        try:
            async with reach.memo.turns[ref]:
                return await _apply_one(reach, ref, manifest, desired)
        except ClusterError as error:
            change = refused(ref, error, source=desired.sources.get(ref, ""))
            if isinstance(error, KindNotServed) and Kind.of(ref) in defined:
                change = replace(change, passing=True)  # serving lags behind being established
            return _Made(change, record=_known(reach, ref))

    async def wave(objects: Iterable[Manifest]) -> list[_Made]:
        return await asyncio.gather(*(in_turn(manifest) for manifest in objects))

    async def foundation() -> list[_Made]:
        first = [*await wave(waves.namespaces), *await wave(waves.configuration)]
        return [*first, *await wave(waves.bindings)]

    definitions, configuration = await asyncio.gather(wave(waves.definitions), foundation())
    made = [*definitions, *configuration, *await wave(waves.workloads)]
    absent.update(m.change.ref for m in made if m.live is None)
    made += await wave(waves.webhooks)
    return _applied(made)


def _applied(made: Collection[_Made]) -> Applied:
    return Applied(
        ChangeSet(tuple(m.change for m in made)),
        {m.change.ref: m.record for m in made if m.record},
        {m.change.ref: assess(m.live) for m in made if m.live},
        min((m.due for m in made if m.due is not None), default=None),
    )


def _wanted(reach: Reach, ref: ObjectRef, manifest: Manifest, owner: Owner | None) -> Manifest:
    """Return the manifest; what is created once is ours where the live object says so."""
    live = reach.view.get(ref) if is_created_once(manifest) else None
    annotations = live["metadata"].get("annotations") or {} if live else {}
    if annotations.get(MANAGED) != "true":
        return manifest
    metadata = manifest["metadata"]
    notes = {**metadata["annotations"], MANAGED: "true"}
    ours = {**manifest, "metadata": {**metadata, "annotations": notes}}
    return owner.adopt(ours) if owner else ours


async def _apply_one(
    reach: Reach, ref: ObjectRef, manifest: Manifest, desired: DesiredState
) -> _Made:
    manifest = _wanted(reach, ref, manifest, desired.owner)
    made_of, insisted = desired.made_of.get(ref, ""), desired.insisted.get(ref, frozenset())
    live, is_legacy = reach.view.get(ref), False
    if not live and (ref in reach.legacy or reach.record(ref).digest):
        live = await reach.look(ref)  # it may be there without the label that we follow
        is_legacy = bool(live) and ref in reach.legacy
    if is_created_once(manifest):
        return await _create_once(reach, ref, manifest)
    if live and is_created_once(live):
        detail = f'its annotation {MANAGED} says "false": left alone'
        return _Made(Change(ref, Action.SKIPPED, detail), live, _known(reach, ref))
    if live and is_legacy:
        owner = desired.owner.name if desired.owner else ""
        live = await inherit(reach.cluster, live, owner)
    wanted = yielded(live, manifest, insisted) if live else manifest
    before, sent = reach.record(ref), reach.memo.digest(ref, wanted)
    if live and before == Record(sent, reach.memo.version(ref, live, wanted)):
        return _Made(Change(ref, Action.UNCHANGED), live, before)
    if before.digest == sent and (live or reach.view.follows(Kind.of(ref))):
        return await _correct(reach, ref, wanted, live, made_of)
    applied, detail = await _send(reach, ref, wanted, made_of if live else "")
    went = not live and ref in reach.legacy and not before.digest  # in an earlier try
    if is_legacy or went:
        return _made(reach, adopted(ref, live, applied, detail), applied, wanted)
    action = Action.CREATED if applied.created else Action.CONFIGURED
    return _made(reach, Change(ref, action, detail), applied, wanted)


async def _correct(
    reach: Reach, ref: ObjectRef, wanted: Manifest, live: Manifest | None, made_of: str
) -> _Made:
    """Set right what somebody has changed or deleted, unless that goes on and on."""
    now = reach.clock()
    claims = contested(live, wanted) if live else ()
    fight = reach.fights.standing(ref, now)
    if fight is None and (claims or live is None):
        fight = reach.fights.rewritten(ref, claims, now)
    if fight:
        change = Change(ref, Action.HELD, str(fight), "FieldFight")
        return _Made(change, live, reach.record(ref), fight.until)
    applied, detail = await _send(reach, ref, wanted, made_of if live else "")
    if live and _version(live) == _version(applied.live):  # it was in what is not ours
        reach.fights.unfounded(ref)
        return _made(reach, Change(ref, Action.UNCHANGED), applied, wanted)
    if live and not claims:  # nobody owns a field that was taken away
        reach.fights.rewritten(ref, claims, now)
    reach.fights.corrected(ref)
    return _made(reach, Change(ref, Action.CORRECTED, detail), applied, wanted)


async def _send(
    reach: Reach, ref: ObjectRef, wanted: Manifest, made_of: str
) -> tuple[ServerApplied, str]:
    """Apply an object, by other means where a plain apply is refused; say so then.

    Raises:
        Conflict: the live object has changed since ``wanted`` was made of it.
    """
    detail = ""
    try:
        applied = await reach.cluster.apply(_made_of(wanted, made_of), brief=ref.kind == DEFINITION)
    except Invalid as error:
        live = await reach.cluster.get(ref)
        applied, detail = await overcome(reach.cluster, wanted, live, error)
    reach.view.took(applied.live)
    return applied, detail


def _made(reach: Reach, change: Change, applied: ServerApplied, wanted: Manifest) -> _Made:
    sent = reach.memo.digest(change.ref, wanted)
    record = Record(sent, live_version(applied.live, wanted, sent))
    reach.memo.applied[change.ref] = record
    return _Made(change, applied.live, record)


def _made_of(wanted: Manifest, version: str) -> Manifest:
    if not version:
        return wanted
    return {**wanted, "metadata": {**wanted["metadata"], "resourceVersion": version}}


def _version(live: Manifest) -> str:
    return str(live["metadata"]["resourceVersion"])


async def _create_once(reach: Reach, ref: ObjectRef, manifest: Manifest) -> _Made:
    if live := await reach.look(ref):
        change = Change(ref, Action.SKIPPED, "exists, and is the user's")
        return _Made(change, live, _known(reach, ref))  # known if it was ours for a while
    created = await reach.cluster.create(manifest)
    if created:
        reach.view.took(created)
    return _Made(Change(ref, Action.CREATED if created else Action.SKIPPED), created)


def _known(reach: Reach, ref: ObjectRef) -> Record | None:
    record = reach.record(ref)
    return record if record != Record() else None
