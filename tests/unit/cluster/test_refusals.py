from __future__ import annotations

import json
from typing import Any

import pytest

from rhoai_operator.cluster.errors import (
    ClusterError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    KindNotServed,
    Missing,
    Terminating,
    TransientError,
    Unavailable,
)
from rhoai_operator.cluster.refusals import refusal

ENDING = {"causes": [{"reason": "NamespaceTerminating"}]}


def body(**status: Any) -> bytes:
    return json.dumps({"kind": "Status", "message": "because", **status}).encode()


@pytest.mark.parametrize(
    ("code", "raw", "error", "transient"),
    [
        *(
            pytest.param(code, body(), Invalid, False, id=f"{code}")
            for code in (400, 406, 413, 415, 422)
        ),
        pytest.param(401, body(), Forbidden, False, id="401"),
        pytest.param(403, body(), Forbidden, False, id="403"),
        pytest.param(403, body(details=ENDING), Terminating, True, id="403-namespace-terminating"),
        pytest.param(403, body(details={"causes": None}), Forbidden, False, id="403-no-causes"),
        pytest.param(404, body(details={"name": "x"}), Missing, True, id="404-object"),
        pytest.param(404, body(details={}), KindNotServed, False, id="404-no-such-path"),
        pytest.param(409, body(), Conflict, True, id="409"),
        pytest.param(410, body(), Gone, True, id="410"),
        *(pytest.param(code, body(), Unavailable, True, id=f"{code}") for code in (429, 500, 503)),
    ],
)
def test_which_error(code: int, raw: bytes, error: type[ClusterError], transient: bool) -> None:
    found = refusal(code, raw, {})
    assert type(found) is error
    assert isinstance(found, TransientError) is transient
    assert str(found) == "because"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        pytest.param(b"plain text", "plain text", id="no-json"),
        pytest.param(b"", "HTTP 500", id="empty"),
        pytest.param(b"[1]", "[1]", id="no-object"),
        pytest.param(b"\xff", "\N{REPLACEMENT CHARACTER}", id="no-text"),
        pytest.param(b"x" * 600, "x" * 500, id="long"),
    ],
)
def test_what_it_says_without_a_status(raw: bytes, text: str) -> None:
    assert str(refusal(500, raw, {})) == text


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        pytest.param({"Retry-After": "7"}, 7.0, id="seconds"),
        pytest.param({"Retry-After": "Wed, 21 Oct 2025 07:28:00 GMT"}, 0.0, id="date"),
        pytest.param({}, 0.0, id="absent"),
    ],
)
def test_when_to_come_back(header: dict[str, str], seconds: float) -> None:
    found = refusal(429, b"", header)
    assert isinstance(found, Unavailable)
    assert found.retry_after == seconds
