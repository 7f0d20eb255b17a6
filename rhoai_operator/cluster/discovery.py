"""What an API server serves, read from its aggregated discovery documents. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from rhoai_operator.cluster.port import Kind

ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
CORE, GROUPS = "/api", "/apis"
"""Paths of the documents on the core group, and on all others."""


class Resource(NamedTuple):
    """Where the objects of one kind live.

    Attributes:
        plural: last element of the path of its collection.
        namespaced: False for cluster-scoped kinds, whose namespace is ignored.
    """

    group: str
    version: str
    plural: str
    namespaced: bool

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """Return the URL path of the collection, of one object, or of its subresource."""
        root = f"/apis/{self.group}" if self.group else "/api"
        scope = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        rest = "/".join(("", quote(name, safe=""), subresource) if name else ()).rstrip("/")
        return f"{root}/{self.version}{scope}/{self.plural}{rest}"


def resources(documents: Iterable[Mapping[str, Any]]) -> dict[Kind, Resource]:
    """Read ``APIGroupDiscoveryList`` documents, as ``/api`` and ``/apis`` answer."""
    return {kind: resource for document in documents for kind, resource in _entries(document)}


def _entries(document: Mapping[str, Any]) -> Iterator[tuple[Kind, Resource]]:
    for group in document.get("items") or ():
        name = group.get("metadata", {}).get("name", "")
        for version in group.get("versions") or ():
            for entry in version.get("resources") or ():
                kind = (entry.get("responseKind") or {}).get("kind", "")
                if kind:
                    scope = entry.get("scope") == "Namespaced"
                    where = Resource(name, version["version"], entry["resource"], scope)
                    yield Kind(name, version["version"], kind), where
