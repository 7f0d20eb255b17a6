"""Reconcile one component: the whole of it, on one page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.changes import NOT_SERVED, Action, Change, ChangeSet
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.inventory import Inventory, Record
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.report import Outcome
from rhoai_operator.reconcile.apply import Applied, apply
from rhoai_operator.reconcile.prune import prune
from rhoai_operator.reconcile.reach import Reach


class InventoryStore(Protocol):
    """Remembers inventories between reconciles and across operator restarts."""

    async def load(self, component: str) -> Inventory:
        """Return what the component owns; empty if it was never managed."""
        ...

    def known(self) -> Mapping[str, Inventory]:
        """Return all inventories as they are now, by component."""
        ...

    def remember(self, component: str, inventory: Inventory) -> None:
        """Replace the inventory in memory only: the objects are the same, more is known of them."""
        ...

    async def save(self, component: str, inventory: Inventory) -> None:
        """Replace the remembered inventory; one that is equal costs nothing."""
        ...


async def reconcile_component(
    component: str, desired: DesiredState, reach: Reach, inventories: InventoryStore
) -> Outcome:
    """Bring the cluster to ``desired`` and tell what was done and found.

    A component being removed is one whose desired state is empty: the same path prunes
    everything it owned.

    Raises:
        ClusterError: the inventory cannot be read or written, so nothing may be touched.
    """
    absent = _not_served(desired, reach.served())
    desired = desired.without(absent.refs(Action.SKIPPED))
    owned = await inventories.load(component)
    await _claim(component, owned, desired, inventories)

    applied = await apply(_with_own_records(reach, owned), desired)
    ours = _ours(owned, desired, applied)
    stale = owned.stale(map(ObjectRef.of, desired.objects))
    unfinished = applied.changes.refs(Action.FAILED, Action.WAITING)
    if unfinished:  # never tear down the old while the new is not in place
        kept = {ref: owned.records[ref] for ref in stale}
        inventories.remember(component, ours | Inventory(kept))
        pruned = ChangeSet()
    else:
        pruned = await prune(reach, stale)
        survivors = pruned.refs(Action.FAILED, Action.DELETING)
        reach.memo.forget(frozenset(stale) - survivors)
        kept = {ref: owned.records[ref] for ref in survivors}
        await inventories.save(component, ours | Inventory(kept))
    return Outcome(
        component,
        changes=(*absent.changes, *applied.changes.changes, *pruned.changes),
        health=applied.health,
        remaining={c.ref: c.detail for c in pruned.changes if c.action is Action.DELETING},
        defines=desired.defines,
        due=applied.due,
    )


def _with_own_records(reach: Reach, owned: Inventory) -> Reach:
    """Look for records in what was done lately, then in the component's own inventory."""

    def record(ref: ObjectRef) -> Record:
        own = reach.memo.applied.get(ref) or owned.records.get(ref)
        return own if own and own.digest else reach.record(ref)

    return replace(reach, record=record)


async def _claim(
    component: str, owned: Inventory, desired: DesiredState, inventories: InventoryStore
) -> None:
    """Write down what is about to be applied, where it is not written already."""
    if desired.inventory.records.keys() <= owned.records.keys():
        return
    await inventories.save(component, owned | desired.inventory)


def _ours(owned: Inventory, desired: DesiredState, applied: Applied) -> Inventory:
    """Return what is desired or was applied, with all that is known of it."""
    refs = desired.inventory.records.keys() | applied.records.keys()
    known = {ref: owned.records.get(ref, Record()) for ref in refs}
    return Inventory(known) | Inventory(applied.records)


def _not_served(desired: DesiredState, served: Iterable[Kind]) -> ChangeSet:
    """Find the optional objects whose kind this cluster lacks."""
    missing = {Kind.of(ref) for ref in desired.optional} - frozenset(served)
    return ChangeSet(
        tuple(
            Change(ref, Action.SKIPPED, f"{Kind.of(ref)} is not served", NOT_SERVED)
            for ref in sorted(desired.optional)
            if Kind.of(ref) in missing
        )
    )
