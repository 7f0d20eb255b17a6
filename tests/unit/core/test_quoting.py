from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.quoting import QUOTE_LIMIT, quote, reason_word, said


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        pytest.param("as it is", "as it is", id="short"),
        pytest.param("two\n  lines\t", "two lines", id="one-line"),
        pytest.param("a" * QUOTE_LIMIT, "a" * QUOTE_LIMIT, id="just-fits"),
        pytest.param("a" * 9999, "a" * (QUOTE_LIMIT - 1) + "…", id="cut"),
        pytest.param(None, "", id="nothing"),
        pytest.param({"not": "text"}, "", id="no-text"),
    ],
)
def test_quote(text: Any, quoted: str) -> None:
    assert quote(text) == quoted


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param("ImagePullBackOff", "ImagePullBackOff", id="word"),
        pytest.param("A", "A", id="letter"),
        pytest.param("not a word", "", id="sentence"),
        pytest.param("Ends:", "", id="ends-badly"),
        pytest.param("", "", id="empty"),
        pytest.param(7, "", id="number"),
        pytest.param("A" * 2000, "", id="too-long"),
    ],
)
def test_a_reason_is_a_word_that_the_api_server_takes(text: Any, word: str) -> None:
    assert reason_word(text) == word


@pytest.mark.parametrize(
    ("reason", "message", "text"),
    [("R", "m", "R: m"), ("R", None, "R"), (None, "m", "m"), ("", "", "")],
)
def test_said(reason: Any, message: Any, text: str) -> None:
    assert said(reason, message) == text
