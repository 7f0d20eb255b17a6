"""Turn an API server's refusal into one of our errors. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rhoai_operator.cluster.errors import (
    ClusterError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    KindNotServed,
    Missing,
    Terminating,
    Unavailable,
)

_INVALID = frozenset({400, 406, 413, 415, 422})
_FORBIDDEN = frozenset({401, 403})


def refusal(code: int, raw: bytes, headers: Mapping[str, str]) -> ClusterError:
    """Choose the error for an answer with this HTTP status, body and headers."""
    status = _status(raw)
    message = status.get("message") or raw[:500].decode(errors="replace") or f"HTTP {code}"
    if code in _FORBIDDEN:
        return (
            Terminating(message)
            if _has_cause(status, "NamespaceTerminating")
            else Forbidden(message)
        )
    if code in _INVALID:
        return Invalid(message)
    if code == 404:  # noqa: PLR2004
        return Missing(message) if status.get("details") else KindNotServed(message)
    if code == 409:  # noqa: PLR2004
        return Conflict(message)
    if code == 410:  # noqa: PLR2004
        return Gone(message)
    return Unavailable(message, _seconds(headers.get("Retry-After", "")))


def _status(raw: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _has_cause(status: Mapping[str, Any], cause: str) -> bool:
    causes = (status.get("details") or {}).get("causes") or ()
    return any(c.get("reason") == cause for c in causes)


def _seconds(retry_after: str) -> float:
    return float(retry_after) if retry_after.isdigit() else 0.0
