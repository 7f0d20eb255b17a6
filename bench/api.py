"""The API server over plain HTTP: what benchmarks do to it and look at, apart from the operator."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp

from hack.openshift import STUBS

Object: TypeAlias = Mapping[str, Any]

MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"
IN_FLIGHT = 16
REFUSED = 400

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_DASHBOARD = "/apis/dashboard.opendatahub.io/v1"
_DSC = "/apis/datasciencecluster.opendatahub.io/v1"
_DSCI = "/apis/dscinitialization.opendatahub.io/v1"
PLURALS: Mapping[str, tuple[str, str, bool]] = {
    "ClusterRole": (_RBAC, "clusterroles", False),
    "ClusterRoleBinding": (_RBAC, "clusterrolebindings", False),
    "ConfigMap": ("/api/v1", "configmaps", True),
    "CustomResourceDefinition": (
        "/apis/apiextensions.k8s.io/v1",
        "customresourcedefinitions",
        False,
    ),
    "DSCInitialization": (_DSCI, "dscinitializations", False),
    "DataScienceCluster": (_DSC, "datascienceclusters", False),
    "Deployment": ("/apis/apps/v1", "deployments", True),
    "Lease": ("/apis/coordination.k8s.io/v1", "leases", True),
    "Namespace": ("/api/v1", "namespaces", False),
    "NetworkPolicy": ("/apis/networking.k8s.io/v1", "networkpolicies", True),
    "Pod": ("/api/v1", "pods", True),
    "Role": (_RBAC, "roles", True),
    "RoleBinding": (_RBAC, "rolebindings", True),
    "Secret": ("/api/v1", "secrets", True),
    "Service": ("/api/v1", "services", True),
    "ServiceAccount": ("/api/v1", "serviceaccounts", True),
    "OdhApplication": (_DASHBOARD, "odhapplications", True),
    "OdhDashboardConfig": ("/apis/opendatahub.io/v1alpha", "odhdashboardconfigs", True),
    "OdhDocument": (_DASHBOARD, "odhdocuments", True),
    "OdhQuickStart": ("/apis/console.openshift.io/v1", "odhquickstarts", True),
    "MutatingWebhookConfiguration": (_ADMISSION, "mutatingwebhookconfigurations", False),
    "ValidatingWebhookConfiguration": (_ADMISSION, "validatingwebhookconfigurations", False),
    **{stub.kind: (f"/apis/{stub.api_version}", stub.plural, stub.namespaced) for stub in STUBS},
}
"""Root, plural and whether it is namespaced, of every kind that benchmarks touch."""


class Refused(RuntimeError):
    """The API server said no; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach an API server: JSON-able, to be handed to a program of its own."""

    server: str
    authority: str
    token: str

    @classmethod
    def of(cls, kubeconfig: Path) -> Access:
        """Read what ``hack.control_plane`` wrote."""
        config = json.loads(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        return cls(cluster["server"], cluster["certificate-authority"], user["token"])

    @asynccontextmanager
    async def session(self, connections: int = IN_FLIGHT) -> AsyncIterator[aiohttp.ClientSession]:
        """Open a pool of at most so many connections that are kept alive."""
        trusted = ssl.create_default_context(cafile=self.authority)
        connector = aiohttp.TCPConnector(ssl=trusted, limit=connections)
        headers = {"Authorization": f"Bearer {self.token}", "User-Agent": "bench"}
        limit = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(
            self.server, connector=connector, headers=headers, timeout=limit
        ) as session:
            yield session


def collection(kind: str, namespace: str = "") -> str:
    """Return the path of a kind's objects, in one namespace or everywhere."""
    root, plural, namespaced = PLURALS[kind]
    scope = f"/namespaces/{namespace}" if namespaced and namespace else ""
    return f"{root}{scope}/{plural}"


def path_of(manifest: Object) -> str:
    """Return the path of one object."""
    metadata = manifest["metadata"]
    return f"{collection(manifest['kind'], metadata.get('namespace', ''))}/{metadata['name']}"


class Api:
    """What benchmarks ask of the API server, as its administrator."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """Read; an empty answer if there is no such object."""
        async with self._session.get(path, params=query) as response:
            if response.status == 404:  # noqa: PLR2004 - HTTP's own number
                return {}
            return await _answer(response)

    async def create(self, manifest: Object) -> dict[str, Any]:
        """Create an object."""
        path = collection(manifest["kind"], manifest["metadata"].get("namespace", ""))
        return await self.send("POST", path, manifest)

    async def apply(self, manifest: Object) -> dict[str, Any]:
        """Server-side apply, as a field manager of its own."""
        query = {"fieldManager": "bench", "force": "true"}
        return await self.send("PATCH", path_of(manifest), manifest, APPLY, **query)

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        content_type: str = "application/json",
        **query: str,
    ) -> dict[str, Any]:
        """Make a request.

        Raises:
            Refused: the answer is an error.
        """
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": content_type}
        async with self._session.request(
            method, path, data=content, headers=headers, params=query
        ) as response:
            return await _answer(response)

    async def count(self, kind: str, namespace: str = "", labels: str = "") -> int:
        """Count objects; cheap without labels, however many there are."""
        path = collection(kind, namespace)
        if labels:
            return len((await self.get(path, labelSelector=labels))["items"])
        page = await self.get(path, limit="1")
        return len(page["items"]) + int(page["metadata"].get("remainingItemCount", 0))

    async def watch(self, path: str, **query: str) -> AsyncIterator[dict[str, Any]]:
        """Follow changes, beginning with what there is unless ``resourceVersion`` says otherwise."""
        forever = aiohttp.ClientTimeout(total=None, sock_connect=10)
        asked = {"watch": "true", **query}
        async with self._session.get(path, params=asked, timeout=forever) as response:
            if response.status >= REFUSED:
                await _answer(response)
            rest = b""
            async for chunk in response.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield json.loads(line)


async def _answer(response: aiohttp.ClientResponse) -> dict[str, Any]:
    raw = await response.read()
    if response.status >= REFUSED:
        raise Refused(
            f"{response.method} {response.url.path}: {response.status} {raw.decode()[:500]}"
        )
    answer: dict[str, Any] = json.loads(raw)
    return answer


async def flood(api: Api, manifests: Iterable[Object], in_flight: int = IN_FLIGHT) -> None:
    """Create many objects, so many at a time."""
    waiting = iter(manifests)

    async def work() -> None:
        for manifest in waiting:
            await api.create(manifest)

    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(work())
