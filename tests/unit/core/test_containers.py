from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.containers import container_cause

RUNNING: dict[str, Any] = {"running": {}}
ENDED = {"terminated": {"exitCode": 3}}
KILLED = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
LIMITED = {"limits": {"memory": "64Mi"}}
NOT_FOUND = 'rpc error: code = NotFound desc = "reg/web:1": not found'


def waiting(reason: str, message: str = "told so") -> dict[str, Any]:
    return {"waiting": {"reason": reason, "message": message}}


@pytest.mark.parametrize(
    ("status", "reason", "stuck", "says"),
    [
        pytest.param(
            {"state": waiting("ImagePullBackOff", 'Back-off pulling image "reg/web:1"')},
            "ImagePullBackOff",
            True,
            "pod p: container c: ImagePullBackOff on image reg/web:1; check that the image exists",
            id="unpullable",
        ),
        pytest.param(
            {
                "state": waiting(
                    "ImagePullBackOff", f'Back-off pulling "x": ErrImagePull: {NOT_FOUND}'
                )
            },
            "ImagePullBackOff",
            True,
            f"on image reg/web:1 ({NOT_FOUND}); check",
            id="unpullable-and-why",
        ),
        pytest.param(
            {"state": waiting("ErrImagePull", NOT_FOUND)},
            "ErrImagePull",
            True,
            f"on image reg/web:1 ({NOT_FOUND}); check",
            id="unpullable-just-now",
        ),
        pytest.param(
            {"state": waiting("InvalidImageName")},
            "InvalidImageName",
            True,
            "correct the image",
            id="image-name",
        ),
        pytest.param(
            {"state": waiting("CrashLoopBackOff"), "restartCount": 7, "lastState": ENDED},
            "CrashLoopBackOff",
            True,
            "CrashLoopBackOff (exit code 3, 7 restarts); read its log with `kubectl logs --prev",
            id="crashing",
        ),
        pytest.param(
            {
                "state": waiting("CrashLoopBackOff"),
                "restartCount": 7,
                "lastState": KILLED,
                "resources": LIMITED,
            },
            "OOMKilled",
            True,
            "OOMKilled (memory limit 64Mi, 7 restarts); raise its memory limit",
            id="out-of-memory-again-and-again",
        ),
        pytest.param(
            {"state": RUNNING, "ready": False, "restartCount": 1, "lastState": KILLED},
            "OOMKilled",
            False,
            "running again after OOMKilled (1 restarts); raise",
            id="out-of-memory-and-running-again",
        ),
        pytest.param(
            {"state": KILLED},
            "OOMKilled",
            False,
            "OOMKilled (0 restarts); raise",
            id="out-of-memory",
        ),
        pytest.param(
            {"state": waiting("CreateContainerConfigError")},
            "CreateContainerConfigError",
            True,
            "(told so); create what the container refers to",
            id="config",
        ),
        pytest.param(
            {"state": waiting("CreateContainerError"), "lastState": KILLED},
            "CreateContainerError",
            True,
            "CreateContainerError (exit code 137, 0 restarts); create what",
            id="out-of-memory-and-then-worse",
        ),
        pytest.param(
            {"state": waiting("PostStartHookError")},
            "PostStartHookError",
            False,
            "pod p: container c: PostStartHookError (told so)",
            id="other-reasons-are-quoted",
        ),
        pytest.param(
            {"state": waiting("no word at all")},
            "ContainerWaiting",
            False,
            "no word at all (told so)",
            id="a-reason-that-is-no-word",
        ),
        pytest.param(
            {"state": ENDED},
            "ContainerFailed",
            False,
            "ended with exit code 3; read its log with `kubectl logs`",
            id="ended",
        ),
        pytest.param(
            {"state": RUNNING, "ready": False, "started": True},
            "ContainerNotReady",
            False,
            "running but not ready: its readiness probe does not pass yet",
            id="unready",
        ),
        pytest.param(
            {"state": RUNNING, "ready": False, "started": False},
            "ContainerNotReady",
            False,
            "its startup probe does not pass yet",
            id="starting-up",
        ),
        pytest.param(
            {"state": RUNNING, "ready": False, "restartCount": 2, "lastState": ENDED},
            "ContainerNotReady",
            False,
            "running but not ready after it ended with exit code 3, 2 restarts: its",
            id="unready-after-a-crash",
        ),
    ],
)
def test_cause(status: dict[str, Any], reason: str, stuck: bool, says: str) -> None:
    cause = container_cause("p", {"name": "c", "image": "reg/web:1", **status})
    assert cause
    assert (cause.reason, cause.stuck) == (reason, stuck)
    assert says in cause.message


@pytest.mark.parametrize(
    "status",
    [
        pytest.param({}, id="no-state"),
        pytest.param({"state": RUNNING, "ready": True}, id="ready"),
        pytest.param({"state": waiting("ContainerCreating")}, id="just-starting"),
        pytest.param({"state": waiting("PodInitializing")}, id="behind-init-containers"),
        pytest.param({"state": {"terminated": {"exitCode": 0}}}, id="ended-well"),
    ],
)
def test_no_cause(status: dict[str, Any]) -> None:
    assert container_cause("p", {"name": "c", **status}) is None


def test_an_init_container_is_never_ready_while_it_runs() -> None:
    cause = container_cause("p", {"name": "c", "state": RUNNING, "ready": False}, init=True)
    assert cause
    assert (cause.reason, cause.stuck) == ("PodInitializing", False)
    assert cause.message == "pod p: init container c: still running"
