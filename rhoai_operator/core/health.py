"""Is this live object doing what its spec says? A pure reading of its status."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from rhoai_operator.core import health_rules, health_workloads
from rhoai_operator.core.assessment import Assessment, Health, Rule, in_progress, mapping
from rhoai_operator.core.backends import Backend, backends, has_endpoints
from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.pods import NO_WARNINGS, worst_cause

__all__ = ["Assessment", "Backend", "Health", "assess", "backends", "has_endpoints"]

_UNSEEN = in_progress("its controller has not seen the newest spec yet")


def assess(
    live: Manifest | None,
    pods: Iterable[Manifest] = (),
    warnings: Mapping[str, str] = NO_WARNINGS,
    *,
    served: bool | None = None,
    unbacked: Collection[Backend] = (),
) -> Assessment:
    """Judge one live object by its status.

    Args:
        live: the object as read from the API server, or None if it is not there.
        pods: the pods of a workload, to tell why it is not available.
        warnings: uid of a pod -> its newest warning, as ``worst_cause`` takes them.
        served: of a definition: whether the API server serves what it defines; None: not known.
        unbacked: of a webhook configuration: those of its ``backends`` without ready endpoints.

    Returns:
        ``InProgress`` whenever ``status.observedGeneration`` lags ``metadata.generation``:
        such a status describes an older spec and says nothing about this one. Kinds without a
        rule of their own are judged by the conditions that kstatus knows, and without any of
        those are Current as soon as they exist.
    """
    if live is None:
        return Assessment(Health.NOT_FOUND, "not there yet")
    if "deletionTimestamp" in live["metadata"]:
        return _terminating(live)
    verdict = _judged(live)
    if verdict.health is Health.CURRENT:
        return _surrounded(verdict, served, unbacked)
    own = (live,) if live["kind"] == "Pod" else ()
    return _explained(verdict, (*pods, *own), warnings)


def _judged(live: Manifest) -> Assessment:
    status, generation = mapping(live.get("status")), live["metadata"].get("generation")
    observed = status.get("observedGeneration")
    if generation and observed is not None and observed != generation:
        return _UNSEEN
    kind = (live["apiVersion"].rpartition("/")[0], live["kind"])
    rule = _RULES.get(kind, health_rules.any_kind)
    verdict = rule(mapping(live.get("spec")), status)
    unseen = generation and observed is None and kind in _OBSERVED
    return _UNSEEN if unseen and verdict.health is Health.CURRENT else verdict


def _terminating(live: Manifest) -> Assessment:
    if live["kind"] == "Namespace":
        return health_rules.ending_namespace(mapping(live.get("status")))
    holders = ", ".join(live["metadata"].get("finalizers") or ())
    held = f", held by finalizer {holders}" if holders else ""
    return Assessment(Health.TERMINATING, f"being deleted{held}")


def _surrounded(
    verdict: Assessment, served: bool | None, unbacked: Collection[Backend]
) -> Assessment:
    if served is False:
        return in_progress("not established yet")
    if unbacked:
        names = ", ".join(sorted(map("/".join, unbacked)))
        return in_progress(f"nobody answers yet behind Service {names}", "NoEndpoints")
    return verdict


def _explained(
    verdict: Assessment, pods: Iterable[Manifest], warnings: Mapping[str, str]
) -> Assessment:
    cause = worst_cause(pods, warnings)
    if cause is None:
        return verdict
    health = Health.FAILED if cause.stuck else verdict.health
    reason = cause.reason if cause.stuck or not verdict.reason else verdict.reason
    return Assessment(health, f"{verdict.message}: {cause.message}", reason)


_RULES: Mapping[tuple[str, str], Rule] = MappingProxyType({
    ("", "Namespace"): health_rules.namespace,
    ("", "PersistentVolumeClaim"): health_rules.volume_claim,
    ("", "Pod"): health_workloads.pod,
    ("", "Service"): health_rules.service,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): health_rules.definition,
    ("apiregistration.k8s.io", "APIService"): health_rules.api_service,
    ("apps", "DaemonSet"): health_workloads.daemon_set,
    ("apps", "Deployment"): health_workloads.deployment,
    ("apps", "StatefulSet"): health_workloads.stateful_set,
    ("autoscaling", "HorizontalPodAutoscaler"): health_rules.autoscaler,
    ("batch", "Job"): health_workloads.job,
    ("policy", "PodDisruptionBudget"): health_rules.disruption_budget,
})  # fmt: skip
"""Group and kind -> its rule. A CronJob needs none: it is Current however its Jobs end."""

_OBSERVED = frozenset({
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("policy", "PodDisruptionBudget"),
})  # fmt: skip
"""Kinds whose controllers always say what they have seen: no word means nothing seen."""
