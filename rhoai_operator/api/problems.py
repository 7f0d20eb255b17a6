"""Say to the user which field cannot be followed, what it holds, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_SHOWN = 60
"""Characters of an offending value that a message repeats at most."""

_WANTED = {
    "string": "a string",
    "int": "a whole number",
    "bool": "true or false",
    "model": "an object",
    "dict": "an object",
    "list": "a list",
    "tuple": "a list",
}


def object_at(body: Mapping[str, Any], *path: str) -> tuple[Mapping[str, Any], str]:
    """Walk down to an object; absent and null are empty.

    Returns:
        The object and "", or an empty one and what is wrong on the way to it.
    """
    here: Mapping[str, Any] = body
    for depth, key in enumerate(path, start=1):
        value = here.get(key)
        if value is not None and not isinstance(value, Mapping):
            return {}, _not_a(".".join(path[:depth]), value, "an object")
        here = value or {}
    return here, ""


def explain(error: ValidationError, *path: str) -> str:
    """Return one sentence for each field that is wrong in the object at ``path``."""
    return ". ".join(_sentence(detail, path) for detail in error.errors(include_url=False))


def _sentence(detail: ErrorDetails, path: Iterable[str]) -> str:
    field = dotted((*path, *detail["loc"]))
    kind, value = detail["type"], detail["input"]
    if kind == "missing":
        return f"{field}: is missing; add it"
    if kind in ("enum", "literal_error"):
        choices = _choices(detail)
        return f"{field}: {_shown(value)} is not one of {choices}; set one of them"
    if wanted := _WANTED.get(kind.partition("_")[0] if _is_type(kind) else ""):
        return _not_a(field, value, wanted)
    return f"{field}: {_shown(value)} cannot be used: {detail['msg'].removeprefix('Value error, ')}"


def dotted(path: Iterable[str | int]) -> str:
    """Write a field's path as ``kubectl`` does: ``spec.list[0].field``."""
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).removeprefix(".")


def _not_a(field: str, value: object, wanted: str) -> str:
    return f"{field}: {_shown(value)} is not {wanted}; make it one or remove the field"


def _is_type(kind: str) -> bool:
    return kind.endswith(("_type", "_parsing"))


def _choices(detail: ErrorDetails) -> str:
    """Pick the values out of pydantic's ``'A' or <State.B: 'B'>``."""
    expected = str(detail.get("ctx", {}).get("expected", ""))
    return ", ".join(re.findall(r"'([^']*)'", expected))


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
