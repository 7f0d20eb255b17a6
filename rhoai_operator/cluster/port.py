"""The whole of Kubernetes, as far as this operator is concerned."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from rhoai_operator.core.objects import Manifest, ObjectRef


class Kind(NamedTuple):
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
    """What a server-side apply came to: the merged object, and whether it is a new one.

    Of an object applied with ``brief`` only identity and metadata are known.
    """

    live: Manifest
    created: bool


@dataclass(frozen=True, slots=True, order=True)
class Selection:
    """Objects of one kind, as lists and watches choose them.

    Attributes:
        namespace: the only one to look in; empty for all.
        labels: label selector as ``kubectl`` takes it.
        fields: field selector likewise.
        brief: identity and metadata only.
    """

    kind: Kind
    namespace: str = ""
    labels: str = ""
    fields: str = ""
    brief: bool = False


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
    """What the operator asks of the API server.

    The real client and the test fake both satisfy this, by one contract test. Every verb raises
    a :class:`rhoai_operator.cluster.errors.ClusterError` when it fails; those that write raise
    ``NotLeading`` while this process does not hold the lease.

    ``brief`` asks for identity and metadata only, which spares large objects.
    """

    async def get(self, ref: ObjectRef) -> Manifest | None:
        """Return the live object; None if there is none, or its kind is not served."""
        ...

    async def apply(
        self,
        manifest: Manifest,
        *,
        subresource: str = "",
        brief: bool = False,
        dry_run: bool = False,
    ) -> Applied:
        """Server-side apply as this operator, taking over the fields it names.

        A ``metadata.resourceVersion`` makes it conditional: Conflict if it differs. With
        ``dry_run`` nothing is stored; the answer is what would have been.
        """
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

    async def list(self, selection: Selection) -> Listing:
        """List the selected objects."""
        ...

    def watch(self, selection: Selection, *, since: str) -> AsyncIterator[WatchEvent]:
        """Follow changes of the selected objects after resourceVersion ``since``.

        Ends by itself after some minutes; the last version seen is where to go on.

        Raises:
            Gone: ``since`` is too old; list again.
        """
        ...

    async def discover(self) -> frozenset[Kind]:
        """Ask anew which kinds the API server serves."""
        ...

    async def serves(self, kind: Kind) -> bool:
        """Tell whether the API server serves this kind, by what was discovered lately."""
        ...

    def on_behalf_of(self, name: str) -> Cluster:
        """Return the same cluster, its requests queued as those of ``name``.

        Requests of all names take turns, so that none waits for the backlog of another.
        """
        ...
