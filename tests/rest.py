"""Plain HTTP to an API server: what tests see and do past the operator's own client."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from rhoai_operator.core.objects import Manifest, ObjectRef
from tests.kubeconfig import Access

REQUEST_SECONDS = 30.0
_JSON = "application/json"
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_STALE = (http.client.RemoteDisconnected, ConnectionError, http.client.CannotSendRequest)


class Refused(Exception):
    """The API server answered with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Served:
    """A kind in one version that is served; ``listed``: its objects can be listed."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    listed: bool

    def path(self, namespace: str = "", name: str = "") -> str:
        root = f"/apis/{self.group}" if self.group else "/api"
        scope = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}/{self.version}{scope}/{self.plural}" + (f"/{name}" if name else "")

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


class Rest:
    """Requests one after the other over one connection; ``agent`` shows in the audit log."""

    def __init__(self, access: Access, agent: str = "tests") -> None:
        self._access = access
        self._agent = agent
        self._lock = Lock()
        self._connection: http.client.HTTPConnection | None = None
        self._served: Mapping[tuple[str, str], Served] = {}

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def discover(self) -> Sequence[Served]:
        """Ask anew what is served; of a kind in several versions the preferred one is first."""
        paths = ("/api", "/apis")
        found = [s for p in paths for s in _entries(self.request("GET", p, accept=_DISCOVERY))]
        self._served = {(s.group, s.kind): s for s in reversed(found) if s.listed}
        return found

    def get(self, ref: ObjectRef) -> Manifest | None:
        return self._unless_missing("GET", ref)

    def delete(self, ref: ObjectRef) -> Manifest | None:
        """Delete it if it is there, what it owns in the background."""
        return self._unless_missing("DELETE", ref, {"propagationPolicy": "Background"})

    def merge(self, ref: ObjectRef, patch: Mapping[str, Any], manager: str) -> Manifest | None:
        """Merge a patch into it, if it is there, as this field manager."""
        kind = "application/merge-patch+json"
        return self._unless_missing("PATCH", ref, patch, f"?fieldManager={manager}", kind)

    def apply(self, manifest: Manifest, manager: str, *, dry: bool = False) -> Manifest:
        """Server-side apply it, by force; ``dry``: only say what would come of it."""
        more = f"?fieldManager={manager}&force=true{'&dryRun=All' if dry else ''}"
        path = self._path(ObjectRef.of(manifest))
        return self.request("PATCH", path + more, manifest, "application/apply-patch+yaml")

    def list(self, served: Served, labels: str = "", *, brief: bool = False) -> Sequence[Manifest]:
        """List a kind in all namespaces, ``brief``: identity and metadata only.

        A kind that is served no more has no objects.
        """
        accept = _METADATA if brief else _JSON
        try:
            found = self.request("GET", f"{served.path()}?labelSelector={labels}", accept=accept)
        except Refused as error:
            if error.code == http.HTTPStatus.NOT_FOUND:
                return ()
            raise
        identity = {"apiVersion": served.api_version, "kind": served.kind}
        return [{**item, **identity} for item in found["items"] or ()]

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        accept: str = _JSON,
    ) -> dict[str, Any]:
        """Send one request.

        Raises:
            Refused: the API server says no.
            OSError: it cannot be reached.
        """
        headers = {"Content-Type": content_type, "Accept": accept, "User-Agent": self._agent}
        if self._access.token:
            headers["Authorization"] = f"Bearer {self._access.token}"
        raw = json.dumps(body) if body is not None else None
        with self._lock:
            try:
                code, answer = self._send(method, path, raw, headers)
            except _STALE:  # it was closed behind our back: once more, over a new one
                code, answer = self._send(method, path, raw, headers)
        if code >= http.HTTPStatus.BAD_REQUEST:
            raise Refused(code, answer.get("message", ""))
        return answer

    def _send(
        self, method: str, path: str, raw: str | None, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        if self._connection is None:
            self._connection = self._connect()
        try:
            self._connection.request(method, path, raw, headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        try:
            return response.status, json.loads(content)
        except ValueError:
            return response.status, {"message": content.decode(errors="replace")}

    def _connect(self) -> http.client.HTTPConnection:
        where = self._access
        if where.tls is None:
            return http.client.HTTPConnection(where.host, where.port, timeout=REQUEST_SECONDS)
        return http.client.HTTPSConnection(
            where.host, where.port, timeout=REQUEST_SECONDS, context=where.tls
        )

    def _path(self, ref: ObjectRef) -> str:
        key = (ref.group, ref.kind)
        if key not in self._served:
            self.discover()
        if key not in self._served:
            raise Refused(http.HTTPStatus.NOT_FOUND, f"{ref.kind} is not served")
        return self._served[key].path(ref.namespace, ref.name)

    def _unless_missing(
        self,
        method: str,
        ref: ObjectRef,
        body: Mapping[str, Any] | None = None,
        query: str = "",
        content_type: str = "application/json",
    ) -> Manifest | None:
        try:
            return self.request(method, self._path(ref) + query, body, content_type)
        except Refused as error:
            if error.code == http.HTTPStatus.NOT_FOUND:
                return None
            raise


def _entries(document: Mapping[str, Any]) -> Iterator[Served]:
    for group in document["items"]:
        name = group["metadata"].get("name", "")
        for version in group["versions"]:
            for resource in version.get("resources", ()):
                kind = resource.get("responseKind", {}).get("kind", "")
                if kind:
                    scope, listed = resource["scope"] == "Namespaced", "list" in resource["verbs"]
                    plural = resource["resource"]
                    yield Served(name, version["version"], kind, plural, scope, listed)
