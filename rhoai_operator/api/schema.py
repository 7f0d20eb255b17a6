"""Turn a model into a structural schema, the dialect of OpenAPI v3 that CRDs are written in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from pydantic import BaseModel

Schema: TypeAlias = dict[str, Any]

_FIRST = ("description", "type", "format", "enum", "default", "required")
_NULL = {"type": "null"}


def structural(model: type[BaseModel]) -> Schema:
    """Return the schema of ``model``, without references.

    An optional field is a field that need not be there, not one that may be null: the API
    server drops nulls. A default that is an object becomes ``{}``, for its own fields have
    defaults, and an empty list none.
    """
    schema = _json_schema(model)
    return _converted(schema, schema.get("$defs", {}))


@cache
def _json_schema(model: type[BaseModel]) -> Mapping[str, Any]:
    return model.model_json_schema(by_alias=True)


def tidy(schema: Mapping[str, Any]) -> Schema:
    """Return ``schema`` with what a reader looks for first in front, down to the leaves."""
    front = {key: schema[key] for key in _FIRST if key in schema}
    out = front | {key: schema[key] for key in sorted(schema.keys() - front.keys())}
    if "properties" in out:
        parts = out.pop("properties")
        out["properties"] = {name: tidy(part) for name, part in parts.items()}
    for key in ("items", "additionalProperties"):
        if isinstance(out.get(key), Mapping):
            out[key] = tidy(out[key])
    return out


def _converted(node: Mapping[str, Any], definitions: Mapping[str, Schema]) -> Schema:
    out = {key: value for key, value in _flat(node, definitions).items() if key != "title"}
    out.pop("$defs", None)
    if "description" in out:
        out["description"] = " ".join(out["description"].split())
    if "default" in out:
        out |= _default(out.pop("default"))
    if "properties" in out:
        parts = out["properties"].items()
        out["properties"] = {name: _converted(part, definitions) for name, part in parts}
    if "items" in out:
        out["items"] = _converted(out["items"], definitions)
    if (others := out.pop("additionalProperties", None)) is True:
        out["x-kubernetes-preserve-unknown-fields"] = True
    elif others:
        out["additionalProperties"] = _converted(others, definitions)
    return out


def _flat(node: Mapping[str, Any], definitions: Mapping[str, Schema]) -> Schema:
    """Put what a reference or the one alternative to null says into the node itself."""
    out = dict(node)
    if "$ref" in out:
        name = out.pop("$ref").removeprefix("#/$defs/")
        return _flat(definitions[name], definitions) | out
    if _NULL in out.get("anyOf", ()):
        (only,) = (part for part in out.pop("anyOf") if part != _NULL)
        return _flat(only, definitions) | out
    return out


def _default(value: object) -> Schema:
    if value is None or value == []:
        return {}
    return {"default": {} if isinstance(value, Mapping) else value}
