"""From ``secrets`` in ``component.yaml`` to recipes that refer to each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from rhoai_operator.catalog.keys import SecretValue
from rhoai_operator.core.policies import ComposedText, Entry, RandomText, Recipe

_REFERENCE = re.compile(r"\$\(([^()]*)\)")


def recipes(
    given: Mapping[str, Mapping[str, SecretValue]],
) -> dict[str, dict[str, Recipe]]:
    """Resolve what texts refer to.

    Raises:
        ValueError: there is no such value, or one is made from itself.
    """
    found = {
        name: {key: _recipe(value, name, given) for key, value in values.items()}
        for name, values in given.items()
    }
    below = {
        Entry(name, key): recipe.references
        for name, values in found.items()
        for key, recipe in values.items()
    }
    try:
        TopologicalSorter(below).prepare()
    except CycleError as error:
        raise ValueError(f"made from itself: {' from '.join(map(str, error.args[1]))}") from error
    return found


def _recipe(
    value: SecretValue, secret: str, given: Mapping[str, Mapping[str, SecretValue]]
) -> Recipe:
    if value.random is not None:
        return RandomText(value.random)
    pieces = _REFERENCE.split(value.text or "")  # text, reference, text, … text
    parts = (_entry(p, secret, given) if i % 2 else p for i, p in enumerate(pieces))
    return ComposedText(tuple(part for part in parts if part))


def entry_of(value: str, given: Mapping[str, Mapping[str, SecretValue]]) -> Entry:
    """Read ``secret.key``.

    Raises:
        ValueError: there is no such value.
    """
    return _entry(value, "", given)


def _entry(reference: str, secret: str, given: Mapping[str, Mapping[str, SecretValue]]) -> Entry:
    """Read ``key`` or ``secret.key``; both may have dots in them."""
    dots = [position for position, letter in enumerate(reference) if letter == "."]
    choices = [(secret, reference), *((reference[:dot], reference[dot + 1 :]) for dot in dots)]
    for name, key in choices:
        if key in given.get(name, {}):
            return Entry(name, key)
    raise ValueError(f"$({reference}) is no value of secrets: write $(key) or $(secret.key)")
