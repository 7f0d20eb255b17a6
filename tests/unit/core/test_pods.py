from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.pods import Cause, worst_cause
from tests.manifests import an

RUNNING: dict[str, Any] = {"running": {}}
CRASHED = {"waiting": {"reason": "CrashLoopBackOff", "message": "told so"}}
STARTING = {"waiting": {"reason": "ContainerCreating"}}
EVICTED: dict[str, Any] = {
    "phase": "Failed",
    "reason": "Evicted",
    "message": "The node was low on memory.",
}
MOUNT = "FailedMount: MountVolume.SetUp failed for volume x (x5)"
PROBE = "Unhealthy: Readiness probe failed: connection refused (x5)"


def pod(name: str = "p", state: dict[str, Any] | None = None, **status: Any) -> Manifest:
    if state is not None:
        status["containerStatuses"] = [{"name": "c", "image": "reg/web:1", "state": state}]
    return an("Pod", name, metadata={"uid": f"uid-{name}"}, status=status)


def saying(kind: str, status: str, reason: str = "", message: str = "") -> dict[str, Any]:
    return {"conditions": [{"type": kind, "status": status, "reason": reason, "message": message}]}


UNSCHEDULABLE = saying("PodScheduled", "False", "Unschedulable", "0/3 nodes")
UNREADY = saying("Ready", "False", "ContainersNotReady", "containers with unready status: [c]")


def cause_of(*pods: Manifest, **warnings: str) -> Cause:
    found = worst_cause(pods, {f"uid-{name}": text for name, text in warnings.items()})
    assert found
    return found


@pytest.mark.parametrize(
    ("found", "reason", "says"),
    [
        pytest.param(
            pod(state=CRASHED), "CrashLoopBackOff", "pod p: container c: Crash", id="container"
        ),
        pytest.param(
            pod(initContainerStatuses=[{"name": "i", "state": CRASHED}], state=STARTING),
            "CrashLoopBackOff",
            "pod p: init container i: CrashLoopBackOff",
            id="init-container",
        ),
        pytest.param(
            pod(**UNSCHEDULABLE),
            "Unschedulable",
            "pod p: Unschedulable: 0/3 nodes; add nodes",
            id="unschedulable",
        ),
        pytest.param(
            pod(**saying("PodScheduled", "False", "SchedulingGated", "has gates")),
            "SchedulingGated",
            "pod p: SchedulingGated: has gates; it starts when",
            id="gated",
        ),
        pytest.param(
            pod(**saying("Ready", "False", "ReadinessGatesNotReady", "gate x is not there")),
            "ReadinessGatesNotReady",
            "gate x is not there; its containers are ready",
            id="readiness-gates",
        ),
        pytest.param(
            pod(state=STARTING, **UNREADY),
            "ContainersNotReady",
            "pod p: ContainersNotReady: containers with unready status: [c]",
            id="nothing-clearer",
        ),
        pytest.param(
            pod(**saying("Ready", "False")),
            "PodNotReady",
            "check that its node is up",
            id="node-is-silent",
        ),
        pytest.param(
            pod(**EVICTED), "Evicted", "pod p: Evicted: The node was low on memory.", id="evicted"
        ),
        pytest.param(
            pod(phase="Failed", state={"terminated": {"exitCode": 2}}),
            "ContainerFailed",
            "pod p: container c: ended with exit code 2",
            id="an-attempt-of-a-job",
        ),
        pytest.param(
            pod(**EVICTED, state={"terminated": {"exitCode": 2}}),
            "Evicted",
            "pod p: Evicted: The node",
            id="evicted-rather-than-what-it-ended-with",
        ),
        pytest.param(pod(phase="Failed"), "PodFailed", "pod p: Failed", id="failed-and-silent"),
    ],
)
def test_cause(found: Manifest, reason: str, says: str) -> None:
    cause = cause_of(found)
    assert (cause.reason, cause.stuck) == (reason, reason == "CrashLoopBackOff")
    assert says in cause.message


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(pod(**saying("Ready", "True")), id="ready"),
        pytest.param(pod(), id="no-status"),
        pytest.param(pod(state=STARTING), id="just-starting"),
        pytest.param(pod(phase="Succeeded", state=CRASHED), id="succeeded"),
        pytest.param(
            an("Pod", metadata={"deletionTimestamp": "t"}, status=EVICTED), id="being-deleted"
        ),
    ],
)
def test_no_cause(found: Manifest) -> None:
    assert worst_cause([found]) is None


@pytest.mark.parametrize(
    ("pods", "first"),
    [
        pytest.param([pod("a", **UNSCHEDULABLE), pod("b", CRASHED)], "pod b", id="stuck-first"),
        pytest.param([pod("b", CRASHED), pod("a", CRASHED)], "pod a", id="then-by-name"),
        pytest.param(
            [pod("a", STARTING, **UNREADY), pod("b", **UNSCHEDULABLE)], "pod b", id="vague-later"
        ),
        pytest.param(
            [pod("a", **EVICTED), pod("b", STARTING, **UNREADY)], "pod b", id="what-ended-last"
        ),
    ],
)
def test_the_worst_is_told_and_does_not_depend_on_order(pods: list[Manifest], first: str) -> None:
    one, other = cause_of(*pods), cause_of(*reversed(pods))
    assert one == other
    assert one.message.startswith(first)


@pytest.mark.parametrize(
    ("found", "warning", "reason", "says"),
    [
        pytest.param(
            pod(state=STARTING, **UNREADY),
            MOUNT,
            "FailedMount",
            f"pod p: {MOUNT}; create what the volume refers to, or correct the reference",
            id="explains-what-has-no-clearer-cause",
        ),
        pytest.param(
            pod(), "Odd: told so", "Odd", "pod p: Odd: told so", id="explains-a-silent-pod"
        ),
        pytest.param(
            pod(state=RUNNING),
            PROBE,
            "ContainerNotReady",
            "pod p: container c: running but not ready: its readiness probe does not pass yet "
            f"({PROBE})",
            id="follows-a-clear-cause",
        ),
    ],
)
def test_a_warning_is_quoted_once(found: Manifest, warning: str, reason: str, says: str) -> None:
    cause = cause_of(found, p=warning)
    assert cause == Cause(reason, says, stuck=False)


@pytest.mark.parametrize(
    ("found", "warning"),
    [
        pytest.param(pod(state=CRASHED), "BackOff: restarting failed container", id="backing-off"),
        pytest.param(
            pod(state=CRASHED), "Failed: Error: CrashLoopBackOff", id="says-the-same-again"
        ),
        pytest.param(pod(**UNSCHEDULABLE), "FailedScheduling: 0/3 nodes", id="scheduling"),
        pytest.param(pod(state=RUNNING), MOUNT, id="of-before-it-ran"),
        pytest.param(pod(**EVICTED), PROBE, id="of-before-it-ended"),
    ],
)
def test_a_warning_that_adds_nothing_is_left_out(found: Manifest, warning: str) -> None:
    assert cause_of(found, p=warning) == cause_of(found)


def test_a_warning_concerns_its_own_pod_only() -> None:
    assert cause_of(pod("a", **UNSCHEDULABLE), b=PROBE) == cause_of(pod("a", **UNSCHEDULABLE))
    assert worst_cause([pod(**saying("Ready", "True"))], {"uid-p": PROBE}) is None
