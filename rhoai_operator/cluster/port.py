"""The whole of Kubernetes, as far as this operator is concerned."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from rhoai_operator.core.objects import Manifest, ObjectRef


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """A kind of object and how to address it."""

    group: str
    version: str
    kind: str

    @classmethod
    def of(cls, ref: ObjectRef) -> Kind:
        """Return the kind of the object that ``ref`` names."""
        return cls(ref.group, ref.version, ref.kind)

    def __str__(self) -> str:
        """Render as ``Kind.version.group``, as ``kubectl`` takes it."""
        return ".".join(part for part in (self.kind, self.version, self.group) if part)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a server-side apply came to: the merged object, and whether it is a new one."""

    live: Manifest
    created: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """The objects of one kind and the resourceVersion to watch from."""

    items: tuple[Manifest, ...]
    resource_version: str


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One line of a watch. A BOOKMARK carries nothing but its resourceVersion."""

    type: Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]
    object: Manifest


class Cluster(Protocol):
    """Eight verbs. The real client and the test fake both satisfy this, by one contract test.

    Every verb raises a :class:`rhoai_operator.cluster.errors.ClusterError` when it fails.
    """

    async def get(self, ref: ObjectRef) -> Manifest | None:
        """Return the live object; None if there is none, or its kind is not served."""
        ...

    async def apply(self, manifest: Manifest, *, subresource: str = "") -> Applied:
        """Server-side apply as this operator, taking over the fields it names."""
        ...

    async def create(self, manifest: Manifest) -> Manifest | None:
        """Create the object and return it; None if one of that name exists already."""
        ...

    async def patch(self, ref: ObjectRef, patch: dict[str, Any]) -> Manifest | None:
        """JSON merge patch; None if there is no such object.

        A ``metadata.resourceVersion`` in the patch makes it conditional: Conflict if it differs.
        """
        ...

    async def delete(self, ref: ObjectRef, *, uid: str) -> None:
        """Delete the object if it still has this uid, workloads after their pods.

        Already gone is success; another uid is a Conflict.
        """
        ...

    async def list(self, kind: Kind, *, namespace: str = "", labels: str = "") -> Listing:
        """List objects by label selector, in one namespace or in all."""
        ...

    def watch(self, kind: Kind, *, since: str, labels: str = "") -> AsyncIterator[WatchEvent]:
        """Follow changes in all namespaces after resourceVersion ``since``.

        Ends by itself after some minutes; the last version seen is where to go on.

        Raises:
            Gone: ``since`` is too old; list again.
        """
        ...

    async def serves(self, kind: Kind) -> bool:
        """Tell whether the API server knows this kind."""
        ...
