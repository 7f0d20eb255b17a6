"""A workload is Current only when its newest spec is fully rolled out."""

from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.assessment import CURRENT, Assessment, Health, failed, in_progress
from rhoai_operator.core.health_workloads import daemon_set, deployment, job, pod, stateful_set

READY = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
DEADLINE = {"type": "Progressing", "reason": "ProgressDeadlineExceeded", "message": "too slow"}
QUOTA = 'pods "web-1-x" is forbidden: exceeded quota: few, requested: pods=1, used: pods=1'
SECURITY = 'pods "web-1-x" is forbidden: violates PodSecurity "restricted:latest": privileged'


def refused(message: str, status: str = "True") -> dict[str, str]:
    condition = {"type": "ReplicaFailure", "status": status, "reason": "FailedCreate"}
    return condition | {"message": message}


def lacking(*conditions: dict[str, str]) -> dict[str, Any]:
    return READY | {"availableReplicas": 1, "conditions": list(conditions)}


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        pytest.param(READY, CURRENT, id="rolled-out"),
        pytest.param({}, in_progress("0/2 available"), id="no-status-yet"),
        pytest.param(lacking(), in_progress("1/2 available"), id="not-available"),
        pytest.param(READY | {"updatedReplicas": 1}, in_progress("1/2 updated"), id="not-updated"),
        pytest.param(
            READY | {"replicas": 3}, in_progress("1 old replicas terminating"), id="surplus"
        ),
        pytest.param(
            lacking(DEADLINE),
            failed("1/2 available, too slow", "ProgressDeadlineExceeded"),
            id="deadline",
        ),
        pytest.param(
            READY | {"conditions": [DEADLINE]},
            failed("not complete, too slow", "ProgressDeadlineExceeded"),
            id="deadline-for-another-reason",
        ),
        pytest.param(
            lacking(refused(QUOTA)),
            failed(
                f"1/2 available: FailedCreate: {QUOTA}; "
                "raise the ResourceQuota or free what counts in it",
                "FailedCreate",
            ),
            id="quota",
        ),
        pytest.param(
            lacking(DEADLINE, refused(SECURITY)),
            failed(
                f"1/2 available: FailedCreate: {SECURITY}; "
                "let the namespace's Pod Security labels allow it",
                "FailedCreate",
            ),
            id="pod-security-rather-than-deadline",
        ),
        pytest.param(
            lacking(refused("serviceaccount x not found")),
            in_progress("1/2 available: FailedCreate: serviceaccount x not found", "FailedCreate"),
            id="other-refusals-may-pass",
        ),
        pytest.param(
            lacking(refused(QUOTA, "False")), in_progress("1/2 available"), id="no-longer-refused"
        ),
        pytest.param(READY | {"conditions": [refused(QUOTA)]}, CURRENT, id="refused-but-all-there"),
    ],
)
def test_deployment(status: dict[str, Any], verdict: Assessment) -> None:
    assert deployment({"replicas": 2}, status) == verdict


def test_one_replica_is_the_default() -> None:
    one = {"updatedReplicas": 1, "availableReplicas": 1}
    assert deployment({}, one) == stateful_set({}, one) == CURRENT


def test_a_paused_rollout_says_so() -> None:
    assert deployment({"replicas": 2, "paused": True}, READY) == CURRENT
    found = deployment({"replicas": 2, "paused": True}, READY | {"updatedReplicas": 1})
    assert found == in_progress(
        "1/2 updated, its rollout is paused by spec.paused", "DeploymentPaused"
    )


ON_DELETE = {"type": "OnDelete"}


def rolling(partition: int) -> dict[str, Any]:
    return {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}


@pytest.mark.parametrize(
    ("strategy", "status", "verdict"),
    [
        pytest.param({}, READY, CURRENT, id="rolled-out"),
        pytest.param({}, {}, in_progress("0/2 available"), id="no-status-yet"),
        pytest.param(
            rolling(0), READY | {"updatedReplicas": 1}, in_progress("1/2 updated"), id="updating"
        ),
        pytest.param(rolling(1), READY | {"updatedReplicas": 1}, CURRENT, id="to-the-partition"),
        pytest.param(
            rolling(1),
            READY | {"updatedReplicas": 0},
            in_progress("0/1 updated"),
            id="not-to-the-partition",
        ),
        pytest.param(rolling(5), READY | {"updatedReplicas": 0}, CURRENT, id="all-partitioned"),
        pytest.param(ON_DELETE, READY | {"updatedReplicas": 0}, CURRENT, id="on-delete"),
        pytest.param(
            ON_DELETE,
            READY | {"availableReplicas": 0},
            in_progress("0/2 available"),
            id="on-delete-not-available",
        ),
        pytest.param(
            {}, READY | {"replicas": 3}, in_progress("1 surplus replicas terminating"), id="surplus"
        ),
    ],
)
def test_stateful_set(
    strategy: dict[str, Any], status: dict[str, Any], verdict: Assessment
) -> None:
    assert stateful_set({"replicas": 2, "updateStrategy": strategy}, status) == verdict


SPREAD = {"desiredNumberScheduled": 3, "numberAvailable": 3, "updatedNumberScheduled": 3}


@pytest.mark.parametrize(
    ("strategy", "status", "verdict"),
    [
        pytest.param({}, SPREAD, CURRENT, id="rolled-out"),
        pytest.param({}, {"desiredNumberScheduled": 0}, CURRENT, id="no-node-wants-one"),
        pytest.param(
            {}, {"desiredNumberScheduled": 1}, in_progress("0/1 available"), id="none-yet"
        ),
        pytest.param(
            {}, SPREAD | {"numberAvailable": 1}, in_progress("1/3 available"), id="not-available"
        ),
        pytest.param(
            {}, SPREAD | {"updatedNumberScheduled": 2}, in_progress("2/3 updated"), id="updating"
        ),
        pytest.param(ON_DELETE, SPREAD | {"updatedNumberScheduled": 0}, CURRENT, id="on-delete"),
    ],
)
def test_daemon_set(strategy: dict[str, Any], status: dict[str, Any], verdict: Assessment) -> None:
    assert daemon_set({"updateStrategy": strategy}, status) == verdict


def ended(kind: str, reason: str = "BackoffLimitExceeded") -> dict[str, Any]:
    condition = {"type": kind, "status": "True", "reason": reason, "message": "too often"}
    return {"conditions": [condition]}


FAILED = failed(
    "failed: BackoffLimitExceeded: too often; "
    "correct the cause, then delete the Job so that it runs again",
    "BackoffLimitExceeded",
)


@pytest.mark.parametrize(
    ("spec", "status", "verdict"),
    [
        pytest.param({}, {}, in_progress("0/1 done"), id="new"),
        pytest.param(
            {"completions": 3},
            {"succeeded": 1, "failed": 2},
            in_progress("1/3 done, 2 attempts failed"),
            id="running",
        ),
        pytest.param({}, ended("Complete", "CompletionsReached"), CURRENT, id="complete"),
        pytest.param({}, ended("Failed"), FAILED, id="failed"),
        pytest.param({}, ended("FailureTarget"), FAILED, id="about-to-fail"),
        pytest.param(
            {"suspend": True},
            ended("Suspended"),
            Assessment(Health.CURRENT, "suspended, as its spec says"),
            id="suspended",
        ),
        pytest.param({"suspend": True}, ended("Failed"), FAILED, id="suspended-after-it-failed"),
        pytest.param(
            {}, ended("Suspended"), in_progress("0/1 done"), id="no-longer-to-be-suspended"
        ),
    ],
)
def test_job(spec: dict[str, Any], status: dict[str, Any], verdict: Assessment) -> None:
    assert job(spec, status) == verdict


def ready(status: str) -> dict[str, Any]:
    return {"phase": "Running", "conditions": [{"type": "Ready", "status": status}]}


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        pytest.param(ready("True"), CURRENT, id="ready"),
        pytest.param(ready("False"), in_progress("Running, not ready"), id="unready"),
        pytest.param({}, in_progress("Pending, not ready"), id="new"),
        pytest.param({"phase": "Succeeded"}, CURRENT, id="ended-well"),
        pytest.param(
            {"phase": "Failed", "reason": "Evicted"}, failed("failed", "Evicted"), id="evicted"
        ),
    ],
)
def test_pod(status: dict[str, Any], verdict: Assessment) -> None:
    assert pod({}, status) == verdict
