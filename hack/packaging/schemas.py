"""JSON Schemas for kubeconform, which would else ask for them on the network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from hack.tools import tool
from rhoai_operator.core.objects import Manifest

Schema: TypeAlias = dict[str, Any]

LOCATION = "{{.ResourceKind}}{{.KindSuffix}}.json"
"""How kubeconform is to look for a file in the folder."""
_REFERENCE = re.compile(r'"[^"]*(#/\$defs/[^"]+)"')


def write(folder: Path, kubernetes: str, definitions: Iterable[Manifest]) -> None:
    """Write a schema of each kind of a Kubernetes version, and of those that are defined.

    Args:
        kubernetes: such as 1.36.0.
        definitions: CustomResourceDefinitions.
    """
    source = _source(kubernetes)
    known: Mapping[str, Schema] = json.loads((source / "_definitions.json").read_text())["$defs"]
    kinds = {path.name for path in source.glob("*-v[0-9]*.json")}
    for path, schema in _of_kinds(known):
        if path in kinds:
            (folder / path).write_text(json.dumps(schema))
    for crd in definitions:
        spec = crd["spec"]
        for version in spec["versions"]:
            name = (
                f"{spec['names']['kind'].lower()}-{spec['group'].split('.')[0]}-{version['name']}"
            )
            schema = _closed(version["schema"]["openAPIV3Schema"])
            (folder / f"{name}.json").write_text(json.dumps(schema))


def _source(kubernetes: str) -> Path:
    root = tool("kubernetes-validate").parents[1] / "lib"
    (found,) = root.glob(f"*/site-packages/*/kubernetes-json-schema/v{kubernetes}-local-strict")
    return found


def _of_kinds(known: Mapping[str, Schema]) -> Iterator[tuple[str, Schema]]:
    """Go through all kinds: name of the file, and a schema that refers to nothing outside."""
    for schema in known.values():
        properties = schema.get("properties", {})
        versions = properties.get("apiVersion", {}).get("enum", ())
        for kind in properties.get("kind", {}).get("enum", ()) if versions else ():
            group, _, version = str(versions[0]).rpartition("/")
            suffix = f"-{group.split('.')[0]}-{version}" if group else f"-{version}"
            yield f"{kind.lower()}{suffix}.json", {**schema, "$defs": _needed(schema, known)}


def _needed(schema: Schema, known: Mapping[str, Schema]) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    todo = [schema]
    while todo:
        for reference in _REFERENCE.findall(json.dumps(todo.pop())):
            name = reference.rpartition("/")[2]
            if name not in found:
                found[name] = known[name]
                todo.append(known[name])
    return found


def _closed(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Return a definition's schema that takes no fields but those it knows, as ours say it."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _closed(value) for key, value in schema.items()}
    is_open = schema.get("x-kubernetes-preserve-unknown-fields") or "properties" not in schema
    if is_open or not isinstance(schema["properties"], dict) or schema.get("type") != "object":
        return inner
    return {"additionalProperties": False, **inner}
