"""A request that failed, as a change: reported, not raised."""

from __future__ import annotations

from rhoai_operator.cluster.errors import ClusterError, TransientError
from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.objects import ObjectRef


def refused(ref: ObjectRef, error: ClusterError) -> Change:
    """Return the change for an object whose apply or deletion failed."""
    passing = isinstance(error, TransientError)
    return Change(ref, Action.FAILED, str(error), type(error).__name__, passing)
