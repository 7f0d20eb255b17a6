"""What templates may mention, and whether a component's own fields can be followed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import fastjsonschema

from rhoai_operator.api.problems import dotted
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.errors import CatalogError
from rhoai_operator.catalog.namespaces import Namespaces
from rhoai_operator.catalog.platforms import Platform

_DIALECT = "http://json-schema.org/draft-04/schema#"
"""Nearest to the OpenAPI v3.0 of CRDs: ``exclusiveMinimum`` and its like are booleans."""

_Path: TypeAlias = tuple[str | int, ...]

_VALUE = "data"
"""What fastjsonschema calls the value it looks at."""

_WANTED = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a string",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
}

_SHOWN = 60
"""Characters of an offending value that a message repeats at most."""


def context(
    definition: ComponentDefinition,
    platform: Platform,
    parameters: Mapping[str, Any],
    *,
    namespaces: Namespaces,
    monitoring_managed: bool,
    env: Mapping[str, str],
    values: Mapping[str, Any],
) -> dict[str, Any]:
    """Build all that a component's templates may mention.

    Args:
        definition: says which images it has, and which fields of its own.
        platform: in force.
        parameters: the component's own fields as the user gave them.
        namespaces: in force, whether or not there is anything in them.
        monitoring_managed: whether the platform monitors itself.
        env: a variable that an image names replaces its default, unless empty.
        values: read from the cluster, by the names that the definition gives them.

    Returns:
        JSON values: ``namespace``; ``platform``, a row of the table in snake_case; ``label``,
        the component's name in labels; ``images`` by key; ``parameters`` with defaults filled
        in; ``monitoring`` with ``managed`` and ``namespace``; ``mesh`` with ``namespace``;
        ``values`` by name.

    Raises:
        CatalogError: an image has no default for the platform.
    """
    return {
        "namespace": namespaces.applications,
        "platform": platform.model_dump(mode="json"),
        "label": definition.label_on(platform.id),
        "images": {
            key: env.get(image.env) or _default_image(definition, key, platform.id)
            for key, image in definition.images.items()
        },
        "parameters": with_defaults(definition.parameters, parameters),
        "monitoring": {"managed": monitoring_managed, "namespace": namespaces.monitoring},
        "mesh": {"namespace": namespaces.mesh},
        "values": dict(values),
    }


def _default_image(definition: ComponentDefinition, key: str, platform: str) -> str:
    default = definition.images[key].default
    if isinstance(default, str):
        return default
    if platform not in default:
        path = Path(definition.name, "component.yaml")
        raise CatalogError(path, f"image {key} has no default for platform {platform}")
    return default[platform]


def with_defaults(schema: Mapping[str, Any], value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """Return a copy of ``value`` with defaults as the API server fills them in.

    A default is for a field that is absent, or null where the schema does not say ``nullable``
    (without a default such a field is dropped). It is looked for in objects that are there, in
    lists and maps, and in defaults themselves.
    """
    if isinstance(value, Mapping):
        return _object_with_defaults(schema, value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = schema.get("items", {})
        return [with_defaults(items, _or_default(items, item)) for item in value]
    return value


def _object_with_defaults(schema: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    rest = _schema_of_rest(schema)
    absent = {k: s["default"] for k, s in properties.items() if k not in value and "default" in s}
    filled = {
        name: with_defaults(below, _or_default(below, item))
        for name, item in (*value.items(), *absent.items())
        for below in (properties.get(name, rest),)
    }
    empty = {k for k, s in properties.items() if filled.get(k, s) is None and not _nullable(s)}
    return {name: item for name, item in filled.items() if name not in empty}


def _schema_of_rest(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    more = schema.get("additionalProperties")
    return more if isinstance(more, Mapping) else {}


def _nullable(schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("nullable"))


def _or_default(schema: Mapping[str, Any], value: Any) -> Any:  # noqa: ANN401 - a JSON value
    return schema.get("default") if value is None and not _nullable(schema) else value


def check(definition: ComponentDefinition, parameters: Mapping[str, Any]) -> str:
    """Say why a component's own fields cannot be followed.

    What the API server alone can judge, rules in CEL and formats, is not looked at.

    Returns:
        Empty if they can, else a message with the field's full path, the cause and the remedy.
        Of several faults, one.
    """
    given = with_defaults(definition.parameters, parameters)
    try:
        _validator(json.dumps(definition.parameters))(given)
    except fastjsonschema.JsonSchemaValueException as error:
        below = str(error.name).removeprefix(_VALUE)
        return f"{dotted(_root(definition))}{below}: {_cause(error)}"
    return ""


def _root(definition: ComponentDefinition) -> tuple[str, ...]:
    if definition.owner == "DataScienceCluster":
        return ("spec", "components", definition.name)
    return ("spec",)


@cache
def _validator(schema: str) -> Callable[[Any], object]:
    """Compile a schema, given as JSON so that equal ones are compiled once."""
    dialect = {**_with_null(json.loads(schema)), "$schema": _DIALECT}
    compiled: Callable[[Any], object] = fastjsonschema.compile(
        dialect, use_default=False, use_formats=False
    )
    return compiled


def _with_null(schema: Any) -> Any:  # noqa: ANN401 - a JSON value
    """Say ``nullable`` the way JSON Schema does, everywhere in a schema."""
    if isinstance(schema, list):
        return [_with_null(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    below = {key: _with_null(part) for key, part in schema.items()}
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        below["type"] = [schema["type"], "null"]
        if "enum" in schema:
            below["enum"] = [*schema["enum"], None]
    return below


def _cause(error: fastjsonschema.JsonSchemaValueException) -> str:
    shown, wanted = _shown(error.value), error.rule_definition
    if error.rule == "enum":
        return f"{shown} is not one of {', '.join(map(str, wanted))}; set one of them"
    if error.rule == "type":
        return f"{shown} is not {_WANTED.get(str(wanted), wanted)}; make it one or remove the field"
    if error.rule == "required":
        missing = ", ".join(name for name in wanted if name not in error.value)
        return f"{missing} missing; set what is missing or remove the field"
    fault = str(error.message).removeprefix(str(error.name)).strip()
    return f"{shown} {fault}; change it or remove the field"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def unknown_fields(definition: ComponentDefinition, parameters: Mapping[str, Any]) -> list[str]:
    """Return the full paths of given fields that the component does not have.

    The API server drops such fields; what it never saw may hold them.
    """
    found = _unknown(definition.parameters, parameters, _root(definition))
    return [dotted(path) for path in found]


def _unknown(schema: Mapping[str, Any], value: object, path: _Path) -> Iterator[_Path]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(schema.get("items", {}), item, (*path, index))
    elif isinstance(value, Mapping) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        properties: Mapping[str, Any] = schema.get("properties", {})
        for name, item in value.items():
            if name in properties:
                yield from _unknown(properties[name], item, (*path, name))
            elif rest := _schema_of_rest(schema):
                yield from _unknown(rest, item, (*path, name))
            elif not schema.get("additionalProperties"):
                yield (*path, name)
