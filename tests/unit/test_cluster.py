from __future__ import annotations

import pytest

from tests.cluster import lacking


def test_a_test_without_needs_runs_anywhere() -> None:
    assert lacking(frozenset()) == ""


def test_a_need_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"failing-tag.*failing-tags"):
        lacking(frozenset({"failing-tag"}))
