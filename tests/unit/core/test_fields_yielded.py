"""What a user may set for good."""

from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.fields import amount_path, yielded
from rhoai_operator.core.objects import MANAGED, Manifest
from tests.manifests import an
from tests.unit.core.managed import (
    MAIN,
    REPLICAS,
    WANTED_RESOURCES,
    WEB,
    deployment,
    entry,
    in_main,
    owned_by,
)

THEIR_CPU = in_main({"f:resources": {"f:requests": {"f:cpu": {}}}})
MORE_CPU = {**WANTED_RESOURCES, "requests": {"cpu": "2", "memory": "64Mi"}}


def resources(manifest: Manifest) -> Any:
    return manifest["spec"]["template"]["spec"]["containers"][0].get("resources")


def test_users_replicas_are_yielded() -> None:
    live = owned_by({**WEB, "spec": {**WEB["spec"], "replicas": 3}}, entry(REPLICAS))

    found = yielded(live, WEB)

    assert "replicas" not in found["spec"]
    assert found["spec"]["template"] == WEB["spec"]["template"]
    assert WEB["spec"]["replicas"] == 1


def test_what_is_insisted_on_is_not_yielded() -> None:
    live = deployment(resources={**MORE_CPU, "limits": {"memory": "9Gi"}})
    live = {**live, "spec": {**live["spec"], "replicas": 3}}
    theirs = in_main({"f:resources": {"f:requests": {"f:cpu": {}}, "f:limits": {"f:memory": {}}}})
    theirs["f:spec"] |= REPLICAS["f:spec"]
    insisted = {"spec.replicas", amount_path("main", "requests", "cpu")}

    found = yielded(owned_by(live, entry(theirs)), WEB, insisted)

    assert found["spec"]["replicas"] == 1
    assert resources(found) == {"requests": WANTED_RESOURCES["requests"], "limits": {}}


def test_of_containers_resources_only_what_the_user_has_set_is_yielded() -> None:
    found = yielded(owned_by(deployment(resources=MORE_CPU), entry(THEIR_CPU)), WEB)

    assert resources(found) == {"requests": {"memory": "64Mi"}, "limits": {"memory": "128Mi"}}


@pytest.mark.parametrize(
    ("wanted", "live", "fields"),
    [
        pytest.param(WEB, WEB, REPLICAS, id="same-value"),
        pytest.param(
            WEB,
            deployment(resources={**WANTED_RESOURCES, "requests": {"cpu": "1", "memory": "64Mi"}}),
            THEIR_CPU,
            id="same-amount",
        ),
        pytest.param(
            WEB, deployment(args=["x"]), in_main({"f:args": {}}), id="other-fields-of-containers"
        ),
        pytest.param(
            WEB,
            deployment(resources={}),
            in_main({"f:resources": {}}),
            id="all-resources-taken-away-by-somebody",
        ),
        pytest.param(
            WEB,
            deployment(resources={**WANTED_RESOURCES, "limits": {"cpu": "9", "memory": "128Mi"}}),
            in_main({"f:resources": {"f:limits": {"f:cpu": {}}}}),
            id="limit-that-is-theirs",
        ),
        pytest.param(
            {**WEB, "kind": "ConfigMap"},
            {**WEB, "spec": {"replicas": 3}},
            REPLICAS,
            id="another-kind",
        ),
        pytest.param(
            an("Deployment", spec={"template": {}}),
            {**WEB, "spec": {"replicas": 3}},
            REPLICAS,
            id="not-ours",
        ),
    ],
)
def test_what_stays_as_we_want_it(wanted: Manifest, live: Manifest, fields: dict[str, Any]) -> None:
    assert yielded(owned_by(live, entry(fields)), wanted) == wanted


@pytest.mark.parametrize(
    ("annotation", "kept"), [pytest.param("true", True, id="ours"), pytest.param("", False, id="-")]
)
def test_what_is_to_be_managed_yields_nothing(annotation: str, kept: bool) -> None:
    theirs = an("Deployment", annotations={MANAGED: annotation}, spec={"replicas": 3})
    found = yielded(owned_by(theirs, entry(REPLICAS)), WEB)
    assert ("replicas" in found["spec"]) is kept


def test_init_containers_yield_as_well() -> None:
    def with_limit(amount: str) -> Manifest:
        init = {"name": "main", "resources": {"limits": {"cpu": amount}}}
        spec = {"template": {"spec": {"initContainers": [{"name": "first"}, init]}}}
        return an("StatefulSet", spec=spec)

    limits: dict[str, Any] = {MAIN: {"f:resources": {"f:limits": {"f:cpu": {}}}}}
    fields = {"f:spec": {"f:template": {"f:spec": {"f:initContainers": limits}}}}

    found = yielded(owned_by(with_limit("2"), entry(fields)), with_limit("1"))

    assert found["spec"]["template"]["spec"]["initContainers"] == [
        {"name": "first"},
        {"name": "main", "resources": {"limits": {}}},
    ]
