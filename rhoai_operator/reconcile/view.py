"""What is known of the cluster without asking it."""

from __future__ import annotations

from typing import Protocol

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import Manifest, ObjectRef


class View(Protocol):
    """Live copies of the objects that carry our label, and of some others."""

    def get(self, ref: ObjectRef) -> Manifest | None:
        """Return an object as it was last seen; None if it is absent, or its kind not followed."""
        ...

    def knows(self, ref: ObjectRef) -> bool:
        """Tell whether ``get`` is right about one object that does not carry our label."""
        ...

    def follows(self, kind: Kind) -> bool:
        """Tell whether all objects of a kind that carry our label are known."""
        ...

    def took(self, live: Manifest) -> None:
        """Take in how an object is after a request of ours."""
        ...
