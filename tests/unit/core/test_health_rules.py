from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.assessment import CURRENT, Assessment, Health, failed, in_progress
from rhoai_operator.core.health_rules import (
    any_kind,
    api_service,
    autoscaler,
    definition,
    disruption_budget,
    namespace,
    service,
    volume_claim,
)


def said(kind: str, status: str, reason: str = "Why", message: str = "told so") -> dict[str, Any]:
    return {"type": kind, "status": status, "reason": reason, "message": message}


def having(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"conditions": list(conditions)}


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        pytest.param(having(said("Established", "True")), CURRENT, id="established"),
        pytest.param({"conditions": None}, in_progress("not established yet"), id="new"),
        pytest.param(
            having(said("Established", "False")),
            in_progress("not established yet"),
            id="not-established",
        ),
        pytest.param({}, CURRENT, id="metadata-only"),
        pytest.param(
            having(said("Established", "True"), said("NamesAccepted", "False")),
            failed("told so", "NamesNotAccepted"),
            id="name-clash",
        ),
    ],
)
def test_definition(status: dict[str, Any], verdict: Assessment) -> None:
    assert definition({}, status) == verdict


@pytest.mark.parametrize(
    ("spec", "phase", "health", "says"),
    [
        pytest.param({"storageClassName": "fast"}, "Bound", Health.CURRENT, "", id="bound"),
        pytest.param(
            {"storageClassName": "fast"},
            "Pending",
            Health.IN_PROGRESS,
            "Pending, not bound to a volume yet; check that StorageClass fast exists",
            id="pending",
        ),
        pytest.param({}, "Pending", Health.IN_PROGRESS, "needs a default one", id="no-class"),
        pytest.param(
            {"storageClassName": ""},
            "Pending",
            Health.IN_PROGRESS,
            "needs a PersistentVolume that fits",
            id="class-is-empty",
        ),
        pytest.param({}, "Lost", Health.FAILED, "restore the PersistentVolume", id="lost"),
    ],
)
def test_volume_claim(spec: dict[str, Any], phase: str, health: Health, says: str) -> None:
    found = volume_claim(spec, {"phase": phase})
    assert found.health is health
    assert says in found.message


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        pytest.param(having(said("Available", "True", "Passed")), CURRENT, id="available"),
        pytest.param(
            having(said("Available", "False", "MissingEndpoints")),
            in_progress("not available: MissingEndpoints: told so", "MissingEndpoints"),
            id="nobody-answers",
        ),
        pytest.param({}, in_progress("not available: not checked yet"), id="new"),
    ],
)
def test_api_service(status: dict[str, Any], verdict: Assessment) -> None:
    assert api_service({}, status) == verdict


BALANCED = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}


@pytest.mark.parametrize(
    ("kind", "status", "health"),
    [
        pytest.param("ClusterIP", {"loadBalancer": {}}, Health.CURRENT, id="within-the-cluster"),
        pytest.param("LoadBalancer", {"loadBalancer": {}}, Health.IN_PROGRESS, id="no-address"),
        pytest.param("LoadBalancer", BALANCED, Health.CURRENT, id="with-address"),
    ],
)
def test_service(kind: str, status: dict[str, Any], health: Health) -> None:
    assert service({"type": kind}, status).health is health


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        pytest.param("SufficientPods", CURRENT, id="allows"),
        pytest.param("InsufficientPods", CURRENT, id="allows-none-just-now"),
        pytest.param(
            "SyncFailed", in_progress("not in force: told so", "SyncFailed"), id="cannot-tell"
        ),
    ],
)
def test_disruption_budget(reason: str, verdict: Assessment) -> None:
    status = having(said("DisruptionAllowed", "False", reason))
    assert disruption_budget({}, status) == verdict


ABLE = said("AbleToScale", "True")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        pytest.param({}, CURRENT, id="new"),
        pytest.param(having(ABLE, said("ScalingActive", "True")), CURRENT, id="scales"),
        pytest.param(
            having(said("AbleToScale", "False", "FailedGetScale")),
            in_progress("cannot scale: FailedGetScale: told so", "FailedGetScale"),
            id="no-target",
        ),
        pytest.param(
            having(ABLE, said("ScalingActive", "False", "FailedGetResourceMetric")),
            Assessment(Health.CURRENT, "does not scale: FailedGetResourceMetric: told so"),
            id="metrics-are-optional",
        ),
    ],
)
def test_autoscaler(status: dict[str, Any], verdict: Assessment) -> None:
    assert autoscaler({}, status) == verdict


LEFT = having(
    said("NamespaceFinalizersRemaining", "True", message="held by example.com/x in 1 object"),
    said("NamespaceContentRemaining", "True", message="pods. has 1 resource instances"),
    said("NamespaceDeletionContentFailure", "False", message="all content deleted"),
    said("Other", "True", message="none of our business"),
)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        pytest.param({"phase": "Active"}, CURRENT, id="active"),
        pytest.param({}, CURRENT, id="no-status"),
        pytest.param(
            {"phase": "Terminating"} | LEFT,
            Assessment(
                Health.TERMINATING,
                "being deleted: pods. has 1 resource instances: held by example.com/x in 1 object",
            ),
            id="says-what-is-left",
        ),
    ],
)
def test_namespace(status: dict[str, Any], verdict: Assessment) -> None:
    assert namespace({}, status) == verdict


READY = said("Ready", "True")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        pytest.param({}, CURRENT, id="no-conditions"),
        pytest.param(having(READY), CURRENT, id="ready"),
        pytest.param(
            having(said("Ready", "False")), in_progress("not ready: Why: told so", "Why"), id="not"
        ),
        pytest.param(
            having(said("Ready", "Unknown", "no word", "")),
            in_progress("not ready: no word"),
            id="unknown-and-no-reason",
        ),
        pytest.param(
            having(READY, said("Reconciling", "True")),
            in_progress("reconciling: Why: told so", "Why"),
            id="reconciling",
        ),
        pytest.param(
            having(said("Ready", "False"), said("Stalled", "True", "", "")),
            failed("stalled"),
            id="stalled",
        ),
        pytest.param(
            having(READY, said("Reconciling", "False"), said("Stalled", "False")),
            CURRENT,
            id="abnormal-conditions-that-do-not-hold",
        ),
        pytest.param(having(said("Available", "False")), CURRENT, id="others-say-nothing"),
    ],
)
def test_any_kind(status: dict[str, Any], verdict: Assessment) -> None:
    assert any_kind({}, status) == verdict
