"""Why is this pod not Ready? The worst cause, in words that say what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rhoai_operator.core.objects import Manifest


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that keeps a pod from being Ready.

    Attributes:
        reason: the kubelet's or scheduler's word, e.g. ``ImagePullBackOff``.
        message: pod, container, reason, the fact it rests on, and the next step.
        stuck: True when nothing will change unless somebody acts.
    """

    reason: str
    message: str
    stuck: bool


_PULL = "check that the image exists and that the nodes may pull it (pull secret, mirror, proxy)"
_CONFIG = "create what the container refers to, or correct the reference"
_CRASH = "read its log with `kubectl logs --previous`"
_NEXT_STEP = {
    "ImagePullBackOff": _PULL,
    "ErrImagePull": _PULL,
    "ErrImageNeverPull": _PULL,
    "InvalidImageName": "correct the image reference",
    "CrashLoopBackOff": _CRASH,
    "CreateContainerConfigError": _CONFIG,
    "CreateContainerError": _CONFIG,
    "RunContainerError": _CRASH,
}
_IMAGE_REASONS = frozenset(
    {"ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName"}
)


def worst_cause(pods: Iterable[Manifest]) -> Cause | None:
    """Return what keeps the worst of ``pods`` from being Ready, None if all are Ready.

    Pods that are being deleted do not count.
    """
    living = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    causes = [cause for pod in living for cause in _causes(pod)]
    return min(causes, key=lambda cause: (not cause.stuck, cause.message), default=None)


def _causes(pod: Manifest) -> Iterator[Cause]:
    status = pod.get("status") or {}
    if status.get("phase") == "Succeeded":
        return
    name = pod["metadata"]["name"]
    for condition in status.get("conditions") or ():
        if condition.get("reason") == "Unschedulable":
            text = f"pod {name}: Unschedulable: {condition.get('message', '')}"
            yield Cause("Unschedulable", f"{text}; add nodes or free resources", stuck=False)
    containers = [
        *(status.get("initContainerStatuses") or ()),
        *(status.get("containerStatuses") or ()),
    ]
    for container in containers:
        yield from _container_causes(name, container)


def _container_causes(pod: str, status: Mapping[str, Any]) -> Iterator[Cause]:
    state = status.get("state") or {}
    waiting, terminated = state.get("waiting") or {}, state.get("terminated") or {}
    reason = waiting.get("reason", "")
    where = f"pod {pod}: container {status['name']}"
    if reason in _NEXT_STEP:
        if reason in _IMAGE_REASONS:
            fact = f"{reason} on image {status.get('image', '')}"
        else:
            fact = f"{reason} ({_last_exit(status) or waiting.get('message', '')})"
        yield Cause(reason, f"{where}: {fact}; {_NEXT_STEP[reason]}", stuck=True)
    elif terminated.get("exitCode"):
        fact = f"ended with exit code {terminated['exitCode']}"
        yield Cause("ContainerFailed", f"{where}: {fact}; {_CRASH}", stuck=False)
    elif "running" in state and not status.get("ready"):
        step = "its readiness probe does not pass yet"
        yield Cause("ContainerNotReady", f"{where}: running but not ready: {step}", stuck=False)


def _last_exit(status: Mapping[str, Any]) -> str:
    ended = (status.get("lastState") or {}).get("terminated") or {}
    if not ended:
        return ""
    return f"exit code {ended.get('exitCode')}, {status.get('restartCount', 0)} restarts"
