"""What is there when the operator starts: of ours in no inventory, and of those before us."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rhoai_operator.cluster.errors import ClusterError
from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core.inventory import Inventory
from rhoai_operator.core.objects import (
    MANAGED_BY,
    UNOWNED_KINDS,
    Manifest,
    ObjectRef,
    is_created_once,
)

PART_OF = "app.kubernetes.io/part-of"
US = "rhoai-operator"
OWNERS = frozenset({"DataScienceCluster", "DSCInitialization"})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        lost: component -> what is in no inventory, because that was deleted, or is an old one,
            or because the Go operator made it: the objects that our label or an owner tells.
        legacy: what carries a component's label but not ours: the Go operator made it.
    """

    lost: Mapping[str, Inventory]
    legacy: frozenset[ObjectRef]


async def find(
    cluster: Cluster,
    kinds: Iterable[Kind],
    known: Mapping[str, Inventory],
    labels: Mapping[str, str],
) -> Found:
    """Look for what belongs to components, whoever made it.

    What is the user's is not lost, nor what is never deleted. A kind that cannot be listed is
    passed over.

    Args:
        known: the inventories that there are, by component.
        labels: value of ``app.kubernetes.io/part-of`` -> component.
    """
    remembered = {ref for inventory in known.values() for ref in inventory.records}
    selector = f"{PART_OF} in ({','.join(sorted(labels))})"
    lists = await asyncio.gather(*(_labelled(cluster, kind, selector) for kind in kinds))
    lost: dict[str, set[ObjectRef]] = {}
    legacy: set[ObjectRef] = set()
    for live in (live for found in lists for live in found):
        ref, own = ObjectRef.of(live), live["metadata"]["labels"]
        if own.get(MANAGED_BY) != US:
            legacy.add(ref)
        if own.get(MANAGED_BY) != US and not _is_owned(live):
            continue
        if ref not in remembered and not _stays(live):
            lost.setdefault(labels[own[PART_OF]], set()).add(ref)
    for name, refs in lost.items():
        log.warning("found %d objects of %s that no inventory names", len(refs), name)
    return Found({name: Inventory.of(refs) for name, refs in lost.items()}, frozenset(legacy))


def _is_owned(live: Manifest) -> bool:
    """Tell whether an object belongs to a custom resource that switches components on."""
    owners = live["metadata"].get("ownerReferences") or ()
    return any(owner.get("kind") in OWNERS and owner.get("controller") for owner in owners)


def _stays(live: Manifest) -> bool:
    return live["kind"] in UNOWNED_KINDS or is_created_once(live)


async def _labelled(cluster: Cluster, kind: Kind, selector: str) -> tuple[Manifest, ...]:
    try:
        return (await cluster.list(Selection(kind, labels=selector, brief=True))).items
    except ClusterError as error:
        log.warning("cannot look for %s that no inventory names: %s", kind, error)
        return ()
