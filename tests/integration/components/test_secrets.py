"""No secret is told: not in the most talkative log, nor in Events, status or inventories."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import yaml

from tests.integration.components.conftest import Opened, Platform
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers")

LEAST = 12
"""Shorter values, such as "true" or a port, are no secrets and occur everywhere."""
CHANGED_SECONDS = 30.0
HELD = "kserve-webhook-server-secret"
GIVEN = "given-by-somebody-4f1b7c"
"""What a user puts into a Secret of ours."""
TOLD = "events,datascienceclusters,dscinitializations,configmaps"


@pytest.fixture(scope="module")
def talkative(open_platform: Opened) -> Platform:
    return open_platform(
        stubs=True, RHOAI_LOG_LEVEL="debug", RHOAI_INGRESS_DOMAIN="apps.example.com"
    )


def secrets(platform: Platform) -> list[dict[str, Any]]:
    return platform.view.all_of("secrets", "-A")


def private(platform: Platform) -> set[str]:
    """Return each secret value, as it is, as it is kept, and by lines; certificates are none."""
    found = {GIVEN, base64.b64encode(GIVEN.encode()).decode()}
    for secret in secrets(platform):
        for key, kept in secret.get("data", {}).items():
            if key.endswith(".crt"):
                continue
            text = base64.b64decode(kept).decode(errors="replace")
            found |= {kept, text, *text.splitlines()}
    return {value for value in found if len(value) >= LEAST and not value.startswith("-----")}


def tokens(platform: Platform) -> set[str]:
    """Return what the operator itself logs in with."""
    config = yaml.safe_load(platform.operator.kubeconfig.read_text())
    return {user["user"]["token"] for user in config["users"] if "token" in user["user"]}


def provoke(platform: Platform) -> None:
    """Have one Secret deleted, and one changed for good: there is something to speak of."""
    kubectl, namespace = platform.view.cluster.kubectl, "redhat-ods-applications"
    name = next(
        s["metadata"]["name"]
        for s in secrets(platform)
        if s["metadata"]["namespace"] == namespace and s["metadata"]["name"] != HELD
    )
    kubectl("delete", "secret", name, "-n", namespace)
    patch = {"stringData": {"tls.key": GIVEN, "given": GIVEN}, "immutable": True}
    kubectl("patch", "secret", HELD, "-n", namespace, "-p", json.dumps(patch))
    blocking_until(
        lambda: platform.view.get("secret", name, namespace), CHANGED_SECONDS, f"{name} is back"
    )


def test_no_secret_value_and_no_token_is_told_anywhere(talkative: Platform) -> None:
    talkative.settle()
    before = private(talkative)
    provoke(talkative)
    talkative.ask({"ray": "Removed"})
    talkative.settle({"ray": "False/Removed"})

    kept = before | private(talkative) | tokens(talkative)
    log = talkative.operator.log.read_text()
    told = json.dumps(talkative.view.all_of(TOLD, "-A"))

    assert len(kept) > 10
    assert '"level": "DEBUG"' in log
    assert {value[:6] + "…" for value in kept if value in log} == set()
    assert {value[:6] + "…" for value in kept if value in told} == set()
