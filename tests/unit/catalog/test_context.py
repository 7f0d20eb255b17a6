"""Templates may mention what is documented; a component's own fields are checked and completed."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from rhoai_operator.catalog.context import check, context, unknown_fields, with_defaults
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.errors import CatalogError
from rhoai_operator.catalog.loader import Catalog, load_catalog
from rhoai_operator.catalog.namespaces import Namespaces
from rhoai_operator.catalog.platforms import Platform

MANIFESTS = Path(__file__).parents[3] / "manifests"
IMAGES = {"server": {"env": "RELATED_IMAGE_SERVER", "default": {"odh": "o", "rhoai": "r"}}}
PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "replicas": {"type": "integer", "minimum": 1, "default": 2},
        "mode": {"type": "string", "enum": ["A", "B"]},
        "list": {
            "type": "array",
            "items": {"type": "object", "required": ["x"], "properties": {"x": {}}},
        },
        "name": {"type": "string", "pattern": "^[a-z]+$", "format": "uri"},
        "maybe": {"type": "string", "nullable": True, "enum": ["a"]},
        "amount": {"x-kubernetes-int-or-string": True},
        "share": {"type": "number", "maximum": 1, "exclusiveMaximum": True},
    },
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(MANIFESTS)


def a_component(**fields: Any) -> ComponentDefinition:
    named = {"name": "ray", "kind": "Ray", "description": "", "parameters": PARAMETERS}
    return ComponentDefinition.model_validate({**named, **fields})


def a_context(definition: ComponentDefinition, platform: Platform, **env: str) -> dict[str, Any]:
    return context(
        definition,
        platform,
        MappingProxyType({"mode": "A"}),
        namespaces=Namespaces("apps", "watch", "mesh"),
        monitoring_managed=True,
        env=env,
        values={"domain": "example.com"},
    )


def test_everything_that_templates_may_mention(catalog: Catalog) -> None:
    definition = a_component(images=IMAGES, label={"odh": "legacy"})

    found = a_context(definition, catalog.platforms["odh"])

    assert found == {
        "namespace": "apps",
        "platform": found["platform"],
        "label": "legacy",
        "images": {"server": "o"},
        "parameters": {"mode": "A", "replicas": 2},
        "monitoring": {"managed": True, "namespace": "watch"},
        "mesh": {"namespace": "mesh"},
        "values": {"domain": "example.com"},
    }
    assert found["platform"]["registries_namespace"] == "odh-model-registries"
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("value", "image"), [("mirror/it@sha256:0", "mirror/it@sha256:0"), ("", "r")]
)
def test_a_variable_replaces_an_image_unless_it_is_empty(
    catalog: Catalog, value: str, image: str
) -> None:
    definition = a_component(images=IMAGES)

    found = a_context(definition, catalog.platforms["rhoai"], RELATED_IMAGE_SERVER=value)

    assert found["images"] == {"server": image}


def test_an_image_without_default_for_the_platform_names_the_file(catalog: Catalog) -> None:
    with pytest.raises(CatalogError, match=r"^ray/component\.yaml: image server has no default"):
        a_context(a_component(images=IMAGES), catalog.platforms["rhoai-cloud"])


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        pytest.param({"properties": {"a": {"default": 1}}}, {}, {"a": 1}, id="absent"),
        pytest.param({"properties": {"a": {"default": 1}}}, {"a": 2}, {"a": 2}, id="given"),
        pytest.param({"properties": {"a": {"default": 1}}}, {"a": None}, {"a": 1}, id="null"),
        pytest.param(
            {"properties": {"a": {"default": 1, "nullable": True}}},
            {"a": None},
            {"a": None},
            id="null-where-it-is-a-value",
        ),
        pytest.param({"properties": {"a": {}}}, {"a": None}, {}, id="null-without-default"),
        pytest.param(
            {"properties": {"a": {"properties": {"b": {"default": 1}}}}}, {}, {}, id="absent-parent"
        ),
        pytest.param(
            {"properties": {"a": {"default": {}, "properties": {"b": {"default": 1}}}}},
            {},
            {"a": {"b": 1}},
            id="inside-a-default",
        ),
        pytest.param(
            {"items": {"properties": {"b": {"default": 1}}}},
            [{}, {"b": 2}],
            [{"b": 1}, {"b": 2}],
            id="in-lists",
        ),
        pytest.param({"items": {"default": 1}}, [None], [1], id="null-in-lists"),
        pytest.param(
            {"additionalProperties": {"properties": {"b": {"default": 1}}}},
            {"x": {}},
            {"x": {"b": 1}},
            id="in-maps",
        ),
        pytest.param({}, {"x": [{"y": "z"}]}, {"x": [{"y": "z"}]}, id="no-schema"),
        pytest.param({"type": "object"}, "text", "text", id="another-type"),
    ],
)
def test_defaults_are_the_api_servers(schema: dict[str, Any], value: Any, expected: Any) -> None:
    assert with_defaults(schema, value) == expected


def test_neither_schema_nor_value_is_shared_with_the_result() -> None:
    schema: dict[str, Any] = {"properties": {"a": {"default": {"b": []}}}}
    value: dict[str, Any] = {"c": {"d": []}}

    filled = with_defaults(schema, value)
    filled["a"]["b"].append(1)
    filled["c"]["d"].append(1)

    assert schema == {"properties": {"a": {"default": {"b": []}}}}
    assert value == {"c": {"d": []}}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"replicas": "3"}, 'replicas: "3" is not a whole number; make it one or remove the field'),
        (
            {"replicas": 0},
            "replicas: 0 must be bigger than or equal to 1; change it or remove the field",
        ),
        ({"mode": "C"}, 'mode: "C" is not one of A, B; set one of them'),
        ({"list": [{"x": 1}, {}]}, "list[1]: x missing; set what is missing or remove the field"),
        ({"list": {}}, "list: {} is not a list; make it one or remove the field"),
        ({"name": "A"}, 'name: "A" must match pattern ^[a-z]+$; change it or remove the field'),
        ({"share": 1}, "share: 1 must be smaller than 1; change it or remove the field"),
        ({"mode": "C" * 99}, f'mode: "{"C" * 59}… is not one of A, B; set one of them'),
    ],
)
def test_what_cannot_be_followed_names_field_cause_and_remedy(
    parameters: dict[str, Any], message: str
) -> None:
    assert check(a_component(), parameters) == f"spec.components.ray.{message}"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"replicas": None},
        {"maybe": None},
        {"amount": 5},
        {"amount": "5Gi"},
        {"name": "nouri"},
        {"unheard": 1},
        MappingProxyType({"list": ({"x": 1},)}),
    ],
)
def test_what_the_api_server_lets_pass(parameters: dict[str, Any]) -> None:
    assert check(a_component(), parameters) == ""


def test_fields_of_the_dsci_have_their_own_path() -> None:
    definition = a_component(owner="DSCInitialization")

    assert check(definition, {"mode": 1}).startswith("spec.mode: ")


def test_unknown_fields_are_named_in_full() -> None:
    more = {
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "map": {"additionalProperties": {"properties": {"a": {}}}},
        "any": {"additionalProperties": True},
    }
    definition = a_component(parameters={"properties": {**PARAMETERS["properties"], **more}})
    given = {
        "replcas": 1,
        "list": [{"x": 1, "y": 2}],
        "free": {"a": 1},
        "map": {"k": {"a": 1, "b": 2}},
        "any": {"a": {"b": 1}},
    }

    assert unknown_fields(definition, given) == [
        "spec.components.ray.replcas",
        "spec.components.ray.list[0].y",
        "spec.components.ray.map.k.b",
    ]


def test_every_component_is_right_with_its_defaults(catalog: Catalog) -> None:
    assert [check(definition, {}) for definition in catalog.components.values()] == [
        "" for _ in catalog.components
    ]
