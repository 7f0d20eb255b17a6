"""Secrets that are generated once: what is there stays, what is missing is made."""

from __future__ import annotations

import re
import secrets
import string
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import TypeAlias

from rhoai_operator.core.hidden import Hidden
from rhoai_operator.core.objects import Manifest, ObjectRef, is_created_once
from rhoai_operator.core.policies import ComposedText, Entry, RandomText, Recipe
from rhoai_operator.reconcile.held import Held

_ALPHABET = string.ascii_letters + string.digits

Recipes: TypeAlias = Mapping[str, Mapping[str, Recipe]]
"""By name of the Secret and by key."""
Live: TypeAlias = Mapping[str, Manifest | None]
"""The Secrets of recipes, by name."""
Draw: TypeAlias = Callable[[int], str]
"""Makes so many random characters."""


def random_text(length: int) -> str:
    """Draw letters and digits that nobody can guess."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def generate(recipes: Recipes, live: Live, draw: Draw = random_text) -> dict[Entry, Hidden]:
    """Return every value as ``data`` has it, in base64: the live one, or one made now.

    A random value that is there is never changed; one that is lost is read out of a text that
    still holds it. A text that is there stays as long as it holds the values that it refers to.
    An empty value counts as missing.

    Raises:
        Held: a value would have to go into a Secret that a user has told us to leave alone.
    """
    wanted, present = _entries(recipes), _present(recipes, live)
    known = _restored(wanted, present) | present
    for entry in TopologicalSorter({e: r.references for e, r in wanted.items()}).static_order():
        recipe = wanted[entry]
        if entry not in known or not _holds(known[entry], recipe, known):
            known[entry] = _made(recipe, known, draw)
    for entry in sorted(wanted):
        if known[entry] != present.get(entry):
            _check_may_be_written(entry, live.get(entry.secret))
    return {entry: Hidden(b64encode(known[entry]).decode()) for entry in wanted}


def is_settled(recipes: Recipes, live: Live) -> bool:
    """Tell whether every value is there and stays."""
    wanted, present = _entries(recipes), _present(recipes, live)
    return wanted.keys() == present.keys() and all(
        _holds(present[entry], recipe, present) for entry, recipe in wanted.items()
    )


def fill(manifest: Manifest, values: Mapping[str, str]) -> Manifest:
    """Return a Secret with these values, whatever its template says of their keys."""
    text = {k: v for k, v in manifest.get("stringData", {}).items() if k not in values}
    others = {key: value for key, value in manifest.items() if key != "stringData"}
    data = {**manifest.get("data", {}), **values}
    return {**others, **({"stringData": text} if text else {}), "data": data}


def with_secret_field(manifest: Manifest, path: Sequence[str], value: str) -> Manifest:
    """Return an object with a generated value, or a mark in its place, in one of its fields."""
    step, *rest = path
    return {**manifest, step: with_secret_field(manifest[step], rest, value) if rest else value}


def plain(value: str) -> Hidden:
    """Return a value of ``data`` as text."""
    return Hidden(b64decode(value).decode())


def _entries(recipes: Recipes) -> dict[Entry, Recipe]:
    return {
        Entry(name, key): recipe
        for name, values in recipes.items()
        for key, recipe in values.items()
    }


def _present(recipes: Recipes, live: Live) -> dict[Entry, bytes]:
    data = {name: (live.get(name) or {}).get("data") or {} for name in recipes}
    found = {e: b64decode(data[e.secret].get(e.key) or "") for e in _entries(recipes)}
    return {entry: value for entry, value in found.items() if value}


def _holds(value: bytes, recipe: Recipe, known: Mapping[Entry, bytes]) -> bool:
    return all(known[entry] in value for entry in recipe.references)


def _made(recipe: Recipe, known: Mapping[Entry, bytes], draw: Draw) -> bytes:
    if isinstance(recipe, RandomText):
        return draw(recipe.length).encode()
    parts = (known[p] if isinstance(p, Entry) else p.encode() for p in recipe.parts)
    return b"".join(parts)


def _restored(wanted: Mapping[Entry, Recipe], present: Mapping[Entry, bytes]) -> dict[Entry, bytes]:
    """Read values that are lost out of texts that are there."""
    found: dict[Entry, bytes] = {}
    for text, recipe in sorted(wanted.items(), key=lambda item: item[0]):
        if isinstance(recipe, ComposedText) and text in present:
            match = re.fullmatch(_pattern(recipe), present[text], re.DOTALL)
            read = match.groups() if match else ()
            found = dict(zip(recipe.references, read, strict=False)) | found
    return found


def _pattern(recipe: ComposedText) -> bytes:
    """Return a pattern with one group for each reference, in the order of ``references``."""
    seen: list[Entry] = []
    pattern = b""
    for part in recipe.parts:
        if isinstance(part, str):
            pattern += re.escape(part.encode())
        elif part in seen:
            pattern += b"(?:\\%d)" % (seen.index(part) + 1)
        else:
            seen.append(part)
            pattern += b"(.+?)"
    return pattern


def _check_may_be_written(entry: Entry, live: Manifest | None) -> None:
    if live is not None and is_created_once(live):
        text = f"{ObjectRef.of(live)} is left alone, as its annotation asks; set its {entry.key}"
        raise Held("SecretIncomplete", f"{text}, which is missing or not what others rest on")
