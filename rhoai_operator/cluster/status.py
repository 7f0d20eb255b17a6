"""The body of a refusal: a ``Status``, as far as it says anything. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from rhoai_operator.cluster.errors import Cause

_MESSAGE_LIMIT = 500
"""Bytes quoted of a body that is no ``Status``."""

_NOTHING = "<nil>"
"""The field of a cause that only says that others keep the rest from being checked."""

_VALUE = re.compile(r", got &.*?(?=\n\s*\.|\Z)", re.DOTALL)
"""What server-side apply says of a value of the wrong type: the value, be it a secret."""


@dataclass(frozen=True, slots=True)
class Status:
    """What an API server says of a request that failed.

    Attributes:
        message: never empty.
        reason: CamelCase word such as ``AlreadyExists``; empty if there is none.
        resource: plural of the kind it is about; a kind, where an object is invalid.
        name: of the object it is about.
    """

    message: str
    reason: str = ""
    resource: str = ""
    name: str = ""
    causes: tuple[Cause, ...] = ()

    @classmethod
    def read(cls, code: int, raw: bytes) -> Self:
        """Read an answer's body, whatever it is."""
        status = _decoded(raw)
        details = _object(status.get("details"))
        text = _text(status, "message") or raw[:_MESSAGE_LIMIT].decode(errors="replace").strip()
        return cls(
            _VALUE.sub("", text) or f"HTTP {code}",
            _text(status, "reason"),
            _text(details, "kind"),
            _text(details, "name"),
            _causes(details.get("causes") or ()),
        )


def _decoded(raw: bytes) -> Mapping[str, Any]:
    try:
        return _object(json.loads(raw))
    except ValueError:
        return {}


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else ""


def _causes(found: Iterable[object]) -> tuple[Cause, ...]:
    """Read the causes, each once: the API server says some two or three times."""
    rows = map(_object, found)
    causes = (Cause(_text(r, "field"), _text(r, "reason"), _text(r, "message")) for r in rows)
    return tuple(dict.fromkeys(cause for cause in causes if cause.field != _NOTHING))
