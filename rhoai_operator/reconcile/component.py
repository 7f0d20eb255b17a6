"""Reconcile one component: the whole of it, on one page."""

from __future__ import annotations

from typing import Protocol

from rhoai_operator.cluster.port import Cluster, Kind
from rhoai_operator.core.changes import NOT_SERVED, Action, Change, ChangeSet
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.inventory import Inventory
from rhoai_operator.core.report import Outcome
from rhoai_operator.reconcile.apply import apply
from rhoai_operator.reconcile.prune import prune


class InventoryStore(Protocol):
    """Remembers inventories between reconciles and across operator restarts."""

    async def load(self, component: str) -> Inventory:
        """Return what the component owns; empty if it was never managed."""
        ...

    async def save(self, component: str, inventory: Inventory) -> None:
        """Replace the remembered inventory; one that is equal costs nothing."""
        ...


async def reconcile_component(
    component: str, desired: DesiredState, cluster: Cluster, inventories: InventoryStore
) -> Outcome:
    """Bring the cluster to ``desired`` and tell what was done and found.

    A component being removed is one whose desired state is empty: the same path prunes
    everything it owned.

    Raises:
        ClusterError: the inventory cannot be read or written, so nothing may be touched.
    """
    absent = await _not_served(desired, cluster)
    desired = desired.without(absent.refs(Action.SKIPPED))
    owned = await inventories.load(component)
    await inventories.save(component, owned | desired.inventory)

    applied = await apply(cluster, desired, owned)
    stale = owned.stale(desired.inventory.records)
    if applied.changes.failed:  # never tear down the old while the new is not in place
        pruned, survivors = ChangeSet(), frozenset(stale)
    else:
        pruned = await prune(cluster, stale)
        survivors = pruned.refs(Action.FAILED, Action.DELETING)

    kept = {ref: owned.records[ref] for ref in survivors}
    ours = desired.inventory | Inventory(applied.records)
    await inventories.save(component, ours | Inventory(kept))
    return Outcome(
        component,
        changes=(*absent.changes, *applied.changes.changes, *pruned.changes),
        health=applied.health,
        remaining={c.ref: c.detail for c in pruned.changes if c.action is Action.DELETING},
    )


async def _not_served(desired: DesiredState, cluster: Cluster) -> ChangeSet:
    """Find the optional objects whose kind this cluster lacks."""
    kinds = {Kind.of(ref) for ref in desired.optional}
    missing = {kind for kind in kinds if not await cluster.serves(kind)}
    return ChangeSet(
        tuple(
            Change(ref, Action.SKIPPED, f"{Kind.of(ref)} is not served", NOT_SERVED)
            for ref in sorted(desired.optional)
            if Kind.of(ref) in missing
        )
    )
