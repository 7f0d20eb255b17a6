from __future__ import annotations

import itertools
import threading

import pytest

from tests.wait import until


async def test_returns_the_value_once_it_is_true() -> None:
    values = iter(["", "", "ready"])
    assert await until(lambda: next(values), 5, "a value") == "ready"


async def test_awaits_coroutines() -> None:
    values = iter([0, 7])

    async def value() -> int:
        return next(values)

    assert await until(value, 5, "a value") == 7


async def test_failed_assertion_is_not_yet() -> None:
    attempts = itertools.count()

    def third_time() -> bool:
        assert next(attempts) == 2
        return True

    assert await until(third_time, 5, "the third attempt")


async def test_deadline_names_what_was_waited_for_and_the_last_value() -> None:
    with pytest.raises(AssertionError, match=r"not within 0.1 s: the moon; last: 0"):
        await until(lambda: 0, 0.1, "the moon")


async def test_deadline_holds_while_a_condition_blocks() -> None:
    released = threading.Event()
    with pytest.raises(AssertionError, match="an answer"):
        await until(lambda: released.wait(30), 0.1, "an answer")
    released.set()


async def test_other_errors_are_raised_at_once() -> None:
    with pytest.raises(ZeroDivisionError):
        await until(lambda: 1 / 0, 30, "the impossible")
