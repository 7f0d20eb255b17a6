from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from hack.openshift import STUBS
from rhoai_operator.core.certificates import Certificate, Issuer
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.policies import ApiKind, Named, Policies, Rollout
from rhoai_operator.core.values import ComputedValue, ListedKind, ObjectValue, ServedValue
from rhoai_operator.reconcile.rights import (
    RBAC,
    Right,
    allowed_by,
    applies,
    grants,
    is_open,
    plural,
    reads,
)
from tests.manifests import an

ALL = {"create", "delete", "get", "list", "patch", "watch"}


def verbs(rights: Iterable[Right], group: str, resource: str, name: str = "") -> set[str]:
    return {r.verb for r in rights if (r.group, r.resource, r.name) == (group, resource, name)}


def role(name: str = "r", kind: str = "ClusterRole", **fields: Any) -> Manifest:
    return {**an(kind, name), "apiVersion": f"{RBAC}/v1", **fields}


def binding(to: str, kind: str = "ClusterRole") -> Manifest:
    return role("b", "RoleBinding", roleRef={"apiGroup": RBAC, "kind": kind, "name": to})


READ_PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: stub.kind)
def test_plurals_are_those_of_openshift(stub: Any) -> None:
    assert plural(stub.kind) == stub.plural


@pytest.mark.parametrize(
    ("kind", "word"),
    [("NetworkPolicy", "networkpolicies"), ("Ingress", "ingresses"), ("Pod", "pods")],
)
def test_plurals_are_those_of_kubernetes(kind: str, word: str) -> None:
    assert plural(kind) == word


def test_what_is_rendered_is_kept_and_deleted_but_for_what_never_goes() -> None:
    desired = DesiredState((an("Deployment"), an("Namespace"), an("CustomResourceDefinition")))

    found = set(applies(desired, Policies()))

    assert verbs(found, "apps", "deployments") == ALL
    assert verbs(found, "", "namespaces") == ALL - {"delete"}
    crds = verbs(found, "apiextensions.k8s.io", "customresourcedefinitions")
    assert crds == ALL - {"delete"}


def test_who_answers_behind_webhooks_is_watched() -> None:
    without = set(applies(DesiredState((an("Service"),)), Policies()))
    found = set(applies(DesiredState((an("ValidatingWebhookConfiguration"),)), Policies()))

    assert verbs(found, "discovery.k8s.io", "endpointslices") == {"list", "watch"}
    assert not verbs(without, "discovery.k8s.io", "endpointslices")


@pytest.mark.parametrize(
    ("issuer", "resources"),
    [
        (Issuer.SELF, {"secrets"}),
        (Issuer.AUTO, {"secrets"}),
        (Issuer.CERT_MANAGER, {"certificates", "issuers"}),
        (Issuer.SERVICE_CA, set()),
    ],
)
def test_certificates_come_in_objects_of_their_issuer(issuer: Issuer, resources: set[str]) -> None:
    certificate = Certificate("s", "tls", issuer, validity=timedelta(days=1))
    desired = DesiredState((an("Service", "s"),))

    found = set(applies(desired, Policies(certificates=(certificate,))))

    assert {right.resource for right in found} - {"services"} == resources


def test_what_older_releases_left_goes_by_name() -> None:
    left = ObjectRef(RBAC, "RoleBinding", "ns", "everybody", "v1")

    found = set(applies(DesiredState(), Policies(retired=(left,))))

    assert found == {Right(RBAC, "rolebindings", verb, "everybody") for verb in ("get", "delete")}


def test_what_is_read_is_read_by_name_where_it_is_one_object() -> None:
    ingress = ObjectRef("config.openshift.io", "Ingress", "", "cluster", "v1")
    nodes = ComputedValue("n", (ListedKind(ApiKind("", "v1", "Node"), ()),), lambda _: None)
    values = (
        ObjectValue("domain", ingress, ("spec",)),
        ServedValue("routes", ApiKind("route.openshift.io", "v1", "Route")),
        nodes,
    )
    policies = Policies(
        rollouts=(Rollout(Named("Deployment", "x"), (Named("ConfigMap", "theirs"),)),)
    )

    found = set(reads(DesiredState((an("Deployment", "x"),)), policies, values))

    assert verbs(found, "config.openshift.io", "ingresses", "cluster") == {"list", "watch"}
    assert verbs(found, "", "nodes") == {"list", "watch"}
    assert verbs(found, "", "configmaps", "theirs") == {"get", "list", "watch"}
    assert len(found) == 7


def test_who_creates_a_role_holds_what_it_allows() -> None:
    granted = set(grants(DesiredState((role(rules=[READ_PODS]), binding("r")))))

    assert granted == {Right("", "pods", "get"), Right("", "pods", "list")}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"rules": [READ_PODS, {**READ_PODS, "verbs": ["*"]}]}, id="verbs"),
        pytest.param({"rules": [{**READ_PODS, "resources": ["*"]}]}, id="resources"),
        pytest.param({"rules": [{**READ_PODS, "apiGroups": ["*"]}]}, id="groups"),
        pytest.param({"rules": [{"nonResourceURLs": ["/x/*"], "verbs": ["get"]}]}, id="paths"),
        pytest.param({"aggregationRule": {}}, id="aggregated"),
    ],
)
def test_one_that_nobody_can_hold_is_escalated_and_bound_by_name(fields: dict[str, Any]) -> None:
    assert is_open(role(**fields))
    granted = set(grants(DesiredState((role(**fields), binding("r")))))

    assert granted == {Right(RBAC, "clusterroles", verb, "r") for verb in ("bind", "escalate")}


def test_a_role_of_somebody_elses_is_bound_by_name() -> None:
    own = role("own", "Role", rules=[READ_PODS])

    granted = set(grants(DesiredState((own, binding("view"), binding("own", "Role")))))

    assert {right for right in granted if right.group == RBAC} == {
        Right(RBAC, "clusterroles", "bind", "view")
    }


def test_a_role_of_the_same_name_and_another_kind_is_somebody_elses() -> None:
    own = role("view", "Role", rules=[READ_PODS])
    assert Right(RBAC, "clusterroles", "bind", "view") in set(
        grants(DesiredState((own, binding("view"))))
    )


def test_a_rule_is_all_that_its_words_combine_to() -> None:
    rule = {
        "apiGroups": ["", "apps"],
        "resources": ["x"],
        "verbs": ["get"],
        "resourceNames": ["n", "m"],
    }
    assert set(allowed_by(rule)) == {
        Right(group, "x", "get", name) for group in ("", "apps") for name in ("n", "m")
    }
    path = {"nonResourceURLs": ["/metrics"], "verbs": ["get"]}
    assert set(allowed_by(path)) == {Right("", "/metrics", "get")}
