"""The verbs of the port over HTTP. Bodies are bytes and dicts, never typed models."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from rhoai_operator.cluster import discovery
from rhoai_operator.cluster.errors import AlreadyExists, KindNotServed, Missing
from rhoai_operator.cluster.kinds import Kinds
from rhoai_operator.cluster.port import Applied, Kind, Listing, Selection, WatchEvent
from rhoai_operator.cluster.requests import BRIEF, BRIEF_LIST, BRIEF_WATCH, Request, asked, encoded
from rhoai_operator.cluster.sender import Lane, MayWrite, Observe, Reply, Sender
from rhoai_operator.cluster.turns import Turns
from rhoai_operator.cluster.wire import Wire
from rhoai_operator.core.fields import FIELD_MANAGER, agrees
from rhoai_operator.core.objects import Manifest, ObjectRef

PAGE = 500
LARGE_PAGE = 20
"""Of whole definitions, which have up to 1 MiB each."""
LEASE_SECONDS = 5.0

_CREATED = 201
_AS_US = asked(fieldManager=FIELD_MANAGER)
_FORCED = asked(fieldManager=FIELD_MANAGER, force="true")
_TRIED = f"{_FORCED}&dryRun=All"
_JSON = "application/json"
_DEFINITION = "CustomResourceDefinition"
_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"})


@dataclass(frozen=True, slots=True)
class KubernetesCluster:
    """Satisfies ``rhoai_operator.cluster.port.Cluster``; a view of what all views share."""

    _wire: Wire
    _sender: Sender
    _kinds: Kinds
    _lane: Lane

    @classmethod
    def on(cls, wire: Wire, observe: Observe, may_write: MayWrite) -> KubernetesCluster:
        """Put the parts together."""
        sender, lane = Sender(wire, Turns(), observe), Lane("", may_write)

        async def listed(path: str) -> dict[str, Any]:
            return _body(await sender.send(Request("GET", path, accept=discovery.ACCEPT), lane))

        core: list[dict[str, Any]] = []  # it changes with the version of the API server only

        async def discover() -> Mapping[Kind, discovery.Resource]:
            if not core:
                core.append(await listed(discovery.CORE))
            return discovery.resources([*core, await listed(discovery.GROUPS)])

        return cls(wire, sender, Kinds(discover), lane)

    async def close(self) -> None:
        """Close all connections, those of other views as well."""
        await self._wire.close()

    @property
    def server(self) -> str:
        """The API server's base URL."""
        return self._wire.access.server

    def session(self) -> aiohttp.ClientSession:
        """Return a new HTTP session with this cluster's TLS and credentials, for the caller.

        While this process may not write, it only reads: all else ends in a connection error.
        """
        return self._wire.session(self._lane.may_write)

    def on_behalf_of(self, name: str) -> KubernetesCluster:
        """See the port."""
        return replace(self, _lane=replace(self._lane, name=name))

    def ungated(self) -> KubernetesCluster:
        """Return the same cluster for the Lease's own requests.

        They are written whoever holds the lease, wait for no turn, and each attempt has 5 s.
        """
        lane = Lane("", lambda: True, seconds=LEASE_SECONDS, queued=False)
        return replace(self, _lane=lane)

    async def review(self, question: Manifest) -> Manifest:
        """Ask what nothing is stored of, such as a TokenReview; return it with its ``status``.

        That writes nothing, so it may be asked on standby as well.

        Raises:
            ClusterError: there is no answer.
        """
        group, _, version = question["apiVersion"].rpartition("/")
        kind = Kind(group, version, question["kind"])
        path = (await self._kinds.find(kind)).path()
        return await self.ungated()._ask(kind, Request("POST", path, content=encoded(question)))

    async def get(self, ref: ObjectRef) -> Manifest | None:
        """See the port."""
        kind = Kind.of(ref)
        try:
            path = (await self._kinds.find(kind)).path(ref.namespace, ref.name)
            return await self._ask(kind, Request("GET", path))
        except (KindNotServed, Missing):
            return None

    async def apply(
        self,
        manifest: Manifest,
        *,
        subresource: str = "",
        brief: bool = False,
        dry_run: bool = False,
    ) -> Applied:
        """See the port."""
        ref = ObjectRef.of(manifest)
        kind = Kind.of(ref)
        resource = await self._kinds.find(kind)
        request = Request(
            "PATCH",
            resource.path(ref.namespace, ref.name, subresource),
            _TRIED if dry_run else _FORCED,
            encoded(manifest),
            "application/apply-patch+yaml",
            BRIEF if brief else _JSON,
        )
        reply = await self._send(kind, request)
        live = _body(reply)
        if ref.kind == _DEFINITION and not dry_run:
            self._kinds.doubt()
        return Applied(live | _identity(kind), created=reply.code == _CREATED)

    async def create(self, manifest: Manifest) -> Manifest | None:
        """See the port."""
        ref = ObjectRef.of(manifest)
        kind = Kind.of(ref)
        path = (await self._kinds.find(kind)).path(ref.namespace)
        request = Request("POST", path, _AS_US, encoded(manifest))
        reply = await self._send(kind, request)
        if isinstance(reply.error, AlreadyExists):
            return await self._ours(manifest) if reply.doubtful else None
        return _body(reply)

    async def patch(self, ref: ObjectRef, patch: dict[str, Any]) -> Manifest | None:
        """See the port."""
        kind = Kind.of(ref)
        request = Request(
            "PATCH",
            (await self._kinds.find(kind)).path(ref.namespace, ref.name),
            _AS_US,
            encoded(patch),
            "application/merge-patch+json",
            # One that names no version, repeated, might undo what others did since.
            repeatable="resourceVersion" in patch.get("metadata", {}),
        )
        try:
            return await self._ask(kind, request)
        except Missing:
            return None

    async def delete(self, ref: ObjectRef, *, uid: str) -> None:
        """See the port."""
        kind = Kind.of(ref)
        policy = "Foreground" if ref.kind in _WORKLOADS else "Background"
        options = {"preconditions": {"uid": uid}, "propagationPolicy": policy}
        try:
            path = (await self._kinds.find(kind)).path(ref.namespace, ref.name)
            await self._ask(kind, Request("DELETE", path, content=encoded(options)))
        except (KindNotServed, Missing):
            return

    async def list(self, selection: Selection) -> Listing:
        """See the port."""
        kind, brief = selection.kind, selection.brief
        path = (await self._kinds.find(kind)).path(selection.namespace)
        is_large = kind.kind == _DEFINITION and not brief
        query = _selectors(selection) | {"limit": str(LARGE_PAGE if is_large else PAGE)}
        identity, accept = _identity(kind), BRIEF_LIST if brief else _JSON
        items: list[Manifest] = []
        while True:
            page = await self._ask(kind, Request("GET", path, asked(**query), accept=accept))
            items += [identity | item | identity for item in page.get("items") or ()]
            metadata = page["metadata"]
            if not metadata.get("continue"):
                return Listing(tuple(items), metadata["resourceVersion"])
            query = query | {"continue": metadata["continue"]}

    async def watch(self, selection: Selection, *, since: str) -> AsyncIterator[WatchEvent]:
        """See the port."""
        resource = await self._kinds.find(selection.kind)
        query = _selectors(selection) | {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": since,
            "timeoutSeconds": str(random.randint(240, 360)),  # noqa: S311 - spreads reconnects
        }
        accept = BRIEF_WATCH if selection.brief else _JSON
        identity = _identity(selection.kind)
        request = Request("GET", resource.path(selection.namespace), asked(**query), accept=accept)
        try:
            async for event in self._sender.follow(request):
                yield WatchEvent(event.type, {**identity, **event.object, **identity})
        except KindNotServed:
            self._kinds.forget(selection.kind)
            raise

    async def discover(self) -> frozenset[Kind]:
        """See the port."""
        return await self._kinds.refresh()

    async def serves(self, kind: Kind) -> bool:
        """See the port."""
        try:
            await self._kinds.find(kind)
        except KindNotServed:
            return False
        return True

    async def _send(self, kind: Kind, request: Request) -> Reply:
        reply = await self._sender.send(request, self._lane)
        if isinstance(reply.error, KindNotServed):
            self._kinds.forget(kind)
        return reply

    async def _ask(self, kind: Kind, request: Request) -> dict[str, Any]:
        return _body(await self._send(kind, request))

    async def _ours(self, manifest: Manifest) -> Manifest | None:
        """Return the object of that name, if it may well be the one we sent."""
        live = await self.get(ObjectRef.of(manifest))
        return live if live and agrees(live, manifest) else None


def _body(reply: Reply) -> dict[str, Any]:
    if reply.error:
        raise reply.error
    return reply.body


def _identity(kind: Kind) -> dict[str, str]:
    """What brief answers, and items of lists, do not say themselves."""
    version = f"{kind.group}/{kind.version}" if kind.group else kind.version
    return {"apiVersion": version, "kind": kind.kind}


def _selectors(selection: Selection) -> dict[str, str]:
    return {"labelSelector": selection.labels, "fieldSelector": selection.fields}
