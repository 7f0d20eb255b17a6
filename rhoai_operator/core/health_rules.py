"""Health of kinds that run no pods, by spec and status. Pure."""

from __future__ import annotations

from rhoai_operator.core.assessment import (
    CURRENT,
    Assessment,
    Fields,
    Health,
    conditions,
    failed,
    in_progress,
    is_true,
    mapping,
)
from rhoai_operator.core.quoting import quote, said


def definition(_: Fields, status: Fields) -> Assessment:
    """Current when established; also where only metadata is known, see ``assess``'s ``served``."""
    found = conditions(status)
    names = found.get("NamesAccepted", {})
    if names.get("status") == "False":
        return failed(quote(names.get("message")), "NamesNotAccepted")
    if "conditions" not in status or is_true(found.get("Established")):
        return CURRENT
    return in_progress("not established yet")


def volume_claim(spec: Fields, status: Fields) -> Assessment:
    """Current when bound. Where a class waits for the first consumer, that takes a pod."""
    phase = status.get("phase", "Pending")
    if phase == "Bound":
        return CURRENT
    if phase == "Lost":
        text = "lost its volume; restore the PersistentVolume, or delete the claim to get a new one"
        return failed(text, "ClaimLost")
    name = spec.get("storageClassName")
    if name:
        text = f"check that StorageClass {name} exists and has a provisioner (where it waits for "
        text += "the first consumer, a pod that uses the claim has to be scheduled)"
    elif name is None:
        text = "it names no StorageClass, and the cluster needs a default one for that"
    else:
        text = "its StorageClass is empty, so it needs a PersistentVolume that fits"
    return in_progress(f"{phase}, not bound to a volume yet; {text}")


def api_service(_: Fields, status: Fields) -> Assessment:
    """Current when what it forwards to answers."""
    available = conditions(status).get("Available", {})
    if is_true(available):
        return CURRENT
    why = said(available.get("reason"), available.get("message"))
    return in_progress(f"not available: {why or 'not checked yet'}", available.get("reason", ""))


def service(spec: Fields, status: Fields) -> Assessment:
    """Current, but one of type LoadBalancer only with an address."""
    address = mapping(status.get("loadBalancer")).get("ingress")
    if spec.get("type") != "LoadBalancer" or address:
        return CURRENT
    return in_progress("no address yet; the cluster needs a provider of load balancers")


def disruption_budget(_: Fields, status: Fields) -> Assessment:
    """Current when its controller can tell what it covers, whatever it allows just now."""
    allowed = conditions(status).get("DisruptionAllowed", {})
    if allowed.get("reason") == "SyncFailed":
        return in_progress(f"not in force: {quote(allowed.get('message'))}", "SyncFailed")
    return CURRENT


def autoscaler(_: Fields, status: Fields) -> Assessment:
    """Current when its target can be scaled; metrics that lack are told, and no more."""
    found = conditions(status)
    able, active = found.get("AbleToScale", {}), found.get("ScalingActive", {})
    if able.get("status") == "False":
        text = f"cannot scale: {said(able.get('reason'), able.get('message'))}"
        return in_progress(text, able.get("reason", ""))
    if active.get("status") == "False":
        text = f"does not scale: {said(active.get('reason'), active.get('message'))}"
        return Assessment(Health.CURRENT, text)
    return CURRENT


def namespace(_: Fields, status: Fields) -> Assessment:
    """Current unless it is being deleted."""
    return CURRENT if status.get("phase", "Active") == "Active" else ending_namespace(status)


def ending_namespace(status: Fields) -> Assessment:
    """Say what keeps a namespace that is being deleted: what is left, and whose finalizers."""
    left = [
        quote(condition.get("message"))
        for kind, condition in sorted(conditions(status).items())
        if kind.startswith("Namespace") and is_true(condition)
    ]
    return Assessment(Health.TERMINATING, ": ".join(["being deleted", *left[:2]]))


def any_kind(_: Fields, status: Fields) -> Assessment:
    """Read the conditions that kstatus knows; without any of them, Current."""
    found = conditions(status)
    if is_true(reconciling := found.get("Reconciling")):
        return _quoted(Health.IN_PROGRESS, mapping(reconciling), "reconciling")
    if is_true(stalled := found.get("Stalled")):
        return _quoted(Health.FAILED, mapping(stalled), "stalled")
    ready = found.get("Ready")
    if ready is None or is_true(ready):
        return CURRENT
    return _quoted(Health.IN_PROGRESS, ready, "not ready")


def _quoted(health: Health, condition: Fields, word: str) -> Assessment:
    text = f"{word}: {said(condition.get('reason'), condition.get('message'))}".removesuffix(": ")
    make = failed if health is Health.FAILED else in_progress
    return make(text, condition.get("reason", ""))
