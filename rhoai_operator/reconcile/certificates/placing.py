"""Put what an issuer asks for into the desired state. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from rhoai_operator.core.certificates import Certificate, InvalidCertificate
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.inventory import apply_rank
from rhoai_operator.core.objects import COMPONENT_LABEL, DEFINITION, Manifest, ObjectRef

_COMMON_LABELS = ("app.kubernetes.io/part-of", "app.kubernetes.io/managed-by")


@dataclass(frozen=True, slots=True)
class Issue:
    """What an issuer asks for.

    Attributes:
        objects: to be added, without labels and owner.
        on_service: annotations that the Service needs.
        on_webhooks: annotations that need what calls it.
        bundle: what callers trust, encoded; empty if somebody else puts it there.
        next_due: when it will ask for something else; None if never.
    """

    objects: tuple[Manifest, ...] = ()
    on_service: Mapping[str, str] = field(default_factory=dict)
    on_webhooks: Mapping[str, str] = field(default_factory=dict)
    bundle: str = ""
    next_due: datetime | None = None


def place(
    desired: DesiredState, certificate: Certificate, service: Manifest, issue: Issue
) -> DesiredState:
    """Return the desired state with the issue in it, in apply order.

    Raises:
        InvalidCertificate: a template renders one of the objects as well, or an object listed
            as a webhook does not call the Service.
    """
    added = [_adopted(manifest, service) for manifest in issue.objects]
    known = {ObjectRef.of(manifest) for manifest in desired.objects}
    for manifest in added:
        if ObjectRef.of(manifest) in known:
            text = f"{ObjectRef.of(manifest)} is made by the operator"
            raise InvalidCertificate(f"{text} and rendered by a template; remove the template")
    change = _changes(certificate, service, issue)
    changed = [change(manifest) for manifest in desired.objects]
    ordered = sorted([*changed, *added], key=lambda m: apply_rank(ObjectRef.of(m)))
    folder = desired.sources.get(ObjectRef.of(service), "").partition("/")[0]
    sources = {ObjectRef.of(manifest): f"{folder}/component.yaml" for manifest in added}
    return replace(desired, objects=tuple(ordered), sources={**desired.sources, **sources})


def _changes(
    certificate: Certificate, service: Manifest, issue: Issue
) -> Callable[[Manifest], Manifest]:
    def change(manifest: Manifest) -> Manifest:
        if manifest is service:
            return _annotated(manifest, issue.on_service)
        if (manifest["kind"], manifest["metadata"]["name"]) in certificate.webhooks:
            return _annotated(_trusting(manifest, service, issue.bundle), issue.on_webhooks)
        return manifest

    return change


def _adopted(manifest: Manifest, service: Manifest) -> Manifest:
    """Give an object the Service's namespace, owner, and labels that say whose it is."""
    theirs = service["metadata"]
    labels = {
        key: value
        for key, value in theirs.get("labels", {}).items()
        if key.startswith(COMPONENT_LABEL) or key in _COMMON_LABELS
    }
    metadata = {**manifest["metadata"], "namespace": theirs["namespace"], "labels": labels}
    if owners := theirs.get("ownerReferences"):
        metadata["ownerReferences"] = owners
    return {**manifest, "metadata": metadata}


def _annotated(manifest: Manifest, annotations: Mapping[str, str]) -> Manifest:
    if not annotations:
        return manifest
    metadata = manifest["metadata"]
    merged = {**metadata.get("annotations", {}), **annotations}
    return {**manifest, "metadata": {**metadata, "annotations": merged}}


def _trusting(manifest: Manifest, service: Manifest, bundle: str) -> Manifest:
    """Return the object with this ``caBundle`` wherever it calls the Service; empty for none."""
    if manifest["kind"] == DEFINITION:
        spec = manifest["spec"]
        conversion = spec.get("conversion") or {}
        webhook = _in_namespace(conversion.get("webhook") or {}, service)
        (caller,) = _callers(manifest, service, [webhook], bundle)
        return {**manifest, "spec": {**spec, "conversion": {**conversion, "webhook": caller}}}
    callers = manifest.get("webhooks") or []
    return {**manifest, "webhooks": _callers(manifest, service, callers, bundle)}


def _callers(
    manifest: Manifest, service: Manifest, callers: list[Mapping[str, Any]], bundle: str
) -> list[Mapping[str, Any]]:
    where = (service["metadata"]["namespace"], service["metadata"]["name"])
    ours = [_called(caller) == where for caller in callers]
    if not any(ours):
        text = f"{ObjectRef.of(manifest)} does not call {ObjectRef.of(service)}"
        raise InvalidCertificate(f"{text}; correct certificates.webhooks in component.yaml")
    return [
        _with_bundle(caller, bundle) if mine else caller
        for caller, mine in zip(callers, ours, strict=True)
    ]


def _in_namespace(webhook: Mapping[str, Any], service: Manifest) -> Mapping[str, Any]:
    """Say where the Service of a conversion webhook is: the CRD's file cannot know."""
    config = webhook.get("clientConfig") or {}
    if "service" not in config:
        return webhook
    named = {"namespace": service["metadata"]["namespace"], **config["service"]}
    return {**webhook, "clientConfig": {**config, "service": named}}


def _called(caller: Mapping[str, Any]) -> tuple[str, str]:
    called = (caller.get("clientConfig") or {}).get("service") or {}
    return called.get("namespace", ""), called.get("name", "")


def _with_bundle(caller: Mapping[str, Any], bundle: str) -> Mapping[str, Any]:
    others = {k: v for k, v in caller["clientConfig"].items() if k != "caBundle"}
    trusted = {"caBundle": bundle} if bundle else {}
    return {**caller, "clientConfig": {**others, **trusted}}
