"""A request that failed, as a change: reported, not raised."""

from __future__ import annotations

from collections.abc import Collection

from rhoai_operator.cluster.errors import ClusterError, KindNotServed, TransientError
from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.objects import ObjectRef


def refused(
    ref: ObjectRef, error: ClusterError, defined: Collection[tuple[str, str]] = ()
) -> Change:
    """Return the change for an object whose apply or deletion failed.

    Args:
        defined: groups and kinds whose definitions we apply ourselves: that they are not served
            yet passes.
    """
    passing = isinstance(error, TransientError) or (
        isinstance(error, KindNotServed) and (ref.group, ref.kind) in defined
    )
    return Change(ref, Action.FAILED, str(error), type(error).__name__, passing)
