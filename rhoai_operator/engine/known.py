"""All that is known of the cluster without asking it: what we own, and what we only read."""

from __future__ import annotations

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.engine.owned import Owned
from rhoai_operator.engine.reads import Reads


class Known:
    """Satisfies ``rhoai_operator.reconcile.view.View``."""

    def __init__(self, owned: Owned, reads: Reads) -> None:
        self._owned = owned
        self._reads = reads

    def get(self, ref: ObjectRef) -> Manifest | None:
        """See ``View``."""
        return self._owned.get(ref) or self._reads.get(ref)

    def knows(self, ref: ObjectRef) -> bool:
        """See ``View``."""
        return self._reads.follows(ref)

    def follows(self, kind: Kind) -> bool:
        """See ``View``."""
        return self._owned.follows(kind)

    def took(self, live: Manifest) -> None:
        """See ``View``."""
        self._owned.took(live)
