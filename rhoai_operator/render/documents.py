"""YAML in: the part of it that means the same to Kubernetes and to Python.

Only what JSON can hold is read. A date stays text, ``12:30`` is no number, a key is text and
comes once; other tags are refused.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from pathlib import PurePath
from typing import Any

import yaml

from rhoai_operator.core.objects import Manifest
from rhoai_operator.render.errors import RenderError

_CORE = "tag:yaml.org,2002:"
_MERGE = f"{_CORE}merge"
_SCALARS = {
    "int": (r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)", "-+0123456789"),
    "float": (r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?", "-+.0123456789"),
    "bool": (r"yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF", ""),
    "null": (r"~|null|Null|NULL|", ""),
    "merge": (r"<<", "<"),
}


class _Loader(yaml.CSafeLoader):
    """Libyaml's loader, with the constructors of JSON's types and no others."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own way; filled below
    yaml_constructors = {  # noqa: RUF012 - PyYAML's own way
        tag: construct
        for tag, construct in yaml.CSafeLoader.yaml_constructors.items()
        if tag is None
        or tag.removeprefix(_CORE) in {"int", "float", "bool", "null", "str", "seq", "map"}
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag == _MERGE:
                continue
            if key.tag != f"{_CORE}str":
                raise _refused(f"the key {key.value!r} is not text: quote it", key)
            if key.value in seen:
                raise _refused(f"the key {key.value!r} comes twice", key)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _refused(problem: str, node: yaml.Node) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


for _name, (_pattern, _first) in _SCALARS.items():
    _Loader.add_implicit_resolver(
        f"{_CORE}{_name}", re.compile(f"^(?:{_pattern})$"), list(_first) or None
    )


def read_documents(text: str) -> list[Any]:
    """Decode every document of a YAML stream; empty ones are left out.

    Raises:
        yaml.YAMLError: not YAML, or more than JSON can hold; says line and column.
    """
    return [document for document in yaml.load_all(text, _Loader) if document is not None]


def read_objects(source: PurePath, text: str) -> Iterator[Manifest]:
    """Decode a stream of Kubernetes objects.

    Args:
        source: where the text is from, for errors.
        text: the stream.

    Raises:
        RenderError: not YAML, or a document that cannot be named and labelled.
    """
    try:
        documents = read_documents(text)
    except yaml.YAMLError as error:
        raise RenderError(source, f"not YAML that Kubernetes reads: {error}") from error
    for number, document in enumerate(documents, start=1):
        if fault := _fault(document):
            raise RenderError(source, f"document {number} is not a Kubernetes object: {fault}")
        yield document


def _fault(document: Any) -> str:  # noqa: ANN401 - whatever YAML gave
    if not isinstance(document, dict):
        return f"a {type(document).__name__}, not a mapping"
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return f"{document.get('kind')} without metadata"
    who = f"{document.get('kind')} {metadata.get('name')}"
    for part, field in ((document, "apiVersion"), (document, "kind"), (metadata, "name")):
        if not isinstance(part.get(field), str) or not part[field]:
            return f"{who}: {field} is {part.get(field)!r}, not text"
    if not isinstance(metadata.get("namespace", ""), str):
        return f"{who}: namespace is {metadata['namespace']!r}, not text"
    for field in ("labels", "annotations"):
        if not _is_text(metadata.get(field, {})):
            return f"{who}: {field} must be a mapping of text to text: quote the values"
    return ""


def _is_text(value: Any) -> bool:  # noqa: ANN401 - as above
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
