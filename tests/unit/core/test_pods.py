from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.pods import Cause, worst_cause
from tests.manifests import an

RUNNING: dict[str, Any] = {"running": {}}
ENDED = {"terminated": {"exitCode": 3}}


def pod(name: str = "p", *, init: bool = False, **container: Any) -> Manifest:
    status = {"name": "c", "image": "reg/web:1", **container}
    return an(
        "Pod", name, status={"initContainerStatuses" if init else "containerStatuses": [status]}
    )


def waiting(reason: str, name: str = "p", **fields: Any) -> Manifest:
    return pod(name, state={"waiting": {"reason": reason, "message": "told so"}}, **fields)


def unschedulable(name: str = "p") -> Manifest:
    condition = {"type": "PodScheduled", "reason": "Unschedulable", "message": "0/3 nodes"}
    return an("Pod", name, status={"conditions": [condition]})


CRASHING = waiting("CrashLoopBackOff", restartCount=7, lastState=ENDED)


@pytest.mark.parametrize(
    ("found", "reason", "stuck", "says"),
    [
        pytest.param(
            waiting("ImagePullBackOff"),
            "ImagePullBackOff",
            True,
            "pod p: container c: ImagePullBackOff on image reg/web:1; check that the image exists",
            id="unpullable",
        ),
        pytest.param(
            waiting("ErrImagePull", init=True),
            "ErrImagePull",
            True,
            "reg/web:1",
            id="init-container",
        ),
        pytest.param(
            waiting("InvalidImageName"),
            "InvalidImageName",
            True,
            "correct the image",
            id="image-name",
        ),
        pytest.param(
            CRASHING,
            "CrashLoopBackOff",
            True,
            "CrashLoopBackOff (exit code 3, 7 restarts); read its log with `kubectl logs",
            id="crashing",
        ),
        pytest.param(
            waiting("CreateContainerConfigError"),
            "CreateContainerConfigError",
            True,
            "(told so); create what the container refers to",
            id="config",
        ),
        pytest.param(
            pod(state=ENDED), "ContainerFailed", False, "ended with exit code 3", id="ended"
        ),
        pytest.param(
            pod(state=RUNNING, ready=False),
            "ContainerNotReady",
            False,
            "running but not ready",
            id="unready",
        ),
        pytest.param(
            unschedulable(),
            "Unschedulable",
            False,
            "pod p: Unschedulable: 0/3 nodes; add nodes",
            id="unschedulable",
        ),
    ],
)
def test_cause(found: Manifest, reason: str, stuck: bool, says: str) -> None:
    cause = worst_cause([found])
    assert cause
    assert (cause.reason, cause.stuck) == (reason, stuck)
    assert says in cause.message


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(pod(state=RUNNING, ready=True), id="ready"),
        pytest.param(an("Pod"), id="no-status"),
        pytest.param(waiting("ContainerCreating"), id="just-starting"),
        pytest.param(pod(state={"terminated": {"exitCode": 0}}), id="ended-well"),
        pytest.param(
            an("Pod", status={**CRASHING["status"], "phase": "Succeeded"}), id="succeeded"
        ),
        pytest.param(
            an("Pod", metadata={"deletionTimestamp": "t"}, status=CRASHING["status"]),
            id="being-deleted",
        ),
    ],
)
def test_no_cause(found: Manifest) -> None:
    assert worst_cause([found]) is None


@pytest.mark.parametrize(
    ("pods", "first"),
    [
        pytest.param([unschedulable("a"), waiting("ErrImagePull", "b")], "pod b", id="stuck-first"),
        pytest.param(
            [waiting("ErrImagePull", "b"), waiting("ErrImagePull", "a")], "pod a", id="name"
        ),
    ],
)
def test_the_worst_is_told_and_does_not_depend_on_order(pods: list[Manifest], first: str) -> None:
    one, other = worst_cause(pods), worst_cause(reversed(pods))
    assert isinstance(one, Cause)
    assert one == other
    assert one.message.startswith(first)
