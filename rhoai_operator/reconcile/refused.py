"""A request that failed, as a change: reported, not raised."""

from __future__ import annotations

from rhoai_operator.cluster.errors import ClusterError, TransientError
from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.reconcile.explained import explained


def refused(ref: ObjectRef, error: ClusterError, *, source: str = "") -> Change:
    """Return the change for an object whose apply or deletion failed.

    Args:
        source: the template that it comes of, such as ``web/templates/service.yaml.j2``.
    """
    text = explained(error, ref, source)
    passing = isinstance(error, TransientError)
    return Change(ref, Action.FAILED, text, type(error).__name__, passing)
