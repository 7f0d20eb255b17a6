"""From what is rendered to what is applied: the part of it that the live objects decide.

Cached objects may be older than those in the cluster. Where they say that something has to be
written over, it is looked at anew before: no generated Secret and no user's field is lost to an
old copy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol, TypeAlias

from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.fields import FIELD_MANAGER, is_edited
from rhoai_operator.core.objects import (
    COMPONENT_LABEL,
    MANAGED_BY,
    Manifest,
    ObjectRef,
    is_created_once,
)
from rhoai_operator.core.policies import Named, Policies, SecretField
from rhoai_operator.reconcile.certificates.secure import secure_all
from rhoai_operator.reconcile.generating import (
    Recipes,
    fill,
    generate,
    is_settled,
    plain,
    with_secret_field,
)
from rhoai_operator.reconcile.held import Held
from rhoai_operator.reconcile.merging import differs, merge_config_map
from rhoai_operator.reconcile.rollouts import after_apply, config_hash, with_config_hash

Live: TypeAlias = Mapping[ObjectRef, Manifest | None]
Objects: TypeAlias = Mapping[ObjectRef, Manifest]


class Look(Protocol):
    """Finds live objects."""

    async def __call__(self, ref: ObjectRef, *, fresh: bool = False) -> Manifest | None:
        """Return an object, None if there is none: that is always the API server's own answer.

        Args:
            fresh: ask the API server, whatever is remembered.
        """
        ...


async def prepare(
    desired: DesiredState,
    policies: Policies,
    look: Look,
    served: Collection[tuple[str, str, str]],
    now: datetime,
) -> tuple[DesiredState, datetime | None]:
    """Return what to apply, and when it will be something else without anybody's doing.

    Without anything that depends on live objects that is ``desired`` itself.

    Args:
        served: group, version and kind of what the cluster serves.
        now: in UTC.

    Raises:
        Held: a live object stands in the way.
        DependencyMissing, InvalidCertificate: a certificate cannot be had.
        ClusterError: it cannot be looked at.
    """
    policies = policies.everywhere
    await _check_foreign(desired, policies, look)
    looks = (look, partial(look, fresh=True))
    desired, due = await secure_all(desired, policies.certificates, looks, served, now)
    if given_up := await _given_up(desired, policies, look):
        desired = replace(desired, given_up=given_up)
    live = await _look_at(looked_at(desired, policies), look)
    if doubtful := _doubtful(desired, policies, live):
        live |= await _look_at(doubtful, partial(look, fresh=True))
    return settled(desired, policies, live), due


async def _check_foreign(desired: DesiredState, policies: Policies, look: Look) -> None:
    """Look whether what may be somebody else's is.

    Raises:
        Held: it is.
    """
    label = f"{COMPONENT_LABEL}{policies.label}"
    refs = [ref for ref in map(ObjectRef.of, desired.objects) if Named.of(ref) in policies.foreign]
    for ref, live in (await _look_at(refs, look)).items():
        if live and (live["metadata"].get("labels") or {}).get(label) != "true":
            found = policies.foreign[Named.of(ref)]
            raise Held(found.reason, f"{ref} is there without the label {label}: {found.message}")


async def _given_up(desired: DesiredState, policies: Policies, look: Look) -> frozenset[ObjectRef]:
    """Find what users have made, or edited since it was made for them."""
    refs = [ref for ref in map(ObjectRef.of, desired.objects) if ref.kind in policies.until_edited]
    found = await _look_at(refs, look)
    return frozenset(ref for ref, live in found.items() if live and _is_users(live))


def _is_users(live: Manifest) -> bool:
    labels = live["metadata"].get("labels") or {}
    return labels.get(MANAGED_BY) != FIELD_MANAGER or is_edited(live)


async def _look_at(
    refs: Collection[ObjectRef], look: Callable[[ObjectRef], Awaitable[Manifest | None]]
) -> dict[ObjectRef, Manifest | None]:
    return dict(zip(refs, await asyncio.gather(*map(look, refs)), strict=True))


def looked_at(desired: DesiredState, policies: Policies) -> frozenset[ObjectRef]:
    """Return the objects on which the answer of ``prepare`` depends."""
    policies = policies.everywhere
    if not _is_special(policies):
        return frozenset()
    objects = _by_ref(desired)
    configs = {ref for refs in _rollouts(objects, policies).values() for ref in refs}
    users = {ref for ref in configs if ref not in objects or is_created_once(objects[ref])}
    return frozenset(users.union(_merged(objects, policies), _generated(objects, policies)))


def settled(desired: DesiredState, policies: Policies, live: Live) -> DesiredState:
    """Return what to apply when the objects of ``looked_at`` are as in ``live``.

    Nothing but new Secrets depends on chance.

    Raises:
        Held: see ``prepare``.
    """
    policies = policies.everywhere
    if not _is_special(policies):
        return desired
    objects = _by_ref(desired)
    for ref in _merged(objects, policies):
        objects[ref] = merge_config_map(objects[ref], live.get(ref))
    if secrets := _generated(objects, policies):
        values = generate(_recipes(secrets, policies), _by_name(secrets, live))
        for ref in secrets:
            own = {entry.key: value for entry, value in values.items() if entry.secret == ref.name}
            objects[ref] = fill(objects[ref], own)
        for ref, field in _secret_fields(objects, policies):
            if value := values.get(field.entry):
                objects[ref] = with_secret_field(objects[ref], field.path, plain(value))
    for ref, configs in _rollouts(objects, policies).items():
        contents = {f"{c.kind} {c.name}": _content(c, objects, policies, live) for c in configs}
        objects[ref] = with_config_hash(objects[ref], config_hash(contents))
    made_of = {
        ref: str(known["metadata"].get("resourceVersion", ""))
        for ref in (*_merged(objects, policies), *secrets)
        if (known := live.get(ref))
    }
    return replace(desired, objects=tuple(objects.values()), made_of=made_of)


def _doubtful(desired: DesiredState, policies: Policies, live: Live) -> frozenset[ObjectRef]:
    """Return those objects that would be written over, were they as they are remembered."""
    if not _is_special(policies):
        return frozenset()
    objects = _by_ref(desired)
    found = {
        ref
        for ref in _merged(objects, policies)
        if (known := live.get(ref)) and differs(_merged_as_known(objects[ref], known), known)
    }
    secrets = _generated(objects, policies)
    if not is_settled(_recipes(secrets, policies), _by_name(secrets, live)):
        found |= {ref for ref in secrets if live.get(ref)}
    return frozenset(found)


def _merged_as_known(ours: Manifest, known: Manifest) -> Manifest:
    try:
        return merge_config_map(ours, known)
    except Held:  # it may have been corrected since
        return ours


def _is_special(policies: Policies) -> bool:
    return bool(policies.merged or policies.secrets or policies.rollouts)


def _by_ref(desired: DesiredState) -> dict[ObjectRef, Manifest]:
    return {ObjectRef.of(manifest): manifest for manifest in desired.objects}


def _merged(objects: Objects, policies: Policies) -> list[ObjectRef]:
    return [ref for ref in objects if ref.group == "" and Named.of(ref) in policies.merged]


def _generated(objects: Objects, policies: Policies) -> list[ObjectRef]:
    secrets = (ref for ref in objects if (ref.group, ref.kind) == ("", "Secret"))
    return [ref for ref in secrets if ref.name in policies.secrets]


def _secret_fields(objects: Objects, policies: Policies) -> Iterator[tuple[ObjectRef, SecretField]]:
    for field in policies.secret_fields:
        yield from ((ref, field) for ref in tuple(objects) if Named.of(ref) == field.target)


def _recipes(secrets: Iterable[ObjectRef], policies: Policies) -> Recipes:
    return {ref.name: policies.secrets[ref.name] for ref in secrets}


def _by_name(secrets: Iterable[ObjectRef], live: Live) -> dict[str, Manifest | None]:
    return {ref.name: live.get(ref) for ref in secrets}


def _rollouts(objects: Objects, policies: Policies) -> dict[ObjectRef, list[ObjectRef]]:
    """Return the workloads that there are, each with its configurations."""
    known = {rollout.workload: rollout.configs for rollout in policies.rollouts}
    return {
        ref: [ObjectRef("", c.kind, ref.namespace, c.name, "v1") for c in known[Named.of(ref)]]
        for ref in objects
        if ref.group == "apps" and Named.of(ref) in known
    }


def _content(
    config: ObjectRef, objects: Objects, policies: Policies, live: Live
) -> Manifest | None:
    """Return a configuration as pods will see it."""
    ours, theirs = objects.get(config), live.get(config)
    if ours is None or (theirs and is_created_once(theirs)):
        return theirs
    if Named.of(config) in policies.merged:
        return after_apply(ours, theirs)
    return theirs if theirs and is_created_once(ours) else ours
