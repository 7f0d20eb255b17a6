"""A refusal, from the API server to the condition and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.integration.refusals.steps import an, workload
from tests.running import Operator, View
from tests.wait import blocking_until

APPLICATIONS = "redhat-ods-applications"
HARD = {"count/deployments.apps": "0"}
QUOTA = an("ResourceQuota", "none", APPLICATIONS, spec={"hard": HARD})
SECONDS = 40.0

pytestmark = pytest.mark.needs("controllers")


@pytest.fixture
def quota(view: View) -> Iterator[Callable[[], object]]:
    """A quota that lets no Deployment in; call it to have it gone."""
    kubectl = view.cluster.kubectl
    kubectl("apply", "-f", "-", stdin=json.dumps(an("Namespace", APPLICATIONS)))
    kubectl("apply", "-f", "-", stdin=json.dumps(QUOTA))
    blocking_until(
        lambda: view.get("resourcequota", "none", APPLICATIONS).get("status", {}).get("used"),
        SECONDS,
        "the quota is counted",
    )

    def lift() -> object:
        return kubectl("delete", "resourcequota", "none", "-n", APPLICATIONS, "--ignore-not-found")

    yield lift
    lift()


def test_a_quota_is_named_and_gone_again(
    view: View, start: Callable[..., Operator], quota: Callable[[], object]
) -> None:
    start()
    view.dsc(ray="Managed")

    blocking_until(lambda: view.reason("RayReady") == "False/QuotaExceeded", SECONDS, "refused")
    found = view.conditions()
    quota()
    blocking_until(lambda: view.reason("RayReady") == "True/Ready", SECONDS, "Ready by itself")

    message = found["RayReady"]["message"]
    assert f"Deployment {APPLICATIONS}/" in message
    assert f"ResourceQuota {APPLICATIONS}/none is in the way" in message
    assert found["Stalled"]["reason"] == found["Ready"]["reason"] == "QuotaExceeded"


def test_a_deployment_with_another_selector_is_taken_over(
    view: View, start: Callable[..., Operator]
) -> None:
    theirs = workload("Deployment", APPLICATIONS, "theirs", name="kuberay-operator")
    view.cluster.kubectl("apply", "-f", "-", stdin=json.dumps(an("Namespace", APPLICATIONS)))
    view.cluster.kubectl("apply", "-f", "-", stdin=json.dumps(theirs))
    start()
    view.dsc(ray="Managed")

    blocking_until(lambda: view.reason("RayReady") == "True/Ready", SECONDS, "made anew")

    live = view.get("deployment", "kuberay-operator", APPLICATIONS)
    assert "app" not in live["spec"]["selector"]["matchLabels"]
    names = [container["name"] for container in live["spec"]["template"]["spec"]["containers"]]
    assert "main" not in names
