from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.assessment import conditions, failed, in_progress, is_true, mapping

READY = {"type": "Ready", "status": "True"}


@pytest.mark.parametrize(
    ("listed", "types"),
    [
        pytest.param([READY], {"Ready"}, id="one"),
        pytest.param(None, set(), id="none-yet"),
        pytest.param("text", set(), id="no-list"),
        pytest.param(["text", {}, {"type": 1}, READY], {"Ready"}, id="other-things-between"),
    ],
)
def test_conditions_are_read_whatever_a_custom_resource_calls_so(
    listed: Any, types: set[str]
) -> None:
    assert conditions({"conditions": listed}).keys() == types


def test_true_is_a_string() -> None:
    assert is_true(READY)
    assert not is_true({"type": "Ready", "status": True})
    assert not is_true(None)


def test_a_reason_that_is_a_sentence_is_left_out() -> None:
    assert in_progress("m", "no word").reason == failed("m", "no word").reason == ""
    assert in_progress("m", "Word").reason == failed("m", "Word").reason == "Word"


def test_mapping() -> None:
    assert mapping({"a": 1}) == {"a": 1}
    assert mapping("text") == mapping(None) == {}
