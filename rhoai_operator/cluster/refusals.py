"""Turn an API server's refusal into one of our errors. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from rhoai_operator.cluster.errors import (
    AlreadyExists,
    ClusterError,
    Conflict,
    FieldConflict,
    Forbidden,
    Gone,
    Immutable,
    Invalid,
    KindNotServed,
    Missing,
    Terminating,
    TooLarge,
    Unauthorized,
    Unavailable,
    Unsupported,
)
from rhoai_operator.cluster.messages import known
from rhoai_operator.cluster.status import Status
from rhoai_operator.core.fields import Claim

_PASSING = frozenset({408, 425, 429})
_SERVER_ERRORS = 500


def refusal(code: int, raw: bytes, headers: Mapping[str, str]) -> ClusterError:
    """Choose the error for an answer with this HTTP status, body and headers."""
    status = Status.read(code, raw)
    if error := known(status):
        return error
    if by_code := _CODES.get(code):
        return by_code(status)
    if code >= _SERVER_ERRORS or code in _PASSING:
        return Unavailable(status.message, _seconds(headers.get("Retry-After", "")))
    return _invalid(status)


def _seconds(retry_after: str) -> float:
    return float(retry_after) if retry_after.isdigit() else 0.0


def _invalid(status: Status) -> ClusterError:
    fields = tuple(cause.field for cause in status.causes if _UNCHANGEABLE.search(cause.message))
    if fields:
        return Immutable(status.message, status.causes, fields)
    return Invalid(status.message, status.causes)


def _forbidden(status: Status) -> ClusterError:
    if any(cause.reason == "NamespaceTerminating" for cause in status.causes):
        return Terminating(status.message)
    if _NOT_MAPPED in status.message:
        return Missing(status.message)
    return Forbidden(status.message)


def _not_found(status: Status) -> ClusterError:
    if status.resource or status.name:
        return Missing(status.message, resource=status.resource, name=status.name)
    return KindNotServed(status.message)


def _conflict(status: Status) -> ClusterError:
    if status.reason == "AlreadyExists":
        return AlreadyExists(status.message)
    claims = tuple(
        Claim(match["manager"], cause.field.removeprefix("."))
        for cause in status.causes
        if (match := _CLAIM.match(cause.message))
    )
    return FieldConflict(status.message, claims) if claims else Conflict(status.message)


_NOT_MAPPED = "no matches for kind"
"""The plug-in that guards owner references knows a new definition within half a minute."""

_CLAIM = re.compile(r'conflict with "(?P<manager>[^"]*)"')

_UNCHANGEABLE = re.compile(
    r"\bimmutable\b|\b(?:cannot|may not|must not) (?:be )?changed?\b|"
    r"\bupdates to .+ are forbidden\b",
    re.DOTALL,
)
"""How the API server's own validation says it; there is no word for programs."""

_CODES: Mapping[int, Callable[[Status], ClusterError]] = {
    401: lambda status: Unauthorized(status.message),
    403: _forbidden,
    404: _not_found,
    409: _conflict,
    405: lambda status: Unsupported(status.message),
    406: lambda status: Unsupported(status.message),
    410: lambda status: Gone(status.message),
    413: lambda status: TooLarge(status.message),
    415: lambda status: Unsupported(status.message),
}
