from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.health import Assessment, Health
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.report import Outcome
from rhoai_operator.engine.informer import Informer
from rhoai_operator.engine.live import LiveHealth, pods_of
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics
from tests.fakes.cluster import FakeCluster
from tests.manifests import an

WEB = {"app": "web"}
WAITING = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "name": "c"}


def workload(**selector: Any) -> Manifest:
    return an("Deployment", spec={"selector": selector})


def pod(name: str = "p", *, namespace: str = "ns", **labels: str) -> Manifest:
    metadata = {"namespace": namespace, "labels": labels}
    return an("Pod", name, metadata=metadata, status={"containerStatuses": [WAITING]})


@pytest.mark.parametrize(
    ("owner", "candidate", "chosen"),
    [
        pytest.param(workload(matchLabels=WEB), pod(app="web", more="1"), True, id="matches"),
        pytest.param(workload(matchLabels=WEB), pod(app="other"), False, id="other-value"),
        pytest.param(workload(matchLabels=WEB), pod(), False, id="no-labels"),
        pytest.param(
            workload(matchLabels=WEB), pod(app="web", namespace="b"), False, id="other-namespace"
        ),
        pytest.param(workload(), pod(app="web"), False, id="no-selector-chooses-none"),
        pytest.param(an("ConfigMap"), pod(app="web"), False, id="no-workload"),
    ],
)
def test_pods_of(owner: Manifest, candidate: Manifest, chosen: bool) -> None:
    assert list(pods_of(owner, [candidate])) == ([candidate] if chosen else [])


async def test_health_is_as_informers_see_it_now(supervisor: Supervisor, metrics: Metrics) -> None:
    cluster = FakeCluster(workload(matchLabels=WEB), pod(app="web"))
    deployments, pods = (
        Informer(cluster, kind, on_change=lambda *_: None, metrics=metrics)
        for kind in (Kind("apps", "v1", "Deployment"), Kind("", "v1", "Pod"))
    )
    for informer in (deployments, pods):
        supervisor.start("informer", informer.run)
        await informer.synced.wait()
    there, gone, other = (ObjectRef.of(m) for m in (workload(), an("Deployment", "y"), pod()))
    applied = Assessment(Health.CURRENT)

    live = LiveHealth([deployments], pods)
    found = live.refreshed(Outcome("web", health=dict.fromkeys((there, gone, other), applied)))

    assert found.health[there].reason == "CrashLoopBackOff"
    assert found.health[gone].health is Health.NOT_FOUND
    assert found.health[other] is applied
