"""Reference pages made from the API's schemas and from the operator's settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rhoai_operator.settings import Settings

_HEAD = "<!-- Made by `make generate` from {}. -->\n# {}\n\n{}"


def api(dsc: Mapping[str, Any], dsci: Mapping[str, Any], component: str) -> str:
    """Return the page about the fields of both kinds.

    Args:
        component: whose fields are told of as those that every component has.
    """
    intro = (
        "Both kinds are cluster-scoped. A field that a component alone has is on\n"
        "[its page](components/README.md). `kubectl explain dsc.spec` tells the same.\n"
    )
    own = _properties(_spec(dsc), "components", component)
    everyone = {name: own[name] for name in ("managementState", "devFlags", "overrides")}
    common = _rows("spec.components.<component>", everyone)
    parts = (
        _HEAD.format("the API's models", "Fields", intro),
        "## DataScienceCluster\n",
        _table(common),
        "## DSCInitialization\n",
        _table(_rows("spec", _spec(dsci)["properties"])),
    )
    return "\n".join(parts)


def settings() -> str:
    """Return the page about the operator's options."""
    intro = "Each is a flag of `rhoai-operator` and a variable of its container.\n"
    rows = (
        (f"`--{name.replace('_', '-')}`", f"`RHOAI_{name.upper()}`", _default(field), _text(field))
        for name, field in Settings.model_fields.items()
    )
    head = ("flag", "variable", "default", "meaning")
    source = "rhoai_operator/settings.py"
    return f"{_HEAD.format(source, 'Settings', intro)}\n{_lines(head, rows)}"


def _default(field: Any) -> str:  # noqa: ANN401 - a FieldInfo
    if field.default_factory:
        return "on"
    if isinstance(field.default, bool):
        return "on" if field.default else "off"
    value = field.default.name if isinstance(field.default, Path) else field.default
    return "" if value in (None, "") else f"`{value}`"


def _text(field: Any) -> str:  # noqa: ANN401 - a FieldInfo
    return " ".join((field.description or "").split())


def _spec(crd: Mapping[str, Any]) -> Mapping[str, Any]:
    (version,) = crd["spec"]["versions"]
    found: Mapping[str, Any] = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return found


def _properties(schema: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        schema = schema["properties"][name]
    found: Mapping[str, Any] = schema["properties"]
    return found


def _rows(path: str, properties: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, schema in properties.items():
        here = f"{path}.{name}"
        given = f"`{schema['default']}`" if schema.get("default") not in (None, {}, "") else ""
        yield f"`{here}`", _type(schema), given, schema.get("description", "")
        inner = schema.get("items", schema)
        mark = "[]" if "items" in schema else ""
        yield from _rows(f"{here}{mark}", inner.get("properties", {}))


def _type(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    return str(schema.get("type", "number or string"))


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    return _lines(("field", "type", "default", "meaning"), rows)


def _lines(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    shown = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in shown) + "\n"
