from __future__ import annotations

from typing import Any

from rhoai_operator.reconcile.rights import Right
from tests.account import refused, used


def event(verb: str, code: int, message: str = "", **what: str) -> dict[str, Any]:
    status = {"code": code, "message": message}
    common = {"requestURI": "/x", "requestReceivedTimestamp": "2026-01-01T00:00:05.000000Z"}
    return {**common, "verb": verb, "objectRef": what, "responseStatus": status}


def test_what_was_refused_is_told_but_for_what_passes_by_itself() -> None:
    passing = "pods is forbidden: unable to create new content because it is being terminated"
    events = [
        event("get", 200, resource="pods"),
        event("list", 403, "may not", resource="pods"),
        event("create", 403, passing, resource="pods"),
    ]
    assert refused(events) == ["list /x: may not"]
    start = ("2026-01-01T00:00:04.000000Z", "2026-01-01T00:00:06.000000Z")
    assert refused(events, [start]) == []


def test_a_request_uses_the_right_to_its_verb_and_to_what_it_made() -> None:
    events = [
        event("get", 404, resource="pods", name="p", apiVersion="v1"),
        event("patch", 201, resource="deployments", name="d", apiGroup="apps"),
        event("patch", 200, resource="x", subresource="status", name="n", apiGroup="g"),
        event("list", 403, resource="secrets"),
        {"verb": "get", "requestURI": "/apis", "responseStatus": {"code": 200}},
    ]
    assert used(events) == {
        Right("", "pods", "get", "p"),
        Right("apps", "deployments", "patch", "d"),
        Right("apps", "deployments", "create", "d"),
        Right("g", "x/status", "patch", "n"),
    }
