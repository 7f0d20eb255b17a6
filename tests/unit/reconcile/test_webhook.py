from __future__ import annotations

from rhoai_operator.reconcile.webhook import service_client, validating_webhook


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
