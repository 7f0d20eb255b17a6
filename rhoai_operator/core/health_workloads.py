"""Health of what runs pods, by spec and status. Pure."""

from __future__ import annotations

from collections.abc import Mapping

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

_REFUSED: Mapping[str, str] = {
    "exceeded quota": "raise the ResourceQuota or free what counts in it",
    "must specify": "set what the ResourceQuota wants said, or add a LimitRange with defaults",
    "violates PodSecurity": "let the namespace's Pod Security labels allow it",
    "security context constraint": "let its ServiceAccount use one that allows it",
}
"""What an API server says that refuses a pod until somebody acts -> the next step."""


def deployment(spec: Fields, status: Fields) -> Assessment:
    """Current when all replicas are of the newest template and available, and no others left."""
    found, wanted = conditions(status), spec.get("replicas", 1)
    gap = _lag(status, wanted, updated=wanted) or _surplus(status, wanted, "old")
    refused = found.get("ReplicaFailure")
    if gap and refused and is_true(refused):
        return _replica_failure(gap, refused)
    progressing = found.get("Progressing", {})
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        text = f"{gap or 'not complete'}, {quote(progressing.get('message'))}"
        return failed(text, "ProgressDeadlineExceeded")
    if gap and spec.get("paused"):
        return in_progress(f"{gap}, its rollout is paused by spec.paused", "DeploymentPaused")
    return in_progress(gap) if gap else CURRENT


def stateful_set(spec: Fields, status: Fields) -> Assessment:
    """Like a Deployment; below the partition, and with OnDelete, older pods are meant to stay."""
    wanted = spec.get("replicas", 1)
    strategy = mapping(spec.get("updateStrategy"))
    partition = mapping(strategy.get("rollingUpdate")).get("partition") or 0
    updated = 0 if strategy.get("type") == "OnDelete" else max(wanted - partition, 0)
    gap = _lag(status, wanted, updated) or _surplus(status, wanted, "surplus")
    return in_progress(gap) if gap else CURRENT


def daemon_set(spec: Fields, status: Fields) -> Assessment:
    """Current when every node that wants a pod has an available one of the newest template."""
    wanted = status.get("desiredNumberScheduled", 0)
    keeps_old = mapping(spec.get("updateStrategy")).get("type") == "OnDelete"
    counted = {
        "availableReplicas": status.get("numberAvailable", 0),
        "updatedReplicas": status.get("updatedNumberScheduled", 0),
    }
    gap = _lag(counted, wanted, updated=0 if keeps_old else wanted)
    return in_progress(gap) if gap else CURRENT


def job(spec: Fields, status: Fields) -> Assessment:
    """Current when it is complete, or suspended as its spec wants."""
    found = conditions(status)
    if is_true(found.get("Complete")):
        return CURRENT
    for ending in filter(is_true, map(found.get, ("Failed", "FailureTarget"))):
        why = said(mapping(ending).get("reason"), mapping(ending).get("message"))
        text = f"failed: {why}; correct the cause, then delete the Job so that it runs again"
        return failed(text, mapping(ending).get("reason", ""))
    if spec.get("suspend"):
        return Assessment(Health.CURRENT, "suspended, as its spec says")
    missed = f", {status['failed']} attempts failed" if status.get("failed") else ""
    return in_progress(f"{status.get('succeeded', 0)}/{spec.get('completions', 1)} done{missed}")


def pod(_: Fields, status: Fields) -> Assessment:
    """Current when it is Ready, or ended well."""
    phase = status.get("phase", "Pending")
    if phase == "Succeeded" or is_true(conditions(status).get("Ready")):
        return CURRENT
    if phase == "Failed":
        return failed("failed", status.get("reason", ""))
    return in_progress(f"{phase}, not ready")


def _lag(status: Fields, wanted: int, updated: int) -> str:
    """Say which counter lags: available before updated, as users ask for it."""
    counters = {
        "available": (status.get("availableReplicas", 0), wanted),
        "updated": (status.get("updatedReplicas", 0), updated),
    }
    lagging = (f"{have}/{goal} {word}" for word, (have, goal) in counters.items() if have < goal)
    return next(lagging, "")


def _surplus(status: Fields, wanted: int, word: str) -> str:
    surplus = status.get("replicas", 0) - wanted
    return f"{surplus} {word} replicas terminating" if surplus > 0 else ""


def _replica_failure(gap: str, condition: Fields) -> Assessment:
    reason, message = condition.get("reason", ""), condition.get("message") or ""
    text = f"{gap}: {said(reason, message)}"
    for part, next_step in _REFUSED.items():
        if part in message:
            return failed(f"{text}; {next_step}", reason)
    return in_progress(text, reason)
