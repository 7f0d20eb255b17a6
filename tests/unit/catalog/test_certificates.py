from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.namespaces import Namespaces
from rhoai_operator.catalog.policies import policies_of
from rhoai_operator.core.certificates import Certificate, Issuer

COURIER = {"name": "courier", "kind": "Courier", "description": "Carries."}
HOOKS = {"service": "hooks", "secret": "hooks-tls"}


def courier(*certificates: dict[str, Any], **fields: Any) -> ComponentDefinition:
    asked = {**COURIER, "certificates": list(certificates), **fields}
    return ComponentDefinition.model_validate(asked)


def certificates(*keys: dict[str, Any]) -> tuple[Certificate, ...]:
    return policies_of(
        courier(*keys), "rhoai", Namespaces("apps", "monitoring", "mesh")
    ).certificates


def test_the_short_form() -> None:
    assert certificates(HOOKS) == (Certificate("hooks", "hooks-tls"),)
    assert Certificate("hooks", "hooks-tls").issuer is Issuer.AUTO


def test_the_long_form() -> None:
    kinds = (
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
        "CustomResourceDefinition",
    )
    webhooks = [{"kind": kind, "name": "one"} for kind in kinds]
    (found,) = certificates(
        {**HOOKS, "issuer": "self", "webhooks": webhooks, "validity": "P90DT12H"}
    )
    assert found.webhooks == {(kind, "one") for kind in kinds}
    assert (found.issuer, found.validity) == (Issuer.SELF, timedelta(days=90, hours=12))


@pytest.mark.parametrize(
    ("issuer", "apis"),
    [
        ("auto", set()),
        ("self", set()),
        ("cert-manager", {("cert-manager.io", "v1", "Certificate")}),
        ("service-ca", {("operator.openshift.io", "v1", "ServiceCA")}),
    ],
)
def test_an_issuer_that_is_insisted_on_is_a_gate(
    issuer: str, apis: set[tuple[str, str, str]]
) -> None:
    definition = courier({**HOOKS, "issuer": issuer}, needsApis=["Pod.v1"])
    policies = policies_of(definition, "rhoai", Namespaces("apps", "monitoring", "mesh"))
    assert policies.needs_apis == {("", "v1", "Pod"), *apis}


def test_services_of_two_platforms_have_one_secret() -> None:
    found = courier(HOOKS, {**HOOKS, "service": "b"}).certificates

    assert {(key.service, key.secret) for key in found} == {
        (HOOKS["service"], HOOKS["secret"]),
        ("b", HOOKS["secret"]),
    }


@pytest.mark.parametrize(
    ("keys", "fields", "problem"),
    [
        pytest.param([{**HOOKS, "issuer": "acme"}], {}, "issuer", id="issuer"),
        pytest.param([{**HOOKS, "validity": "PT1S"}], {}, "validity", id="too-short"),
        pytest.param([{"service": "Hooks", "secret": "a"}], {}, "service", id="no-name"),
        pytest.param(
            [{**HOOKS, "webhooks": [{"kind": "Pod", "name": "a"}]}], {}, "kind", id="no-webhook"
        ),
        pytest.param(
            [HOOKS, {**HOOKS, "secret": "b"}], {}, "Service hooks is named twice", id="service"
        ),
        pytest.param(
            [HOOKS, {"service": "b", "secret": "hooks-tls-ca"}],
            {},
            "Secret hooks-tls-ca is there for something else already",
            id="secret",
        ),
        pytest.param(
            [HOOKS],
            {"secrets": {"hooks-tls-ca": {"key": {"random": 8}}}},
            "Secret hooks-tls-ca is there for something else already",
            id="generated",
        ),
    ],
)
def test_what_is_refused(keys: list[dict[str, Any]], fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        courier(*keys, **fields)
