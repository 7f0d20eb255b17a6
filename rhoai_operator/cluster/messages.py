"""Refusals that have no code or reason of their own, known by what they say. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from rhoai_operator.cluster.errors import (
    Admission,
    AdmissionDenied,
    Cause,
    ClusterError,
    Forbidden,
    Invalid,
    Permission,
    QuotaExceeded,
    Unauthorized,
    WebhookUnavailable,
)
from rhoai_operator.cluster.status import Status

Groups: TypeAlias = Mapping[str, str]
Build: TypeAlias = Callable[[str, Groups], ClusterError]
"""From a message and its named parts; a part that is absent is empty."""


def known(status: Status) -> ClusterError | None:
    """Return the error that a message stands for; None if its code has to tell."""
    for pattern, build in _MESSAGES:
        if match := pattern.match(status.message):
            return build(status.message, match.groupdict(default=""))
    return None


def _denied(by: Admission) -> Build:
    return lambda message, said: AdmissionDenied(message, by=by, **said)


def _quota(message: str, said: Groups) -> ClusterError:
    return QuotaExceeded(message, **said)


def _no_answer(message: str, said: Groups) -> ClusterError:
    found = _SERVICE.search(said["cause"])
    service = f"{found['namespace']}/{found['name']}" if found else ""
    return WebhookUnavailable(
        message, webhook=said["webhook"], service=service, cause=said["cause"]
    )


def _unreadable(message: str, said: Groups) -> ClusterError:
    lines = said["cause"].removeprefix("errors:").strip().splitlines()
    parts = (_TYPED.fullmatch(line.strip()) for line in lines)
    causes = (Cause(p["field"], "FieldValueTypeInvalid", p["message"]) for p in parts if p)
    return Invalid(message, tuple(causes))


def _not_permitted(message: str, said: Groups) -> ClusterError:
    resource = said["resource"] or said["path"]
    lacking = Permission(said["user"], said["verb"], resource, said["group"], said["namespace"])
    return (Unauthorized if lacking.user == _NOBODY else Forbidden)(message, lacking)


def _escalation(message: str, said: Groups) -> ClusterError:
    """Of a binding the API server does not say which role it refers to."""
    resource, _, group = said["resource"].partition(".")
    if resource.endswith("bindings"):
        lacking = Permission(said["user"], "bind", "roles, clusterroles", group)
    else:
        lacking = Permission(said["user"], "escalate", resource, group, name=said["name"])
    rules = said["rules"].partition("; resolution errors")[0].splitlines()
    return Forbidden(message, lacking, tuple(rules))


_NOBODY = "system:anonymous"


_SERVICE = re.compile(r'"https://(?P<name>[^./:"]+)\.(?P<namespace>[^./:"]+)\.svc[:/"]')
_TYPED = re.compile(r"\.(?P<field>.*?): (?P<message>.*)")
_REFUSED = r'(?:\S+ (?:"[^"]*" )?is forbidden: )?'

_MESSAGES: tuple[tuple[re.Pattern[str], Build], ...] = tuple(
    (re.compile(pattern, re.DOTALL), build)
    for pattern, build in (
        (
            r'admission webhook "(?P<name>[^"]*)" denied the request'
            r"(?: without explanation)?(?:: (?P<cause>.*))?$",
            _denied(Admission.WEBHOOK),
        ),
        (
            _REFUSED + r"ValidatingAdmissionPolicy '(?P<name>[^']*)' with binding "
            r"'(?P<binding>[^']*)' denied request: (?P<cause>.*)",
            _denied(Admission.POLICY),
        ),
        (
            _REFUSED + r'violates PodSecurity "(?P<name>[^"]*)": (?P<cause>.*)',
            _denied(Admission.POD_SECURITY),
        ),
        (_REFUSED + r"exceeded quota: (?P<quota>[^,]+), (?P<cause>.*)", _quota),
        (_REFUSED + r"failed quota: (?P<quota>[^:]+): (?P<cause>.*)", _quota),
        (
            r'(?:Internal error occurred: )?failed calling webhook "(?P<webhook>[^"]*)": '
            r"(?:failed to call webhook: )?(?P<cause>.*)",
            _no_answer,
        ),
        (r"(?P<webhook>conversion webhook for .+?) failed: (?P<cause>.*)", _no_answer),
        (r"failed to create typed (?:patch|live) object \(.*?\): (?P<cause>.*)", _unreadable),
        (r"failed to convert new object \(.*?\) to proper version: (?P<cause>.*)", _unreadable),
        (
            r'.*?\bUser "(?P<user>[^"]*)" cannot (?P<verb>\S+) (?:path "(?P<path>[^"]*)"|'
            r'resource "(?P<resource>[^"]*)" in API group "(?P<group>[^"]*)" '
            r'(?:at the cluster scope|in the namespace "(?P<namespace>[^"]*)"))',
            _not_permitted,
        ),
        (
            r'(?P<resource>\S+) "(?P<name>[^"]*)" is forbidden: user "(?P<user>[^"]*)" .* '
            r"is attempting to grant RBAC permissions not currently held:\n(?P<rules>.*)",
            _escalation,
        ),
    )
)
