"""What people read of a request that failed: the cause, and the next step. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from rhoai_operator.cluster.errors import (
    Admission,
    AdmissionDenied,
    Cause,
    ClusterError,
    FieldConflict,
    Forbidden,
    Immutable,
    Invalid,
    KindNotServed,
    Missing,
    QuotaExceeded,
    Terminating,
    TooLarge,
    Unauthorized,
    Unsupported,
    WebhookUnavailable,
)
from rhoai_operator.core.objects import UNOWNED_KINDS, ObjectRef

NAMED = 5
"""Causes, rules or fields that a message names; the others are counted."""
MOST = 400
"""Characters quoted of one thing that the API server says."""


def explained(error: ClusterError, ref: ObjectRef | None = None, source: str = "") -> str:
    """Return the cause of a failure and what to do about it, joined by ``; ``.

    Where no advice is better than what the API server says itself, that is all.

    Args:
        ref: the object; it is not named, since who reads of it knows which it is.
        source: the template that it comes of, such as ``web/templates/service.yaml.j2``.
    """
    words = next((_WORDS[c] for c in type(error).__mro__ if c in _WORDS), _as_said)
    return "; ".join(filter(None, words(error, _About(ref, source))))


@dataclass(frozen=True, slots=True)
class _About:
    """What a request was about, as far as it is known."""

    ref: ObjectRef | None
    source: str

    @property
    def namespace(self) -> str:
        return self.ref.namespace if self.ref else ""

    @property
    def template(self) -> str:
        return f"its template {self.source}" if self.source else "its template"


# For each class of error: the cause, and the next step.


def _as_said(error: ClusterError, _: _About) -> tuple[str, str]:
    return quoted(str(error)), ""


def _denied(error: AdmissionDenied, about: _About) -> tuple[str, str]:
    binding = f" (binding {error.binding})" if error.binding else ""
    cause = quoted(error.cause) or "without explanation"
    text = f"{error.by or 'admission'} {error.name}{binding} denied it: {cause}"
    where = f"namespace {about.namespace}" if about.namespace else "it"
    if error.by is Admission.POD_SECURITY:
        label = "pod-security.kubernetes.io/enforce"
        return text, f"make it comply, or label {where} {label} with a level that admits it"
    return text, f"satisfy what it asks for, or exempt {where} from it"


def _quota(error: QuotaExceeded, about: _About) -> tuple[str, str]:
    name = "/".join(filter(None, (about.namespace, error.quota)))
    text = f"ResourceQuota {name} is in the way: {quoted(error.cause or str(error))}"
    return text, "raise it, or delete what uses it up"


def _forbidden(error: Forbidden, about: _About) -> tuple[str, str]:
    if not (lacking := error.permission):
        return _as_said(error, about)
    if error.rules:
        several, other = listed(error.rules), lacking.rule if lacking.name else "bind on its role"
        text = f"{lacking.user} may not grant what it does not hold: {several}"
        return text, f"add these, or {other}, to a ClusterRole of {lacking.user}"
    resource = ".".join(filter(None, (lacking.resource, lacking.group)))
    where = f" in namespace {lacking.namespace}" if lacking.namespace else ""
    text = f"{lacking.user} may not {lacking.verb} {resource}{where}"
    return text, f"add {lacking.rule} to a ClusterRole of {lacking.user}"


def _unauthorized(error: Unauthorized, _: _About) -> tuple[str, str]:
    text = f"the API server does not accept the operator's credentials: {quoted(str(error))}"
    return text, "renew its token or kubeconfig"


def _immutable(error: Immutable, about: _About) -> tuple[str, str]:
    fields = listed(f"{cause.field}: {_rule_of(cause)}" for cause in error.causes)
    step = f"kept as it is, and {about.template} is not followed"
    if (ref := about.ref) and ref.kind not in UNOWNED_KINDS:
        scope = f" -n {ref.namespace}" if ref.namespace else ""
        kind = ".".join(filter(None, (ref.kind.lower(), ref.group)))
        step += f"; where nothing is lost by it, kubectl delete {kind} {ref.name}{scope}"
        step += " and it is made anew"
    return f"cannot be changed: {fields}", step


def _invalid(error: Invalid, about: _About) -> tuple[str, str]:
    said = listed(f"{cause.field}: {quoted(cause.message)}" for cause in error.causes)
    step = f"correct {about.template}, or the settings that it is rendered with"
    return f"invalid: {said or quoted(str(error))}", step


def _too_large(error: TooLarge, about: _About) -> tuple[str, str]:
    return f"too large: {quoted(str(error))}", f"shorten {about.template}"


def _unsupported(error: Unsupported, about: _About) -> tuple[str, str]:
    server = f"what serves {about.ref.api_version}" if about.ref else "the API server"
    text = f"{server} does not take such a request: {quoted(str(error))}"
    return text, "see that it supports server-side apply"


def _claimed(error: FieldConflict, about: _About) -> tuple[str, str]:
    fields: dict[str, list[str]] = defaultdict(list)
    for claim in error.claims:
        fields[claim.owner].append(claim.path)
    several = (f'field manager "{who}" has {listed(held)}' for who, held in fields.items())
    return ", ".join(several) or quoted(
        str(error)
    ), f"make it give them up, or take them out of {about.template}"


def _no_answer(error: WebhookUnavailable, _: _About) -> tuple[str, str]:
    name = error.webhook if " " in error.webhook else f'webhook "{error.webhook}"'
    behind = f"Service {error.service}" if error.service else "its address"
    step = f"see to what runs behind {behind}, or remove a webhook that nothing serves any more"
    return f"{name} does not answer: {quoted(error.cause)}", step


def _terminating(error: Terminating, about: _About) -> tuple[str, str]:
    if not about.namespace:
        return _as_said(error, about)
    text = f"namespace {about.namespace} is being deleted"
    step = f"if that lasts, kubectl get namespace {about.namespace} -o yaml says what holds it"
    return text, step


def _missing(error: Missing, about: _About) -> tuple[str, str]:
    if error.resource != "namespaces":
        return _as_said(error, about)
    return f"namespace {error.name} is not there", "create it, unless something is about to"


def _not_served(error: KindNotServed, about: _About) -> tuple[str, str]:
    if not about.ref:
        return _as_said(error, about)
    ref = about.ref
    return f"{ref.kind} of {ref.api_version} is not served here", "install what defines it"


def quoted(text: str) -> str:
    """Return what the API server says on one line; of a long text, both ends."""
    line = " ".join(text.split())
    half = MOST // 2
    return line if len(line) <= MOST else f"{line[:half]} … {line[-half:]}"


def listed(parts: Iterable[str]) -> str:
    """Name the first few, and count the others."""
    found = list(parts)
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return ", ".join(found[:NAMED]) + more


def _rule_of(cause: Cause) -> str:
    """What a cause says of the field, without the new value or a comparison of the two."""
    line = cause.message.partition("\n")[0]
    return quoted(
        line.removeprefix("Forbidden: ")
        if cause.reason.endswith("Forbidden")
        else line.rpartition(": ")[2]
    )


_Words: TypeAlias = Callable[[Any, _About], tuple[str, str]]

_WORDS: Mapping[type, _Words] = {
    AdmissionDenied: _denied,
    FieldConflict: _claimed,
    Forbidden: _forbidden,
    Immutable: _immutable,
    Invalid: _invalid,
    KindNotServed: _not_served,
    Missing: _missing,
    QuotaExceeded: _quota,
    Terminating: _terminating,
    TooLarge: _too_large,
    Unauthorized: _unauthorized,
    Unsupported: _unsupported,
    WebhookUnavailable: _no_answer,
}
