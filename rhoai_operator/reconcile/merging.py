"""ConfigMaps that users edit too: our values merged into the live ones. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from rhoai_operator.core.objects import Manifest, ObjectRef, is_created_once
from rhoai_operator.reconcile.held import Held


def merge_config_map(ours: Manifest, live: Manifest | None) -> Manifest:
    """Return our ConfigMap with users' fields in its JSON values.

    Keys that only the live one has need no merging: the API server keeps them. A ConfigMap that
    a user has told us to leave alone is not looked into.

    Raises:
        Held: a live value that ours would be merged into is not JSON.
    """
    if live is None or is_created_once(live):
        return ours
    theirs: Mapping[str, str] = live.get("data") or {}
    merged: dict[str, str] = {}
    for key, text in (ours.get("data") or {}).items():
        try:
            merged[key] = merge_text(text, theirs.get(key, ""))
        except ValueError as error:
            where = f"{ObjectRef.of(ours)}: data.{key}"
            remedy = "correct it, or delete the key to get the default back"
            raise Held("InvalidJSON", f"{where} is not JSON ({error}); {remedy}") from error
    return {**ours, "data": merged} if merged else ours


def differs(ours: Manifest, live: Manifest) -> bool:
    """Tell whether applying our ConfigMap would change the live one's values."""
    theirs: Mapping[str, str] = live.get("data") or {}
    return any(theirs.get(key) != text for key, text in (ours.get("data") or {}).items())


def merge_text(ours: str, live: str) -> str:
    """Merge one value into the live one, where both are JSON objects; else ours replaces it.

    Objects are merged at any depth, everything else is replaced. The live text is kept as it is,
    formatting included, when it says all that ours does.

    Raises:
        ValueError: ours is a JSON object and ``live`` is not empty and not JSON.
    """
    wanted = _object(ours)
    if wanted is None or not live.strip():
        return ours
    found = _loads(live)
    if not isinstance(found, Mapping):
        return ours
    merged = _merged(wanted, found)
    return live if _canonical(merged) == _canonical(found) else _like(live, merged)


def _merged(ours: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """Return the live object with our fields in it, in its own order."""
    return {**live, **{key: _value(value, live.get(key)) for key, value in ours.items()}}


def _value(ours: Any, live: Any) -> Any:  # noqa: ANN401 - JSON values
    both = isinstance(ours, Mapping) and isinstance(live, Mapping)
    return _merged(ours, live) if both else ours


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        value = _loads(text)
    except ValueError:
        return None
    return value if isinstance(value, Mapping) else None


def _loads(text: str) -> Any:  # noqa: ANN401 - a JSON value
    """Decode JSON as its standard has it.

    Raises:
        ValueError: it is not JSON, or nested too deep.
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


def _canonical(value: Any) -> str:  # noqa: ANN401 - as above
    return json.dumps(value, sort_keys=True)


def _like(live: str, value: Mapping[str, Any]) -> str:
    """Encode with the live text's indentation."""
    indented = re.search(r"\n([ \t]+)", live)
    text = json.dumps(value, ensure_ascii=False, indent=indented[1] if indented else None)
    return f"{text}\n" if live.endswith("\n") else text
