"""The real cluster. The only module that knows the Kubernetes client.

The client gives configuration, credentials that renew themselves, TLS and the connection
pool; requests and answers are plain bytes and dicts, never its typed models.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlencode, urlsplit

import aiohttp
from kubernetes.aio import client as kubernetes_client
from kubernetes.aio import config as kubernetes_config

from rhoai_operator.cluster import discovery, stream
from rhoai_operator.cluster.errors import Conflict, KindNotServed, Missing, Unavailable
from rhoai_operator.cluster.port import Applied, Kind, Listing, WatchEvent
from rhoai_operator.cluster.refusals import refusal
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.objects import Manifest, ObjectRef

FIELD_MANAGER = "rhoai-operator"
REQUEST_SECONDS = 30.0
"""Deadline of one request, without the wait for its turn."""
MOST_REQUESTS = 16
"""In flight at once; watches do not count."""
ATTEMPTS = 4
IDLE_SECONDS = 75.0
"""A watch without an event or a bookmark for so long is dead."""
REDISCOVER_SECONDS = 1.0
"""How long the answer "no such kind" is believed."""
PAGE = 500

_CREATED = 201
_ERRORS = 400
_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"})

Observe: TypeAlias = Callable[[str, str, int, float], None]
"""Told of every answer: HTTP method, host, status code (0: none came) and seconds."""


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Manifest | None = None
    content_type: str = "application/json"
    accept: str = "application/json"


class ConfigurationError(OperatorError):
    """There is no usable way to reach an API server."""


async def connect(
    *, kubeconfig: Path | None = None, context: str = "", observe: Observe = lambda *_: None
) -> KubernetesCluster:
    """Connect as ``kubeconfig`` says, else as the pod's service account, else as ``KUBECONFIG``.

    Raises:
        ConfigurationError: none of these is there, or the file cannot be used.
    """
    configuration = kubernetes_client.Configuration()
    try:
        if kubeconfig is None and "KUBERNETES_SERVICE_HOST" in os.environ:
            kubernetes_config.load_incluster_config(configuration)
        else:
            await kubernetes_config.load_kube_config(
                config_file=str(kubeconfig) if kubeconfig else None,
                context=context or None,
                client_configuration=configuration,
            )
    except (kubernetes_config.ConfigException, OSError) as error:
        remedy = "give --kubeconfig, or run inside a cluster"
        raise ConfigurationError(f"no access to an API server: {error}; {remedy}") from error
    return KubernetesCluster(kubernetes_client.ApiClient(configuration), observe)


class KubernetesCluster:
    """Satisfies ``rhoai_operator.cluster.port.Cluster`` over HTTP."""

    def __init__(self, api: kubernetes_client.ApiClient, observe: Observe) -> None:
        self._api = api
        self._observe = observe
        self._host = urlsplit(self.server).netloc
        self._turn = asyncio.Semaphore(MOST_REQUESTS)
        self._known: Mapping[Kind, discovery.Resource] = {}
        self._known_at = float("-inf")
        self._discovering = asyncio.Lock()

    async def close(self) -> None:
        """Close all connections."""
        await self._api.close()

    @property
    def server(self) -> str:
        """The API server's base URL."""
        host: str = self._api.configuration.host
        return host

    def session(self) -> aiohttp.ClientSession:
        """Return a new HTTP session with this cluster's TLS and credentials, for the caller."""

        async def authorize(
            request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
        ) -> aiohttp.ClientResponse:
            request.headers.update(await self._headers())
            return await handler(request)

        connector = aiohttp.TCPConnector(ssl=self._api.rest_client.ssl_context)
        return aiohttp.ClientSession(connector=connector, trust_env=True, middlewares=[authorize])

    async def get(self, ref: ObjectRef) -> Manifest | None:
        """See the port."""
        try:
            resource = await self._resource(Kind.of(ref))
            _, live = await self._request(_Request("GET", resource.path(ref.namespace, ref.name)))
        except (KindNotServed, Missing):
            return None
        return live

    async def apply(self, manifest: Manifest, *, subresource: str = "") -> Applied:
        """See the port."""
        ref = ObjectRef.of(manifest)
        resource = await self._resource(Kind.of(ref))
        request = _Request(
            "PATCH",
            resource.path(ref.namespace, ref.name, subresource),
            {"fieldManager": FIELD_MANAGER, "force": "true"},
            manifest,
            "application/apply-patch+yaml",
        )
        code, live = await self._request(request)
        if ref.kind == "CustomResourceDefinition":
            self._known_at = float("-inf")
        return Applied(live, created=code == _CREATED)

    async def create(self, manifest: Manifest) -> Manifest | None:
        """See the port."""
        ref = ObjectRef.of(manifest)
        resource = await self._resource(Kind.of(ref))
        path = resource.path(ref.namespace)
        request = _Request("POST", path, {"fieldManager": FIELD_MANAGER}, manifest)
        try:
            _, live = await self._request(request)
        except Conflict:
            return None
        return live

    async def patch(self, ref: ObjectRef, patch: dict[str, Any]) -> Manifest | None:
        """See the port."""
        resource = await self._resource(Kind.of(ref))
        request = _Request(
            "PATCH",
            resource.path(ref.namespace, ref.name),
            {"fieldManager": FIELD_MANAGER},
            patch,
            "application/merge-patch+json",
        )
        try:
            _, live = await self._request(request)
        except Missing:
            return None
        return live

    async def delete(self, ref: ObjectRef, *, uid: str) -> None:
        """See the port."""
        policy = "Foreground" if ref.kind in _WORKLOADS else "Background"
        options = {"preconditions": {"uid": uid}, "propagationPolicy": policy}
        try:
            resource = await self._resource(Kind.of(ref))
            path = resource.path(ref.namespace, ref.name)
            await self._request(_Request("DELETE", path, body=options))
        except (KindNotServed, Missing):
            return

    async def list(self, kind: Kind, *, namespace: str = "", labels: str = "") -> Listing:
        """See the port."""
        resource = await self._resource(kind)
        path = resource.path(namespace)
        query = {"labelSelector": labels, "limit": str(PAGE)}
        items: list[Manifest] = []
        while True:
            _, page = await self._request(_Request("GET", path, query))
            identity = {"apiVersion": page["apiVersion"], "kind": kind.kind}
            items += [identity | item for item in page["items"]]
            metadata = page["metadata"]
            if not metadata.get("continue"):
                return Listing(tuple(items), metadata["resourceVersion"])
            query["continue"] = metadata["continue"]

    async def watch(self, kind: Kind, *, since: str, labels: str = "") -> AsyncIterator[WatchEvent]:
        """See the port."""
        resource = await self._resource(kind)
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": since,
            "labelSelector": labels,
            "timeoutSeconds": str(random.randint(240, 360)),  # noqa: S311 - spreads reconnects
        }
        limit = aiohttp.ClientTimeout(sock_connect=10, sock_read=IDLE_SECONDS)
        try:
            response = await self._send(_Request("GET", resource.path(), query), limit)
            try:
                if response.status >= _ERRORS:
                    raise refusal(response.status, await response.read(), response.headers)
                async for event in stream.events(response.content.iter_any()):
                    yield event
            finally:
                response.close()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"watch of {kind} broke: {error!r}") from error

    async def serves(self, kind: Kind) -> bool:
        """See the port."""
        try:
            await self._resource(kind)
        except KindNotServed:
            return False
        return True

    async def _resource(self, kind: Kind) -> discovery.Resource:
        async with self._discovering:
            stale = time.monotonic() - self._known_at > REDISCOVER_SECONDS
            if kind not in self._known and stale:
                documents = [
                    (await self._request(_Request("GET", path, accept=discovery.ACCEPT)))[1]
                    for path in ("/api", "/apis")
                ]
                self._known = discovery.resources(documents)
                self._known_at = time.monotonic()
        if kind not in self._known:
            raise KindNotServed(f"this cluster does not serve {kind}")
        return self._known[kind]

    async def _request(self, request: _Request) -> tuple[int, dict[str, Any]]:
        """Send until answered: 429, 5xx and broken connections are tried again a few times."""
        for attempt in range(ATTEMPTS):
            try:
                async with self._turn:
                    return await self._once(request)
            except Unavailable as error:
                if attempt == ATTEMPTS - 1:
                    raise
                jittered = random.uniform(0.5, 1.0) * 0.2 * 4**attempt  # noqa: S311
                await asyncio.sleep(max(error.retry_after, jittered))
        raise AssertionError("unreachable")

    async def _once(self, request: _Request) -> tuple[int, dict[str, Any]]:
        start, code = time.monotonic(), 0
        try:
            response = await self._send(request, aiohttp.ClientTimeout(total=REQUEST_SECONDS))
            raw, code = await response.read(), response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"no answer from the API server: {error!r}") from error
        finally:
            self._observe(request.method, self._host, code, time.monotonic() - start)
        if code >= _ERRORS:
            raise refusal(code, raw, response.headers)
        return code, json.loads(raw)

    async def _send(
        self, request: _Request, limit: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        asked = urlencode({name: value for name, value in request.query.items() if value})
        types = {"Accept": request.accept, "Content-Type": request.content_type}
        answer = await self._api.call_api(
            request.method,
            f"{self.server}{request.path}{'?' if asked else ''}{asked}",
            types | await self._headers(),
            request.body,
            _request_timeout=limit,
        )
        response: aiohttp.ClientResponse = answer.response
        return response

    async def _headers(self) -> dict[str, str]:
        """Credentials as they are now: tokens in files and from plug-ins change."""
        headers: dict[str, str] = {"User-Agent": FIELD_MANAGER}
        await self._api.update_params_for_auth(headers, [], ["BearerToken"], "", "", None)
        return headers
