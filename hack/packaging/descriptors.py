"""What OpenShift's console shows of a custom resource: a form's fields and a status' lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from rhoai_operator.core.objects import Manifest

Schema: TypeAlias = Mapping[str, Any]
Descriptor: TypeAlias = dict[str, Any]

_UI = "urn:alm:descriptor:com.tectonic.ui"
_ADVANCED = f"{_UI}:advanced"
_STATUS = {
    "conditions": ["urn:alm:descriptor:io.kubernetes.conditions"],
    "phase": ["urn:alm:descriptor:io.kubernetes.phase"],
}
_WIDGETS = {"boolean": "booleanSwitch", "integer": "number", "number": "number", "string": "text"}
_QUANTITY = "x-kubernetes-int-or-string"
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CLOSED = frozenset({"devFlags", "overrides", "placement"})
"""Objects that have fields of their own in great number: they are one field of the form."""


def spec_descriptors(crd: Manifest, kinds: Mapping[str, str]) -> list[Descriptor]:
    """Return one for each field that a form can hold, those that many use first.

    ``kinds`` say what a component is called: name -> kind.
    """
    found = [
        {
            "path": path,
            "displayName": words(path, kinds),
            "description": field["description"],
            "x-descriptors": list(_hints(path, field)),
        }
        for path, field in fields(_part(crd, "spec"))
    ]
    return sorted(found, key=lambda item: _ADVANCED in item["x-descriptors"])


def status_descriptors(crd: Manifest) -> list[Descriptor]:
    """Return one for each field of the status."""
    return [
        {
            "path": name,
            "displayName": words(name),
            "description": schema["description"],
            "x-descriptors": _STATUS.get(name, [f"{_UI}:text"]),
        }
        for name, schema in _part(crd, "status")["properties"].items()
    ]


def words(path: str, kinds: Mapping[str, str] | None = None) -> str:
    """Return a field's path as a title: that of ``nim.managementState`` is Nim."""
    parts = path.removesuffix(".managementState").removeprefix("components.").split(".")
    return " ".join((kinds or {}).get(part) or _title(part) for part in parts)


def _title(name: str) -> str:
    return _WORDS.sub(" ", f"{name[:1].upper()}{name[1:]}")


def _part(crd: Manifest, name: str) -> Schema:
    (version,) = crd["spec"]["versions"]
    part: Schema = version["schema"]["openAPIV3Schema"]["properties"][name]
    return part


def fields(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Go through the fields that a form can hold, with their paths."""
    for name, field in schema["properties"].items():
        here = f"{path}.{name}".lstrip(".")
        if field.get("properties") and name not in _CLOSED:
            yield from fields(field, here)
        else:
            yield here, field


def _hints(path: str, field: Schema) -> Iterator[str]:
    """Say in which group a field is, what it is edited with, and whether it is for few users."""
    if "." in path:
        yield f"{_UI}:fieldGroup:{path.partition('.')[0]}"
    if "enum" in field:
        yield from (f"{_UI}:select:{value}" for value in field["enum"])
    elif widget := _WIDGETS.get("string" if _QUANTITY in field else field.get("type", "")):
        yield f"{_UI}:{widget}"
    if not path.endswith("managementState") and path != "applicationsNamespace":
        yield _ADVANCED
