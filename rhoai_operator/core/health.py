"""Is this live object doing what its spec says? A pure reading of its status.

The words are kstatus's: Current, InProgress, Failed, Terminating, NotFound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.pods import worst_cause


class Health(StrEnum):
    """Where an object stands between its spec and its status."""

    CURRENT = "Current"
    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    TERMINATING = "Terminating"
    NOT_FOUND = "NotFound"


@dataclass(frozen=True, slots=True)
class Assessment:
    """A verdict and the fact it rests on, e.g. ``InProgress, "1/2 updated"``.

    ``reason`` is a CamelCase word for programs where there is a better one than the verdict.
    """

    health: Health
    message: str = ""
    reason: str = ""


def assess(live: Manifest | None, pods: Iterable[Manifest] = ()) -> Assessment:
    """Judge one live object by its status.

    Args:
        live: the whole object as read from the API server, or None if it is not there.
        pods: the pods of a workload, to tell why it is not available.

    Returns:
        ``InProgress`` whenever ``status.observedGeneration`` lags ``metadata.generation``:
        such a status describes an older spec and says nothing about this one. Kinds
        without a rule of their own are Current as soon as they exist.
    """
    if live is None:
        return Assessment(Health.NOT_FOUND, "not there yet")
    metadata, status = live["metadata"], live.get("status") or {}
    if "deletionTimestamp" in metadata:
        return Assessment(Health.TERMINATING, "being deleted")
    if status.get("observedGeneration", metadata.get("generation")) != metadata.get("generation"):
        return Assessment(Health.IN_PROGRESS, "its controller has not seen the newest spec yet")
    rule = _RULES.get(live["kind"])
    verdict = rule(live.get("spec") or {}, status) if rule else Assessment(Health.CURRENT)
    return verdict if verdict.health is Health.CURRENT else _explained(verdict, pods)


def _explained(verdict: Assessment, pods: Iterable[Manifest]) -> Assessment:
    cause = worst_cause(pods)
    if cause is None:
        return verdict
    health = Health.FAILED if cause.stuck else verdict.health
    return Assessment(health, f"{verdict.message}: {cause.message}", cause.reason)


def _deployment(spec: Mapping[str, Any], status: Mapping[str, Any]) -> Assessment:
    wanted = spec.get("replicas", 1)
    counters = {
        "updated": status.get("updatedReplicas", 0),
        "available": status.get("availableReplicas", 0),
    }
    lagging = [f"{have}/{wanted} {word}" for word, have in counters.items() if have < wanted]
    for condition in status.get("conditions", ()):
        if condition.get("reason") == "ProgressDeadlineExceeded":
            text = f"{lagging[-1] if lagging else 'not complete'}, {condition.get('message', '')}"
            return Assessment(Health.FAILED, text, "ProgressDeadlineExceeded")
    if lagging:
        return Assessment(Health.IN_PROGRESS, lagging[-1])
    surplus = status.get("replicas", 0) - wanted
    if surplus > 0:
        return Assessment(Health.IN_PROGRESS, f"{surplus} old replicas terminating")
    return Assessment(Health.CURRENT)


def _definition(_: Mapping[str, Any], status: Mapping[str, Any]) -> Assessment:
    conditions = {c["type"]: c for c in status.get("conditions") or ()}
    names = conditions.get("NamesAccepted", {})
    if names.get("status") == "False":
        return Assessment(Health.FAILED, names.get("message", ""), "NamesNotAccepted")
    if conditions.get("Established", {}).get("status") == "True":
        return Assessment(Health.CURRENT)
    return Assessment(Health.IN_PROGRESS, "not established yet")


_RULES: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Assessment]] = {
    "CustomResourceDefinition": _definition,
    "Deployment": _deployment,
}
