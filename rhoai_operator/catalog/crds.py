"""Compose this operator's own CRDs from the models of its API and the catalog."""

from __future__ import annotations

from types import ModuleType
from typing import Any, TypeAlias

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.api.schema import Schema, structural, tidy
from rhoai_operator.api.status import DataScienceClusterStatus, DSCInitializationStatus
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import Catalog

CRD: TypeAlias = dict[str, Any]

_READY = '.status.conditions[?(@.type=="Ready")]'
_COLUMNS = (
    {"name": "Ready", "type": "string", "jsonPath": f"{_READY}.status"},
    {"name": "Reason", "type": "string", "jsonPath": f"{_READY}.reason"},
    {"name": "Message", "type": "string", "jsonPath": f"{_READY}.message"},
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
)


def datasciencecluster_crd(catalog: Catalog) -> CRD:
    """Compose the CRD of DataScienceCluster: one property for each component with a field."""
    owned = catalog.owned_by(datasciencecluster.KIND)
    components = {c.name: component_schema(c) for c in owned if not c.shared_by}
    spec = _object(
        "What is wanted.",
        {"components": _object("The components; one that is absent is Removed.", components)},
    )
    return _crd(
        datasciencecluster,
        "A data science platform: which components it has, and who looks after them.",
        spec,
        structural(DataScienceClusterStatus),
    )


def dscinitialization_crd() -> CRD:
    """Compose the CRD of DSCInitialization."""
    # The default makes a spec that is taken away an empty one, which the rules then see.
    spec = structural(dscinitialization.DSCInitializationSpec) | {"default": {}}
    return _crd(
        dscinitialization,
        "What a data science platform stands on: namespaces, monitoring, mesh and certificates.",
        spec,
        structural(DSCInitializationStatus),
    )


def component_schema(component: ComponentDefinition) -> Schema:
    """Return the schema of ``spec.components.<name>``: the shared fields and its own."""
    shared = structural(datasciencecluster.ComponentSpec)["properties"]
    own = component.parameters
    fields = shared | own.get("properties", {})
    return {**own, **_object(component.description, fields)}


def _object(description: str, properties: Schema) -> Schema:
    return {"description": description, "type": "object", "properties": properties}


def _crd(kind: ModuleType, description: str, spec: Schema, status: Schema) -> CRD:
    root = _object(description, {**_TYPE_META, "spec": spec, "status": status})
    version = {
        "name": kind.VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": list(_COLUMNS),
        "schema": {"openAPIV3Schema": tidy(root)},
    }
    names = {
        "kind": kind.KIND,
        "listKind": f"{kind.KIND}List",
        "plural": kind.PLURAL,
        "singular": kind.KIND.lower(),
        "shortNames": [kind.SHORT_NAME],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.PLURAL}.{kind.GROUP}"},
        "spec": {
            "group": kind.GROUP,
            "names": names,
            "scope": "Cluster",
            "versions": [version],
        },
    }


_TYPE_META: Schema = {
    "apiVersion": {"description": "Group and version of the API.", "type": "string"},
    "kind": {"description": "The kind of object.", "type": "string"},
    "metadata": {"type": "object"},
}
