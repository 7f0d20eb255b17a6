"""Apply by other means what the API server refuses only for the sake of the live object."""

from __future__ import annotations

from rhoai_operator.cluster.errors import Cause, Conflict, Immutable, Invalid
from rhoai_operator.cluster.port import Applied, Cluster
from rhoai_operator.core.contradictions import relief
from rhoai_operator.core.objects import Manifest, ObjectRef, is_created_once
from rhoai_operator.reconcile.recreate import check_new, may_recreate, recreate, recreated

TRIES = 3
UNREADABLE = "FieldValueTypeInvalid"
"""Reason of a cause that lies in what was sent, whatever is there already."""


async def overcome(
    cluster: Cluster, manifest: Manifest, live: Manifest | None, error: Invalid
) -> tuple[Applied, str]:
    """Apply an object after a refusal, and say how that was possible, for the change's detail.

    It is made anew where it may be, see ``recreate``. Else, if it is valid by itself, what others
    have set beside our fields and contradicts them is taken out.

    Args:
        live: as read after the refusal; None if there is none.
        error: the refusal.

    Raises:
        Recreating: it is being made anew; call again later.
        Invalid: there is no such means.
        ClusterError: a request failed.
    """
    ref = ObjectRef.of(manifest)
    if live is None or is_created_once(live):
        raise error
    if may_recreate(ref, error):
        return await recreate(cluster, manifest, live), recreated(error)
    if isinstance(error, Immutable) or not all(map(_may_be_theirs, error.causes)):
        raise error
    fields = tuple(dict.fromkeys(cause.field for cause in error.causes))
    if not relief(live, manifest, fields):
        raise error
    await check_new(cluster, manifest)
    await _take_out(cluster, manifest, live, fields)
    return await cluster.apply(manifest), f"taken out what contradicted it: {', '.join(fields)}"


async def _take_out(
    cluster: Cluster, manifest: Manifest, live: Manifest | None, fields: tuple[str, ...]
) -> None:
    """Patch the live object as it is now: its status often changes meanwhile."""
    ref = ObjectRef.of(manifest)
    for left in reversed(range(TRIES)):
        if not live or not (patch := relief(live, manifest, fields)):
            return
        version = {"resourceVersion": live["metadata"]["resourceVersion"]}
        try:
            await cluster.patch(ref, patch | {"metadata": version})
        except Conflict:
            if not left:
                raise
            live = await cluster.get(ref)
        else:
            return


def _may_be_theirs(cause: Cause) -> bool:
    return bool(cause.field) and cause.reason != UNREADABLE
