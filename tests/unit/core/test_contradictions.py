from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.contradictions import relief
from rhoai_operator.core.objects import Manifest
from tests.fakes.merging import merge_patch
from tests.manifests import an


def deployment(**spec: Any) -> Manifest:
    return an("Deployment", spec=spec)


def with_pod(**pod: Any) -> Manifest:
    return deployment(template={"spec": pod})


def with_container(**container: Any) -> Manifest:
    return with_pod(containers=[{"name": "main", **container}])


HTTP, TCP = {"httpGet": {"port": 80}}, {"tcpSocket": {"port": 80}}
OURS, THEIRS = {"name": "v", "configMap": {"name": "a"}}, {"secret": {"secretName": "b"}}
VALUE, REFERENCE = {"name": "E", "value": "1"}, {"valueFrom": {"fieldRef": {"fieldPath": "x"}}}
SIDECAR = {"name": "sidecar", "image": "s"}


@pytest.mark.parametrize(
    ("live", "wanted", "field", "after"),
    [
        pytest.param(
            deployment(replicas=3, strategy={"type": "RollingUpdate", "rollingUpdate": {"a": 1}}),
            deployment(strategy={"type": "Recreate"}),
            "spec.strategy.rollingUpdate",
            deployment(replicas=3, strategy={"type": "Recreate"}),
            id="strategy",
        ),
        pytest.param(
            with_container(image="i", livenessProbe=TCP),
            with_container(livenessProbe=HTTP),
            "spec.template.spec.containers[0].livenessProbe.tcpSocket",
            with_container(image="i", livenessProbe=HTTP),
            id="handler",
        ),
        pytest.param(
            with_pod(volumes=[{"name": "other"}, {**OURS, **THEIRS}], hostname="kept"),
            with_pod(volumes=[OURS]),
            "spec.template.spec.volumes[1].configMap",
            with_pod(volumes=[{"name": "other"}, OURS], hostname="kept"),
            id="volume",
        ),
        pytest.param(
            with_pod(
                containers=[SIDECAR, {"name": "main", "env": [{"name": "A"}, VALUE | REFERENCE]}]
            ),
            with_container(env=[VALUE]),
            "spec.template.spec.containers[1].env[1].valueFrom",
            with_pod(containers=[SIDECAR, {"name": "main", "env": [{"name": "A"}, VALUE]}]),
            id="variable",
        ),
        pytest.param(
            an("Service", spec={"type": "ClusterIP", "ports": [{"name": "http", "port": 9090}]}),
            an("Service", spec={"ports": [{"name": "http", "port": 8080}]}),
            "spec.ports[1].name",  # of both, merged
            an("Service", spec={"type": "ClusterIP", "ports": [{"name": "http", "port": 8080}]}),
            id="items-without-a-name",
        ),
    ],
)
def test_what_others_set_beside_ours_goes_and_nothing_else(
    live: Manifest, wanted: Manifest, field: str, after: Manifest
) -> None:
    patch = relief(live, wanted, [field])

    assert merge_patch(live, patch) == after
    assert patch.keys() == {"spec"}


@pytest.mark.parametrize(
    ("field", "live", "wanted"),
    [
        pytest.param(
            "spec.type", deployment(type="a", b=1), deployment(type="b"), id="directly-in-spec"
        ),
        pytest.param(
            "metadata.labels.x",
            an("Deployment", metadata={"labels": {"x": "1"}}),
            an("Deployment", metadata={"labels": {"y": "1"}}),
            id="not-in-spec",
        ),
        pytest.param(
            "spec.template.spec.containers[0].resources",
            with_container(resources={"limits": {"cpu": "1"}}),
            with_container(),
            id="directly-in-a-container",
        ),
        pytest.param(
            "spec.template.spec.containers[0].livenessProbe.tcpSocket",
            with_pod(containers=[SIDECAR | {"livenessProbe": TCP}]),
            with_container(livenessProbe=HTTP),
            id="in-what-is-not-ours",
        ),
        pytest.param(
            "spec.template.spec.containers[7].livenessProbe.tcpSocket",
            with_container(livenessProbe=TCP),
            with_container(livenessProbe=HTTP),
            id="no-such-item",
        ),
        pytest.param(
            "spec.strategy.rollingUpdate", deployment(), deployment(strategy={}), id="not-there"
        ),
        pytest.param(
            "spec.strategy.rollingUpdate",
            deployment(strategy={"type": "Recreate"}),
            deployment(strategy={"type": "Recreate"}),
            id="the-same",
        ),
        pytest.param("", deployment(a=1), deployment(b=1), id="no-field"),
        pytest.param("[]", deployment(a=1), deployment(b=1), id="no-path"),
    ],
)
def test_where_nothing_can_be_done(field: str, live: Manifest, wanted: Manifest) -> None:
    assert relief(live, wanted, [field]) == {}


def test_several_fields_at_once() -> None:
    live = with_pod(
        containers=[{"name": "main", "livenessProbe": TCP, "env": [VALUE | REFERENCE]}],
        volumes=[OURS | THEIRS],
    )
    wanted = with_pod(
        containers=[{"name": "main", "livenessProbe": HTTP, "env": [VALUE]}], volumes=[OURS]
    )
    fields = (
        "spec.template.spec.containers[0].livenessProbe.tcpSocket",
        "spec.template.spec.containers[0].env[0].valueFrom",
        "spec.template.spec.volumes[0].secret",
    )

    assert merge_patch(live, relief(live, wanted, fields)) == wanted
