from __future__ import annotations

import pytest

from rhoai_operator.cluster.status import Status
from tests.unit.cluster import answers
from tests.unit.cluster.answers import body


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        pytest.param(b"plain text\n", "plain text", id="no-json"),
        pytest.param(b"", "HTTP 500", id="empty"),
        pytest.param(b"[1]", "[1]", id="no-object"),
        pytest.param(b"\xff", "\N{REPLACEMENT CHARACTER}", id="no-text"),
        pytest.param(b"x" * 600, "x" * 500, id="long"),
        pytest.param(b'{"message": 5}', '{"message": 5}', id="no-message"),
    ],
)
def test_what_it_says_without_a_status(raw: bytes, text: str) -> None:
    assert Status.read(500, raw) == Status(text)


@pytest.mark.parametrize("message", [answers.NOT_TYPED, answers.NOT_A_MAP])
def test_a_value_of_the_wrong_type_is_not_repeated(message: str) -> None:
    said = Status.read(500, body(message)).message

    assert "123456" not in said
    assert "and more" not in said
    assert "expected" in said


def test_what_follows_a_value_is_kept() -> None:
    assert Status.read(500, body(answers.NOT_TYPED)).message.endswith(
        ".stringData.password: expected string\n  .stringData.list: expected string\n"
        "  .spec.nope: field not declared in schema"
    )
