"""Take over an object from the Go operator, in place."""

from __future__ import annotations

from rhoai_operator.cluster.errors import Conflict
from rhoai_operator.cluster.port import Applied, Cluster
from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.succession import inherited
from rhoai_operator.reconcile.recreate import MADE_ANEW, replaced

DEFAULT_OWNERS = frozenset({"default-dsc", "default-dsci"})
"""What its custom resources are called unless somebody named them otherwise."""
TRIES = 3


async def inherit(
    cluster: Cluster, live: Manifest, owner: str = "", subresource: str | None = None
) -> Manifest:
    """Put what the Go operator owns of an object to our name, and return the object.

    Args:
        owner: name of the custom resource that it belongs to.
        subresource: only what was written there; None: everything.

    Raises:
        Conflict: the object changes all the time.
        ClusterError: it cannot be changed.
    """
    ref = ObjectRef.of(live)
    owners = DEFAULT_OWNERS | {owner}
    for left in reversed(range(TRIES)):
        entries = inherited(live, owners, subresource)
        if entries is None:
            return live
        version = live["metadata"]["resourceVersion"]
        patch = {"metadata": {"managedFields": entries, "resourceVersion": version}}
        try:
            return await cluster.patch(ref, patch) or live
        except Conflict:
            if not left:
                raise
            live = await cluster.get(ref) or live
    return live


def adopted(ref: ObjectRef, before: Manifest | None, applied: Applied, detail: str) -> Change:
    """Say what taking over an object came to; ``before`` is None if it went in an earlier try."""
    if before is None:
        return Change(ref, Action.ADOPTED, MADE_ANEW)
    if before["metadata"]["uid"] != applied.live["metadata"]["uid"]:
        return Change(ref, Action.ADOPTED, detail or replaced(before, applied.live))
    changed = before["metadata"].get("generation") != applied.live["metadata"].get("generation")
    return Change(ref, Action.ADOPTED, "changed" if changed else "")
