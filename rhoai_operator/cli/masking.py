"""What nobody else's business is stays out of what is printed and archived. Pure.

Of Secrets only keys are told. Elsewhere values are hidden whose name speaks of a secret, and in
all texts what looks like one: tokens, private keys, credentials in addresses.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rhoai_operator.core.objects import Manifest

HIDDEN = "<hidden>"
SHORTEST = 6
"""Values with fewer characters are words that stand in texts for other reasons."""

_PARTS = ("data", "stringData")
_COPY = "kubectl.kubernetes.io/last-applied-configuration"
"""Annotation that holds a copy of the whole object."""
_WORDS = ("password", "passwd", "secret", "token", "credential", "private", "apikey", "api_key")
_REFERRING = ("name", "ref", "path", "mount", "type", "kind")
"""Endings of names of fields that say where a secret is, and not what."""
_BARE = frozenset({("OAuthClient", "secret")})
"""Kinds that hold a secret in a field of their own."""
_LOOKS_LIKE_ONE = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^\s/@:]*:[^\s/@]+(?=@)"
    r"|(?P<bearer>[Bb]earer )[A-Za-z0-9._~+/=-]{8,}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|sha256~[A-Za-z0-9_-]{20,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----"
    r"|(?P<named>\b[A-Za-z_-]*(?:password|passwd|token|api_?key|secret)[\"']?[ \t]*[=:][ \t]*)"
    r"(?!<hidden>|[{\[]|(?:true|false|null)\b)[^\s,;}\]]+",
    re.DOTALL | re.IGNORECASE,
)


def scrubbed(text: str, known: Iterable[str] = ()) -> str:
    """Return a text without what looks like a secret, and without these values."""
    for value in known:
        text = text.replace(value, HIDDEN)
    return _LOOKS_LIKE_ONE.sub(_mark, text)


def _mark(found: re.Match[str]) -> str:
    kept = found["scheme"] or found["bearer"] or found["named"] or ""
    return f"{kept}{HIDDEN}"


def values_of(live: Manifest) -> Iterator[str]:
    """Go through the values of a Secret, as they are written and as they are meant."""
    for part in _PARTS:
        for value in (live.get(part) or {}).values():
            yield from (text for text in (value, _decoded(value)) if len(text) >= SHORTEST)


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def without_copy(live: Manifest) -> Manifest:
    """Leave out the annotation in which kubectl keeps the object as it was applied."""
    annotations = live["metadata"].get("annotations") or {}
    if _COPY not in annotations:
        return live
    kept = {key: value for key, value in annotations.items() if key != _COPY}
    return {**live, "metadata": {**live["metadata"], "annotations": kept}}


def redacted(live: Manifest) -> Manifest:
    """Return an object without what is nobody's business."""
    live = without_copy(live)
    if live["kind"] == "Secret":
        parts = {part: dict.fromkeys(live[part], HIDDEN) for part in _PARTS if live.get(part)}
        metadata = {key: value for key, value in live["metadata"].items() if key != "annotations"}
        return {**live, "metadata": metadata, **parts}
    own = {field: HIDDEN for kind, field in _BARE if kind == live["kind"] and field in live}
    hidden: Manifest = _hidden({**live, **own})
    if live["kind"] == "ConfigMap":
        texts = {key: _as_told(key, value) for key, value in (hidden.get("data") or {}).items()}
        return {**hidden, "data": texts}
    return hidden


def _as_told(key: str, value: str) -> str:
    return HIDDEN if _speaks_of_one(key) and "\n" not in value else scrubbed(value)


def _hidden(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """Hide values of variables whose name speaks of a secret, and of such fields."""
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("name"), str) and isinstance(value.get("value"), str):
        shown = HIDDEN if _speaks_of_one(value["name"]) else scrubbed(value["value"])
        return {**value, "value": shown}
    return {
        key: HIDDEN if isinstance(item, str) and _speaks_of_one(key) else _hidden(item)
        for key, item in value.items()
    }


def _speaks_of_one(name: str) -> bool:
    lower = name.lower()
    if lower.endswith(_REFERRING):
        return False
    return any(word in lower for word in _WORDS)


def masked(before: Manifest | None, after: Manifest | None) -> tuple[Any, Any]:
    """Show of two versions of an object which secret values differ, and none of them."""
    kind = (before or after or {}).get("kind")
    if kind == "Secret":
        return _by_key(before, after, "before"), _by_key(after, before, "after")
    for of, field in _BARE:
        if kind == of:
            pair = (before or {}).get(field), (after or {}).get(field)
            words = ("***", "***") if pair[0] == pair[1] else ("*** before", "*** after")
            objects = zip((before, after), words, strict=True)
            before, after = ({**live, field: word} if live else None for live, word in objects)
    return before, after


def _by_key(live: Manifest | None, other: Manifest | None, word: str) -> Manifest | None:
    if live is None:
        return None
    marks: dict[str, Any] = {}
    for part in _PARTS:
        values: Mapping[str, Any] = live.get(part) or {}
        others: Mapping[str, Any] = (other or {}).get(part) or {}
        same = {k for k, v in values.items() if k in others and others[k] == v}
        if values:
            marks[part] = {k: "***" if k in same else f"*** {word}" for k in values}
    return {**live, **marks}
