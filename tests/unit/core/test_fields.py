from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.fields import FIELD_MANAGER, Claim, contested, foreign_entries, overlaid
from rhoai_operator.core.objects import Manifest
from tests.manifests import an
from tests.unit.core.managed import (
    IN_MAIN,
    REPLICAS,
    TCP,
    UDP,
    WANTED_MAIN,
    WANTED_RESOURCES,
    WEB,
    deployment,
    entry,
    in_main,
    owned_by,
)

SERVICE = an(
    "Service", spec={"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}
)
ROLE = an("Role", rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}])
BINDING = an("RoleBinding", subjects=[{"kind": "User", "name": "ann"}])
LABELLED = an("ConfigMap", metadata={"labels": {"app.kubernetes.io/part-of": "web", "plain": "1"}})
HELD = an("ConfigMap", metadata={"finalizers": ["a.b/c"]})


def in_labels(*names: str) -> dict[str, Any]:
    return {"f:metadata": {"f:labels": {".": {}, **{f"f:{name}": {} for name in names}}}}


@pytest.mark.parametrize(
    ("wanted", "live", "fields", "path"),
    [
        pytest.param(WEB, {**WEB, "spec": {"replicas": 3}}, REPLICAS, "spec.replicas", id="scalar"),
        pytest.param(
            WEB,
            deployment(env=[{"name": "A", "value": "2"}, {"name": "B"}]),
            in_main({"f:env": {'k:{"name":"A"}': {"f:value": {}}}}),
            f"{IN_MAIN}.env[A].value",
            id="item-of-a-list",
        ),
        pytest.param(
            WEB,
            deployment(
                ports=[{**TCP, "protocol": "TCP", "name": "theirs"}, {**UDP, "name": "dns"}]
            ),
            in_main({"f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {"f:name": {}}}}),
            f"{IN_MAIN}.ports[80,TCP].name",
            id="item-with-two-keys-one-by-default",
        ),
        pytest.param(
            WEB,
            deployment(ports=[{**TCP, "protocol": "TCP", "name": "web"}, {**UDP, "name": "x"}]),
            in_main({"f:ports": {'k:{"containerPort":80,"protocol":"UDP"}': {"f:name": {}}}}),
            f"{IN_MAIN}.ports[80,UDP].name",
            id="the-other-of-two-items",
        ),
        pytest.param(
            WEB,
            deployment(args=["run", "fast"]),
            in_main({"f:args": {}}),
            f"{IN_MAIN}.args",
            id="list-without-names",
        ),
        pytest.param(
            WEB,
            deployment(volumeMounts=[{"mountPath": "/data", "name": "w"}]),
            in_main({"f:volumeMounts": {'k:{"mountPath":"/data"}': {"f:name": {}}}}),
            f"{IN_MAIN}.volumeMounts[/data].name",
            id="slashes",
        ),
        pytest.param(
            LABELLED,
            an("ConfigMap", metadata={"labels": {"app.kubernetes.io/part-of": "z", "plain": "1"}}),
            in_labels("app.kubernetes.io/part-of"),
            "metadata.labels[app.kubernetes.io/part-of]",
            id="dots-in-a-key",
        ),
        pytest.param(
            ROLE,
            {**ROLE, "rules": [{**ROLE["rules"][0], "verbs": ["get", "delete"]}]},
            {"f:rules": {}},
            "rules",
            id="rules",
        ),
        pytest.param(
            BINDING,
            {**BINDING, "subjects": [*BINDING["subjects"], {"kind": "User", "name": "eve"}]},
            {"f:subjects": {}},
            "subjects",
            id="one-subject-more",
        ),
        pytest.param(
            SERVICE,
            {**SERVICE, "spec": {**SERVICE["spec"], "selector": {"app": "web", "version": "2"}}},
            {"f:spec": {"f:selector": {}}},
            "spec.selector",
            id="selector-that-chooses-less",
        ),
        pytest.param(
            WEB,
            {key: WEB[key] for key in ("apiVersion", "kind", "metadata")},
            REPLICAS,
            "spec.replicas",
            id="content-is-not-known",
        ),
    ],
)
def test_who_has_written_what_of_ours(
    wanted: Manifest, live: Manifest, fields: dict[str, Any], path: str
) -> None:
    assert contested(owned_by(live, entry(fields)), wanted) == (Claim("rival", path),)


@pytest.mark.parametrize(
    ("wanted", "live", "fields"),
    [
        pytest.param(WEB, WEB, REPLICAS, id="same-value"),
        pytest.param(
            WEB,
            deployment(env=[*WANTED_MAIN["env"], {"name": "C", "value": "3"}]),
            in_main({"f:env": {'k:{"name":"C"}': {".": {}, "f:name": {}, "f:value": {}}}}),
            id="item-that-is-theirs",
        ),
        pytest.param(
            WEB,
            deployment(env=[{"name": "A", "value": "1"}, {"name": "B"}]),
            in_main({"f:env": {'k:{"name":"B"}': {".": {}, "f:name": {}, "f:value": {}}}}),
            id="empty-value-that-is-not-stored",
        ),
        pytest.param(
            BINDING,
            {**BINDING, "subjects": [{**BINDING["subjects"][0], "apiGroup": "rbac"}]},
            {"f:subjects": {}},
            id="default-in-an-item",
        ),
        pytest.param(
            WEB,
            deployment(resources={**WANTED_RESOURCES, "requests": {"cpu": "1", "memory": "64Mi"}}),
            in_main({"f:resources": {"f:requests": {"f:cpu": {}}}}),
            id="amount-as-the-api-server-writes-it",
        ),
        pytest.param(
            LABELLED, an("ConfigMap"), {"f:metadata": {"f:labels": {}}}, id="mapping-of-nothing"
        ),
        pytest.param(
            LABELLED, an("ConfigMap"), {"f:metadata": {"f:labels": {".": {}}}}, id="mapping-itself"
        ),
        pytest.param(
            HELD,
            an("ConfigMap", metadata={"finalizers": ["d.e/f", "a.b/c"]}),
            {"f:metadata": {"f:finalizers": {'v:"d.e/f"': {}}}},
            id="value-that-is-theirs",
        ),
        pytest.param(
            HELD,
            HELD,
            {"f:metadata": {"f:finalizers": {".": {}, 'v:"a.b/c"': {}}}},
            id="value-that-both-have",
        ),
        pytest.param(
            LABELLED, an("ConfigMap", metadata={"labels": {}}), in_labels("plain"), id="not-there"
        ),
        pytest.param(WEB, deployment(), {"f:spec": {"f:paused": {}}}, id="field-that-is-theirs"),
    ],
)
def test_what_is_nobodys_claim(wanted: Manifest, live: Manifest, fields: dict[str, Any]) -> None:
    assert contested(owned_by(live, entry(fields)), wanted) == ()


def test_of_an_object_without_content_only_fields_count_that_are_in_it() -> None:
    brief = an("Deployment", metadata={"labels": {"a": "theirs"}})
    wanted = an("Deployment", metadata={"labels": {"a": "ours"}}, spec={"template": {"x": 1}})
    fields = {**in_labels("a"), "f:spec": {"f:template": {}}}

    assert contested(owned_by(brief, entry(fields)), wanted) == (
        Claim("rival", "metadata.labels.a"),
    )


def test_entries_of_ours_and_of_status_are_nobodys() -> None:
    entries = [
        entry(REPLICAS, FIELD_MANAGER),
        entry(REPLICAS, "kube-controller-manager", "status"),
        entry(REPLICAS, "kubectl", "scale"),
    ]
    live = owned_by({**WEB, "spec": {"replicas": 9}}, *entries)

    assert foreign_entries(live) == entries[2:]
    assert contested(live, WEB) == (Claim("kubectl", "spec.replicas"),)
    assert foreign_entries(WEB) == []


def test_a_claim_is_told_once() -> None:
    twice = (entry(REPLICAS), entry(REPLICAS, subresource="scale"), entry(REPLICAS, "a"))
    live = owned_by({**WEB, "spec": {"replicas": 9}}, *twice)
    assert contested(live, WEB) == (Claim("a", "spec.replicas"), Claim("rival", "spec.replicas"))


@pytest.mark.parametrize(
    ("live", "wanted", "after"),
    [
        pytest.param({"a": 1, "own": 2}, {"a": 3}, {"a": 3, "own": 2}, id="field"),
        pytest.param({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}, id="below"),
        pytest.param(
            {"env": [{"name": "a", "value": "1"}, {"name": "own"}]},
            {"env": [{"name": "a", "value": "2"}]},
            {"env": [{"name": "a", "value": "2"}, {"name": "own"}]},
            id="named-item",
        ),
        pytest.param({"rules": [1, 2]}, {"rules": [3]}, {"rules": [3]}, id="list"),
        pytest.param(
            {"selector": {"a": "1", "b": "2"}},
            {"selector": {"a": "1"}},
            {"selector": {"a": "1"}},
            id="selector",
        ),
        pytest.param(
            {"ports": [{"port": 1, "protocol": "TCP"}]},
            {"ports": [{"port": 1}]},
            {"ports": [{"port": 1, "protocol": "TCP"}]},
            id="defaults-stay",
        ),
    ],
)
def test_what_is_wanted_lies_over_what_is_there(
    live: dict[str, Any], wanted: dict[str, Any], after: dict[str, Any]
) -> None:
    assert overlaid(live, wanted) == after
