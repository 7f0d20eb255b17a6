"""What selectors choose, as pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from rhoai_operator.cluster.errors import Invalid
from rhoai_operator.cluster.port import Kind, Selection
from rhoai_operator.core.objects import Manifest, ObjectRef

Selector: TypeAlias = Callable[[Manifest], bool]

_LABEL = re.compile(r"(?P<key>[^\s=,(]+)\s*(?:=\s*(?P<one>[^,]*)|in\s*\((?P<many>[^)]*)\))?(?:,|$)")
_FIELD = re.compile(r"metadata\.(?P<key>name|namespace)(?P<not>!)?==?(?P<value>.*)")


def selects(selection: Selection) -> Selector:
    """Read a whole selection.

    Raises:
        Invalid: a field selector is of another form than ``metadata.name=x`` and its like.
    """
    by_label, by_field = _labels(selection.labels), _fields(selection.fields)

    def chooses(live: Manifest) -> bool:
        ref = ObjectRef.of(live)
        if Kind.of(ref) != selection.kind or selection.namespace not in ("", ref.namespace):
            return False
        return by_label(live) and by_field(live)

    return chooses


def _labels(text: str) -> Selector:
    """Read ``k=v``, ``k in (a,b)`` and ``k``, joined by commas."""
    wanted: dict[str, frozenset[str] | None] = {}
    for term in _LABEL.finditer(text):
        one, many = term["one"], term["many"]
        values = (one if many is None else many) if (one, many) != (None, None) else None
        wanted[term["key"]] = frozenset(map(str.strip, values.split(","))) if values else None

    def has(live: Manifest) -> bool:
        labels: Mapping[str, str] = live["metadata"].get("labels") or {}
        return all(
            key in labels and (values is None or labels[key] in values)
            for key, values in wanted.items()
        )

    return has


def _fields(text: str) -> Selector:
    terms = [_FIELD.fullmatch(term) for term in text.split(",") if term]

    def has(live: Manifest) -> bool:
        return all(
            (live["metadata"].get(term["key"], "") == term["value"]) is not bool(term["not"])
            for term in terms
            if term
        )

    if None in terms:
        raise Invalid(f"{text} is not a known field selector")
    return has
