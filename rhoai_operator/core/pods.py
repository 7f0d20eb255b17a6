"""Why is this pod not Ready? The worst cause, in words that say what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import IntEnum
from types import MappingProxyType
from typing import TypeAlias

from rhoai_operator.core.assessment import Fields, conditions, is_true, mapping
from rhoai_operator.core.containers import Cause, container_cause
from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.quoting import reason_word, said

__all__ = ["NO_WARNINGS", "Cause", "worst_cause"]

NO_WARNINGS: Mapping[str, str] = MappingProxyType({})

_ROOM = "add nodes or free resources"
_CONDITIONS: Mapping[str, str] = MappingProxyType({
    "Unschedulable": _ROOM,
    "SchedulingGated": "it starts when what has gated it lets it go",
    "ReadinessGatesNotReady": "its containers are ready, its readiness gates are not",
})  # fmt: skip
"""Reason of a pod's condition that is a cause of its own -> the next step."""

_EVENTS: Mapping[str, str] = MappingProxyType({
    "FailedAttachVolume": "check the volume and its driver",
    "FailedCreatePodSandBox": "check its node's network plugin",
    "FailedMount": "create what the volume refers to, or correct the reference",
    "FailedScheduling": _ROOM,
})  # fmt: skip
"""Warnings of before any container runs -> the next step. Where one does, they are history."""

_SAYS_NOTHING = frozenset({"BackOff"}) | _EVENTS.keys()
"""Warnings that add nothing to a cause that is known without them."""


class _Rank(IntEnum):
    """Which cause is told first."""

    STUCK = 0
    CLEAR = 1
    WARNED = 2
    VAGUE = 3
    ENDED = 4


_Found: TypeAlias = tuple[_Rank, Cause]


def worst_cause(
    pods: Iterable[Manifest], warnings: Mapping[str, str] = NO_WARNINGS
) -> Cause | None:
    """Return what keeps the worst of ``pods`` from being Ready, None if all are Ready.

    Pods that are being deleted do not count; what became of those that ended is told only where
    the others have nothing to tell.

    Args:
        pods: in any order; it does not matter to the answer.
        warnings: uid of a pod -> its newest Event of type Warning, as ``Reason: message (x5)``.
            It explains a pod that says nothing clearer itself, else follows what that says
            unless it is the same again.
    """
    found = [
        cause
        for pod in pods
        if "deletionTimestamp" not in pod["metadata"]
        for cause in _causes(pod, warnings.get(pod["metadata"].get("uid", ""), ""))
    ]
    return min(found, key=lambda f: (f[0], f[1].message), default=(_Rank.ENDED, None))[1]


def _causes(pod: Manifest, warning: str) -> Iterator[_Found]:
    name, status = pod["metadata"]["name"], mapping(pod.get("status"))
    if status.get("phase") == "Succeeded" or is_true(conditions(status).get("Ready")):
        return
    clear = [*_conditions(name, status), *_containers(name, status)]
    if status.get("phase") == "Failed":
        yield from ((_Rank.ENDED, cause) for cause in _ended(name, status, clear))
    elif clear:
        for cause in clear:
            yield _Rank.STUCK if cause.stuck else _Rank.CLEAR, _with(cause, warning)
    elif warning:
        yield _Rank.WARNED, _warned(name, warning)
    else:
        yield from ((_Rank.VAGUE, cause) for cause in _vague(name, status))


def _conditions(name: str, status: Fields) -> Iterator[Cause]:
    for condition in conditions(status).values():
        reason = condition.get("reason", "")
        if next_step := _CONDITIONS.get(reason):
            text = f"pod {name}: {said(reason, condition.get('message'))}; {next_step}"
            yield Cause(reason, text, stuck=False)


def _containers(name: str, status: Fields) -> Iterator[Cause]:
    for field, init in (("initContainerStatuses", True), ("containerStatuses", False)):
        found = (container_cause(name, c, init=init) for c in status.get(field) or ())
        yield from filter(None, found)


def _ended(name: str, status: Fields, clear: list[Cause]) -> Iterator[Cause]:
    """Tell how a pod in phase Failed came to that: evicted and the like, else by its containers."""
    reason = reason_word(status.get("reason"))
    if reason or not clear:
        text = said(reason or "Failed", status.get("message"))
        yield Cause(reason or "PodFailed", f"pod {name}: {text}", stuck=False)
    else:
        yield from clear


def _vague(name: str, status: Fields) -> Iterator[Cause]:
    ready = conditions(status).get("Ready")
    if ready is None:
        return
    text = said(ready.get("reason"), ready.get("message"))
    cause = text or "not Ready, though its containers are; check that its node is up"
    yield Cause(reason_word(ready.get("reason")) or "PodNotReady", f"pod {name}: {cause}", False)


def _warned(name: str, warning: str) -> Cause:
    reason = warning.partition(":")[0]
    next_step = f"; {_EVENTS[reason]}" if reason in _EVENTS else ""
    return Cause(reason_word(reason), f"pod {name}: {warning}{next_step}", stuck=False)


def _with(cause: Cause, warning: str) -> Cause:
    reason = warning.partition(":")[0]
    if not warning or reason in _SAYS_NOTHING or cause.reason in warning:
        return cause
    return replace(cause, message=f"{cause.message} ({warning})")
