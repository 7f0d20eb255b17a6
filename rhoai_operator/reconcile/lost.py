"""Find what was applied and is in no inventory: its ConfigMap was deleted, or is an old one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping

from rhoai_operator.cluster.errors import ClusterError
from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core.inventory import Inventory
from rhoai_operator.core.objects import ObjectRef, is_created_once

PART_OF = "app.kubernetes.io/part-of"
OURS = "app.kubernetes.io/managed-by=rhoai-operator"

log = logging.getLogger(__name__)


async def lost(
    cluster: Cluster,
    kinds: Iterable[Kind],
    known: Mapping[str, Inventory],
    labels: Mapping[str, str],
) -> dict[str, Inventory]:
    """Return what carries our labels and is in no inventory, by component.

    What is the user's is not lost. A kind that cannot be listed is passed over.

    Args:
        known: the inventories that there are, by component.
        labels: value of ``app.kubernetes.io/part-of`` -> component.
    """
    remembered = {ref for inventory in known.values() for ref in inventory.records}
    found: dict[str, set[ObjectRef]] = {}
    for labelled in await asyncio.gather(*(_labelled(cluster, kind) for kind in kinds)):
        for ref, label in labelled.items():
            if ref not in remembered and label in labels:
                found.setdefault(labels[label], set()).add(ref)
    for name, refs in found.items():
        log.warning("found %d objects of %s that no inventory names", len(refs), name)
    return {name: Inventory.of(refs) for name, refs in found.items()}


async def _labelled(cluster: Cluster, kind: Kind) -> dict[ObjectRef, str]:
    try:
        listing = await cluster.list(Selection(kind, labels=OURS, brief=True))
    except ClusterError as error:
        log.warning("cannot look for %s that no inventory names: %s", kind, error)
        return {}
    return {
        ObjectRef.of(live): (live["metadata"].get("labels") or {}).get(PART_OF, "")
        for live in listing.items
        if not is_created_once(live)
    }
