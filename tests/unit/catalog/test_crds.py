"""The two CRDs, as far as that can be told without an API server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rhoai_operator.catalog.crds import datasciencecluster_crd, dscinitialization_crd
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import Catalog, load_catalog

ROOT = Path(__file__).parents[3]
CATALOG = load_catalog(ROOT / "manifests")
CRDS = {"dsc": datasciencecluster_crd(CATALOG), "dsci": dscinitialization_crd()}

KEYWORDS = {
    "additionalProperties",
    "anyOf",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxLength",
    "minimum",
    "pattern",
    "properties",
    "required",
    "type",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
}

OF_THE_PLATFORM = {
    "dsc": {
        "spec.components.kserve.serving.managementState",
        "spec.components.modelregistry.registriesNamespace",
        "spec.components.workbenches.workbenchNamespace",
    },
    "dsci": {"spec.applicationsNamespace", "spec.monitoring.namespace"},
}

# Every limit in a spec: looser than each of the CRDs from 2.8 to 2.35 that has the field.
STATES = ["Managed", "Removed", "Unmanaged"]
ON_OFF = ["Managed", "Removed"]
ENUMS = {
    "dsc": {
        "datasciencepipelines.argoWorkflowsControllers.managementState": ON_OFF,
        "kserve.defaultDeploymentMode": ["Serverless", "RawDeployment"],
        "kserve.nim.managementState": ON_OFF,
        "kserve.rawDeploymentServiceConfig": ["Headless", "Headed"],
        "kserve.serving.ingressGateway.certificate.type": [
            "SelfSigned",
            "Provided",
            "OpenshiftDefaultIngress",
        ],
        "kserve.serving.managementState": ["Managed", "Unmanaged", "Removed"],
        "trustyai.eval.lmeval.permitCodeExecution": ["allow", "deny"],
        "trustyai.eval.lmeval.permitOnline": ["allow", "deny"],
    },
    "dsci": {
        "devFlags.logmode": ["devel", "development", "prod", "production", "default"],
        "monitoring.managementState": ON_OFF,
        "monitoring.traces.storage.backend": ["pv", "s3", "gcs"],
        "serviceMesh.controlPlane.metricsCollection": ["Istio", "None"],
        "serviceMesh.managementState": STATES,
        "trustedCABundle.managementState": STATES,
    },
}


def nodes(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from nodes(part, f"{path}.{name}".removeprefix("."))
    for key, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if key in schema:
            yield from nodes(schema[key], path + mark)


def version(which: str) -> Mapping[str, Any]:
    (only,) = CRDS[which]["spec"]["versions"]
    return only  # type: ignore[no-any-return]


def fields(which: str) -> dict[str, Mapping[str, Any]]:
    return dict(nodes(version(which)["schema"]["openAPIV3Schema"]))


def of_2_x(which: str) -> dict[str, Mapping[str, Any]]:
    """Return the fields that 2.x has as well."""
    ours = re.compile(r"spec\.(components\.\w+\.(overrides|acceleratorProfiles)|placement)\b")
    return {path: node for path, node in fields(which).items() if not ours.match(path)}


def components() -> Mapping[str, Any]:
    return fields("dsc")["spec.components"]["properties"]  # type: ignore[no-any-return]


each = pytest.mark.parametrize("which", CRDS)


@each
def test_every_node_is_structural(which: str) -> None:
    for path, node in fields(which).items():
        assert node.keys() <= KEYWORDS, path
        assert "type" in node or node.get("x-kubernetes-int-or-string"), path
        assert node.get("default", 0) is not None, path


@each
def test_every_field_is_described_in_a_sentence(which: str) -> None:
    for path, node in fields(which).items():
        if path and path != "metadata" and not path.endswith(("[]", "{}")):
            assert node["description"].endswith("."), path
            assert "`" not in node["description"], path


@each
def test_no_default_depends_on_the_platform(which: str) -> None:
    for path in OF_THE_PLATFORM[which]:
        assert "default" not in fields(which)[path]


@each
def test_a_parent_without_a_default_is_one_whose_presence_means_something(which: str) -> None:
    silent = {
        path
        for path, node in fields(which).items()
        if path.startswith("spec.")
        and node.get("type") == "object"
        and "default" not in node
        and _has_defaults(node)
    }
    optional = {
        "dsc": {
            "spec.components",
            *(f"spec.components.{name}" for name in components()),
            *(f"spec.components.{name}.devFlags" for name in components()),
            *(f"spec.components.{name}.devFlags.manifests[]" for name in components()),
        },
        "dsci": {
            "spec.devFlags",
            "spec.monitoring",
            "spec.monitoring.metrics",
            "spec.monitoring.metrics.resources",
            "spec.monitoring.metrics.storage",
            "spec.monitoring.traces",
            "spec.monitoring.traces.storage",
            "spec.monitoring.traces.tls",
            "spec.serviceMesh",
            "spec.trustedCABundle",
        },
    }
    assert silent == optional[which]


def _has_defaults(node: Mapping[str, Any]) -> bool:
    return any("default" in part for _, part in nodes(node))


@each
def test_enums(which: str) -> None:
    prefix = {"dsc": "spec.components.", "dsci": "spec."}[which]
    found = {
        path.removeprefix(prefix): node["enum"]
        for path, node in of_2_x(which).items()
        if path.startswith(prefix) and "enum" in node
    }
    shared = {f"{name}.managementState": STATES for name in components()} if which == "dsc" else {}
    assert found == ENUMS[which] | shared


@each
def test_patterns_are_only_where_every_2_x_crd_that_has_the_field_has_them(which: str) -> None:
    strings = {p for p, node in of_2_x(which).items() if p.startswith("spec") and "pattern" in node}
    resources = ("cpulimit", "cpurequest", "memorylimit", "memoryrequest")
    assert (
        strings
        == {
            "dsc": {
                "spec.components.modelregistry.registriesNamespace",
                "spec.components.workbenches.workbenchNamespace",
            },
            "dsci": {
                "spec.monitoring.metrics.storage.size",
                "spec.monitoring.traces.sampleRatio",
                *(f"spec.monitoring.metrics.resources.{name}" for name in resources),
            },
        }[which]
    )


def test_a_component_has_the_shared_fields_and_its_own() -> None:
    assert components()["kueue"]["properties"].keys() == {
        "managementState",
        "devFlags",
        "overrides",
        "defaultLocalQueueName",
        "defaultClusterQueueName",
    }
    shared = {"managementState", "devFlags", "overrides"}
    assert components()["ray"]["properties"].keys() == shared


def test_defaults_of_a_component_sit_on_the_parents() -> None:
    serving = components()["kserve"]["properties"]["serving"]
    gateway = serving["properties"]["ingressGateway"]
    certificate = gateway["properties"]["certificate"]
    assert serving["default"] == gateway["default"] == certificate["default"] == {}
    assert certificate["properties"]["type"]["default"] == "OpenshiftDefaultIngress"


def test_only_what_the_user_switches_has_a_property() -> None:
    definitions = CATALOG.components.values()
    switched = {d.name for d in definitions if d.owner == "DataScienceCluster" and not d.shared_by}
    assert components().keys() == switched
    assert {"modelcontroller", "namespaces"}.isdisjoint(switched)


def test_a_component_without_parameters_of_a_catalog_of_one() -> None:
    one = ComponentDefinition(name="one", kind="One", description="It.")
    crd = datasciencecluster_crd(Catalog({"one": one}, frozenset(), CATALOG.platforms))
    spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert list(spec["properties"]["components"]["properties"]) == ["one"]
    assert spec["properties"]["components"]["properties"]["one"]["description"] == "It."


@each
def test_names_and_columns(which: str) -> None:
    spec = CRDS[which]["spec"]
    assert spec["names"]["shortNames"] == [which]
    assert spec["scope"] == "Cluster"
    assert CRDS[which]["metadata"]["name"] == f"{spec['names']['plural']}.{spec['group']}"
    assert version(which)["subresources"] == {"status": {}}
    columns = [column["name"] for column in version(which)["additionalPrinterColumns"]]
    assert columns == ["Ready", "Reason", "Message", "Age"]


@each
def test_conditions_are_a_map_that_takes_older_ones(which: str) -> None:
    conditions = fields(which)["status.conditions"]
    assert conditions["x-kubernetes-list-type"] == "map"
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]
    assert conditions["items"]["required"] == ["type", "status"]
    assert "lastHeartbeatTime" in conditions["items"]["properties"]
    assert "enum" not in fields(which)["status.phase"]
