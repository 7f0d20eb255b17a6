from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.health import Assessment, Health
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.report import Outcome
from rhoai_operator.engine.live import LiveHealth, pods_of
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.watched import Listeners, Watched
from rhoai_operator.metrics import Metrics
from tests.fakes.cluster import FakeCluster
from tests.manifests import an

WEB = {"app": "web"}
OURS = {"app.kubernetes.io/managed-by": "rhoai-operator"}
WAITING = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "name": "c"}


def workload(name: str = "x", **selector: Any) -> Manifest:
    return an("Deployment", name, metadata={"labels": OURS}, spec={"selector": selector})


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


def ignore(*_: object) -> None:
    return


async def test_health_is_as_informers_see_it_now(supervisor: Supervisor, metrics: Metrics) -> None:
    part_of = {"app.kubernetes.io/part-of": "web"}
    client = {"clientConfig": {"service": {"namespace": "ns", "name": "hook"}}}
    hook = an(
        "ValidatingWebhookConfiguration",
        metadata={"labels": OURS},
        webhooks=[{"name": "h", **client}],
    )
    crd = an("CustomResourceDefinition", metadata={"labels": OURS})
    service = an("Service", "hook", metadata={"labels": OURS})
    cluster = FakeCluster(workload(matchLabels=WEB), pod(app="web", **part_of), hook, crd, service)
    watched = Watched(
        cluster,
        ["web"],
        "operator",
        listeners=Listeners(lambda: None, ignore, ignore, ignore, ignore),
        supervisor=supervisor,
        metrics=metrics,
    )
    watched.start()
    await watched.synced()
    objects = (workload(), hook, crd, service)
    kinds = frozenset(Kind.of(ObjectRef.of(manifest)) for manifest in objects)
    await watched.owned.follow("web", kinds)
    there, gone, other = (
        ObjectRef.of(manifest) for manifest in (workload(), workload("y"), an("ConfigMap"))
    )
    applied = Assessment(Health.CURRENT)
    refs = (there, gone, other, ObjectRef.of(hook), ObjectRef.of(crd))
    defines = {ObjectRef.of(crd): frozenset({("example.com", "v1", "Widget")})}

    found = LiveHealth(watched).refreshed(
        Outcome("web", health=dict.fromkeys(refs, applied), defines=defines)
    )

    assert found.health[there].reason == "CrashLoopBackOff"
    assert found.health[gone].health is Health.NOT_FOUND
    assert found.health[other] is applied
    assert found.health[ObjectRef.of(hook)].reason == "NoEndpoints"
    assert found.health[ObjectRef.of(crd)].message == "not established yet"
