from __future__ import annotations

from datetime import UTC, datetime

from rhoai_operator.reconcile.certificates.pki import decode, is_for
from rhoai_operator.reconcile.webhook import (
    Address,
    is_ours,
    service_client,
    validating_webhook,
)
from tests.manifests import an

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def test_only_creation_and_the_end_of_a_dsci_are_asked_about() -> None:
    (webhook,) = validating_webhook({})["webhooks"]

    asked = {rule["resources"][0]: rule["operations"] for rule in webhook["rules"]}

    assert asked == {
        "datascienceclusters": ["CREATE"],
        "dscinitializations": ["CREATE", "DELETE"],
    }
    assert (webhook["failurePolicy"], webhook["sideEffects"]) == ("Fail", "None")


def test_the_operator_in_its_namespace_is_not_asked_about() -> None:
    (webhook,) = validating_webhook({}, "elsewhere")["webhooks"]

    (condition,) = webhook["matchConditions"]

    account = "system:serviceaccount:elsewhere:rhoai-operator"
    assert condition["expression"] == f"request.userInfo.username != '{account}'"


def test_the_api_server_is_told_where_to_ask() -> None:
    client = service_client("hook", "elsewhere")

    (webhook,) = validating_webhook({**client, "caBundle": "YQ=="})["webhooks"]

    assert webhook["clientConfig"] == {
        "caBundle": "YQ==",
        "service": {
            "name": "hook",
            "namespace": "elsewhere",
            "path": "/validate-opendatahub-io-v1",
            "port": 443,
        },
    }


def test_a_service_is_called_by_the_names_that_its_certificate_is_for() -> None:
    address = Address("hook", "elsewhere")

    issue = address.issue({}, NOW)

    (certificate,) = decode(issue.objects[0]["data"]["tls.crt"])
    names = ("hook.elsewhere.svc", "hook.elsewhere.svc.cluster.local", "hook.elsewhere")
    assert is_for(certificate, names, NOW)
    assert address.client_config == service_client("hook", "elsewhere")
    assert {m["metadata"]["namespace"] for m in issue.objects} == {"elsewhere"}


def test_off_a_cluster_the_certificate_is_for_the_host_of_the_url() -> None:
    address = Address("https://localhost:9443/", "ns")

    (certificate,) = decode(address.issue({}, NOW).objects[0]["data"]["tls.crt"])

    assert is_for(certificate, ("localhost",), NOW)
    assert address.client_config == {"url": "https://localhost:9443/validate-opendatahub-io-v1"}


def test_the_configuration_goes_with_the_operators_rights() -> None:
    role = an("ClusterRole", "rhoai-operator", metadata={"uid": "7"})

    found = Address("hook", "ns").configuration("YQ==", role)

    (owner,) = found["metadata"]["ownerReferences"]
    assert owner == {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "name": "rhoai-operator",
        "uid": "7",
    }
    assert found["webhooks"][0]["clientConfig"]["caBundle"] == "YQ=="


def test_what_the_operator_has_made_is_known_from_what_others_have() -> None:
    ours = Address("hook", "ns").configuration("YQ==", None)
    charts = {"labels": {**ours["metadata"]["labels"], "app.kubernetes.io/managed-by": "Helm"}}

    assert "ownerReferences" not in ours["metadata"]
    assert is_ours(ours)
    assert not is_ours({**ours, "metadata": {**ours["metadata"], **charts}})
    assert not is_ours(validating_webhook({}))
