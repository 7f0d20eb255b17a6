"""Definitions of custom resources: compact in the repository, whole for the API server.

A schema may name a type of ``core-types.yaml``, as in ``{$ref: PodSpec}``: the type's tree comes
in its place, the fields beside the name added to it. Each type's tree exists once, however often
it is named, so all that comes from here is frozen.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from rhoai_operator.core.objects import Manifest
from rhoai_operator.render.documents import read_documents
from rhoai_operator.render.errors import RenderError
from rhoai_operator.render.frozen import FrozenDict, FrozenList, freeze

_TYPES = Path("core-types.yaml")
_MAPS = frozenset({"properties", "patternProperties"})
_SCHEMAS = frozenset({"items", "additionalProperties", "not"})
_LISTS = frozenset({"allOf", "anyOf", "oneOf"})


class CoreTypes:
    """The types that schemas may name, read when the first one is named."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._whole: dict[str, FrozenDict] = {}
        self._open: set[str] = set()

    def expand(self, schema: Mapping[str, Any]) -> FrozenDict:
        """Put the types in place of their names, everywhere in a schema.

        Raises:
            LookupError: there is no type of that name, or it contains itself.
            RenderError: the file of types cannot be read.
        """
        own = {key: self._part(key, value) for key, value in schema.items() if key != "$ref"}
        if "$ref" not in schema:
            return FrozenDict(own)
        base = self._named(schema["$ref"])
        if "properties" in own:
            own["properties"] = FrozenDict({**base.get("properties", {}), **own["properties"]})
        whole = {**base, **own}
        if whole.get("required") == []:
            del whole["required"]
        return FrozenDict(whole)

    def _part(self, key: str, value: Any) -> Any:  # noqa: ANN401 - a JSON value
        if key in _MAPS and isinstance(value, Mapping):
            return FrozenDict({name: self.expand(schema) for name, schema in value.items()})
        if key in _SCHEMAS and isinstance(value, Mapping):
            return self.expand(value)
        if key in _LISTS and isinstance(value, list):
            return FrozenList(self.expand(schema) for schema in value)
        return freeze(value)

    def _named(self, name: str) -> FrozenDict:
        if name in self._whole:
            return self._whole[name]
        if name in self._open:
            raise LookupError(f"the core type {name} contains itself")
        if name not in self._compact:
            raise LookupError(f"no core type {name!r}: one of {', '.join(sorted(self._compact))}")
        self._open.add(name)
        try:
            self._whole[name] = self.expand(self._compact[name])
        finally:
            self._open.discard(name)
        return self._whole[name]

    @cached_property
    def _compact(self) -> Mapping[str, Any]:
        path = self._root / _TYPES
        try:
            (types,) = read_documents(path.read_text())
            return dict(types)
        except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
            raise RenderError(_TYPES, f"not a mapping of type names to schemas: {error}") from error


def expand_crd(crd: Manifest, types: CoreTypes) -> Manifest:
    """Return a definition with every version's schema whole, and frozen.

    Raises:
        LookupError: a schema names a type that does not exist.
        RenderError: the file of types cannot be read.
    """
    versions = FrozenList(_whole_version(version, types) for version in crd["spec"]["versions"])
    spec = FrozenDict({**freeze(crd["spec"]), "versions": versions})
    return FrozenDict({**freeze(crd), "spec": spec})


def _whole_version(version: Mapping[str, Any], types: CoreTypes) -> FrozenDict:
    schema = version.get("schema", {}).get("openAPIV3Schema")
    whole = {"schema": FrozenDict(openAPIV3Schema=types.expand(schema))} if schema else {}
    return FrozenDict({**freeze(version), **whole})
