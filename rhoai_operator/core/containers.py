"""Why is this container not ready? By its status, in words that say what to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rhoai_operator.core.assessment import Fields, mapping
from rhoai_operator.core.quoting import quote, reason_word


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
_LOG = "read its log with `kubectl logs`"
_CRASH = "read its log with `kubectl logs --previous`"
_MEMORY = "raise its memory limit, or find what uses the memory"
_NEXT_STEP: Mapping[str, str] = MappingProxyType({
    "ImagePullBackOff": _PULL,
    "ErrImagePull": _PULL,
    "ErrImageNeverPull": _PULL,
    "ImageInspectError": _PULL,
    "InvalidImageName": "correct the image reference",
    "CrashLoopBackOff": _CRASH,
    "CreateContainerConfigError": _CONFIG,
    "CreateContainerError": _CONFIG,
    "RunContainerError": _CRASH,
})  # fmt: skip
"""What a container waits with that is stuck -> the next step."""

_IMAGE_REASONS = frozenset({
    "ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "ImageInspectError",
    "InvalidImageName",
})  # fmt: skip
_STARTING = frozenset({"", "ContainerCreating", "PodInitializing"})
_OOM = "OOMKilled"


def container_cause(pod: str, status: Fields, *, init: bool = False) -> Cause | None:
    """Return what is wrong with one container; None if nothing is, or it only just starts.

    Args:
        pod: the pod's name.
        status: an item of the pod's ``containerStatuses``, or of its ``initContainerStatuses``.
        init: it is one of the latter.
    """
    state = mapping(status.get("state"))
    waiting, ended = mapping(state.get("waiting")), mapping(state.get("terminated"))
    where = f"pod {pod}: {'init ' if init else ''}container {status.get('name', '')}"
    if waiting.get("reason", "") not in _STARTING:
        return _waiting(where, status, waiting)
    if ended.get("exitCode"):
        return _ended(where, status, ended)
    if "running" in state and not status.get("ready"):
        return _unready(where, status, init=init)
    return None


def _waiting(where: str, status: Fields, waiting: Fields) -> Cause:
    reason, message = waiting["reason"], quote(waiting.get("message"))
    if reason in _IMAGE_REASONS:
        fact = f"{reason} on image {status.get('image', '')}{_pull_error(message)}"
        return Cause(reason, f"{where}: {fact}; {_NEXT_STEP[reason]}", stuck=True)
    if reason == "CrashLoopBackOff" and _last(status).get("reason") == _OOM:
        return Cause(_OOM, f"{where}: {_OOM} ({_memory(status)}); {_MEMORY}", stuck=True)
    fact = f"{reason} ({_last_exit(status) or message})"
    if next_step := _NEXT_STEP.get(reason):
        return Cause(reason, f"{where}: {fact}; {next_step}", stuck=True)
    return Cause(reason_word(reason) or "ContainerWaiting", f"{where}: {fact}", stuck=False)


def _pull_error(message: str) -> str:
    """Return what the registry said, which kubelets put behind that they wait with the next try."""
    if message.startswith("Back-off"):
        message = message.partition("ErrImagePull: ")[2]
    return f" ({message})" if message else ""


def _ended(where: str, status: Fields, ended: Fields) -> Cause:
    if ended.get("reason") == _OOM:
        return Cause(_OOM, f"{where}: {_OOM} ({_memory(status)}); {_MEMORY}", stuck=False)
    fact = f"ended with exit code {ended['exitCode']}"
    return Cause("ContainerFailed", f"{where}: {fact}; {_LOG}", stuck=False)


def _unready(where: str, status: Fields, *, init: bool) -> Cause:
    last = _last_exit(status)
    before = f" after it ended with {last}" if last else ""
    if _last(status).get("reason") == _OOM:
        text = f"{where}: running again after {_OOM} ({_memory(status)}); {_MEMORY}"
        return Cause(_OOM, text, stuck=False)
    if init:
        return Cause("PodInitializing", f"{where}: still running{before}", stuck=False)
    probe = "startup" if status.get("started") is False else "readiness"
    text = f"{where}: running but not ready{before}: its {probe} probe does not pass yet"
    return Cause("ContainerNotReady", text, stuck=False)


def _last(status: Fields) -> Fields:
    return mapping(mapping(status.get("lastState")).get("terminated"))


def _last_exit(status: Fields) -> str:
    if not (last := _last(status)):
        return ""
    return f"exit code {last.get('exitCode')}, {status.get('restartCount', 0)} restarts"


def _memory(status: Fields) -> str:
    limits = mapping(mapping(status.get("resources")).get("limits"))
    limit = f"memory limit {limits['memory']}, " if "memory" in limits else ""
    return f"{limit}{status.get('restartCount', 0)} restarts"
