"""Names of Kubernetes objects, and what can be said of an object without a cluster.

An :class:`ObjectRef` is the identity under which inventories remember an object
and change sets report it. Nothing here talks to a cluster.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias

Manifest: TypeAlias = Mapping[str, Any]
"""A whole Kubernetes object as decoded from YAML or JSON. Treated as read-only."""

MANAGED = "opendatahub.io/managed"
"""Annotation: ``"false"`` means hands off this object, ``"true"`` means keep every field."""

MANAGED_BY = "app.kubernetes.io/managed-by"
COMPONENT_LABEL = "app.opendatahub.io/"
"""Prefix of the label, with value ``"true"``, that says whose an object is."""


@dataclass(frozen=True, slots=True, order=True)
class ObjectRef:
    """Identity of one object: group, kind, namespace and name.

    ``version`` says how to address the object but is no part of its identity, so an
    object that moves from ``v1beta1`` to ``v1`` is updated, never pruned.
    """

    group: str
    kind: str
    namespace: str
    name: str
    version: str = field(compare=False)

    @classmethod
    def of(cls, manifest: Manifest) -> Self:
        """Read the identity off a manifest.

        Raises:
            KeyError: ``apiVersion``, ``kind`` or ``metadata.name`` is missing.
        """
        group, _, version = manifest["apiVersion"].rpartition("/")
        metadata = manifest["metadata"]
        return cls(
            group=group,
            kind=manifest["kind"],
            namespace=metadata.get("namespace", ""),
            name=metadata["name"],
            version=version,
        )

    @property
    def api_version(self) -> str:
        """Group and version as manifests spell them: ``apps/v1``, or ``v1`` in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        """Render as ``Kind namespace/name``, the form used in logs and messages."""
        return f"{self.kind} {'/'.join(part for part in (self.namespace, self.name) if part)}"


@dataclass(frozen=True, slots=True)
class Owner:
    """The custom resource that owns a component's objects."""

    api_version: str
    kind: str
    name: str
    uid: str

    def adopt(self, manifest: Manifest) -> Manifest:
        """Return ``manifest`` with a controller ownerReference to this owner.

        Definitions, namespaces and what is created once stay without: they outlive the owner.
        """
        if manifest["kind"] in UNOWNED_KINDS or is_created_once(manifest):
            return manifest
        reference = {
            "apiVersion": self.api_version,
            "kind": self.kind,
            "name": self.name,
            "uid": self.uid,
            "controller": True,
            "blockOwnerDeletion": True,
        }
        return {**manifest, "metadata": {**manifest["metadata"], "ownerReferences": [reference]}}


UNOWNED_KINDS = frozenset({"CustomResourceDefinition", "Namespace"})
"""Deleting one of these deletes other people's objects: never owned, never pruned."""


CONTENT_KINDS = frozenset({
    "CronJob", "DaemonSet", "Deployment", "EndpointSlice", "HorizontalPodAutoscaler", "Job",
    "MutatingWebhookConfiguration", "PersistentVolumeClaim", "Pod", "PodDisruptionBudget",
    "StatefulSet", "ValidatingWebhookConfiguration",
})  # fmt: skip
"""Kinds with a generation of which the whole object is looked at nevertheless."""

DEFINITION = "CustomResourceDefinition"
WEBHOOKS = frozenset({"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"})
WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"})


def is_created_once(manifest: Manifest) -> bool:
    """Tell by its annotation whether an object is the user's own once it exists.

    Of a live object it says that a user has told us to leave it alone.
    """
    annotations = manifest["metadata"].get("annotations") or {}
    return bool(annotations.get(MANAGED) == "false")


def digest(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the first 16 hex digits of the SHA-256 of a value's canonical JSON."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
