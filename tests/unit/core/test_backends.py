from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.backends import Backend, backends, has_endpoints
from tests.manifests import an


def webhooks(*clients: dict[str, Any]) -> dict[str, Any]:
    hooks = [{"name": f"{i}.x", "clientConfig": client} for i, client in enumerate(clients)]
    return {"webhooks": hooks}


def service(name: str) -> dict[str, Any]:
    return {"namespace": "ns", "name": name, "path": "/validate"}


@pytest.mark.parametrize(
    ("fields", "called"),
    [
        pytest.param(
            webhooks({"service": service("a")}, {"service": service("b")}),
            {("ns", "a"), ("ns", "b")},
            id="two",
        ),
        pytest.param(
            webhooks({"service": service("a")}, {"service": service("a")}),
            {("ns", "a")},
            id="the-same-twice",
        ),
        pytest.param(webhooks({"url": "https://127.0.0.1"}), set(), id="by-url"),
        pytest.param({"spec": {"service": service("a")}}, {("ns", "a")}, id="api-service"),
        pytest.param({"spec": {"service": None}}, set(), id="local-api-service"),
        pytest.param({}, set(), id="nothing"),
    ],
)
def test_backends(fields: dict[str, Any], called: set[Backend]) -> None:
    assert backends(an("ValidatingWebhookConfiguration", **fields)) == called


def endpoint(**conditions: bool) -> dict[str, Any]:
    return {"addresses": ["10.0.0.1"], "conditions": conditions}


@pytest.mark.parametrize(
    ("slices", "answered"),
    [
        pytest.param([], False, id="no-slice"),
        pytest.param([None], False, id="empty-slice"),
        pytest.param([[endpoint(ready=True)]], True, id="ready"),
        pytest.param([[endpoint(ready=False, serving=True)]], False, id="ending"),
        pytest.param([[endpoint()]], True, id="not-known-counts-as-ready"),
        pytest.param([[{"addresses": ["10.0.0.1"]}]], True, id="no-conditions-likewise"),
        pytest.param([[{"addresses": [], "conditions": {"ready": True}}]], False, id="nowhere"),
        pytest.param([None, [endpoint(ready=False), endpoint(ready=True)]], True, id="one-of-many"),
    ],
)
def test_has_endpoints(slices: list[list[dict[str, Any]] | None], answered: bool) -> None:
    found = (an("EndpointSlice", f"x-{i}", endpoints=each) for i, each in enumerate(slices))
    assert has_endpoints(found) is answered
