from __future__ import annotations

from datetime import UTC, datetime

import click
import pytest

from rhoai_operator.cli.output import age, columns, shortened

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_columns_are_aligned_by_what_is_seen() -> None:
    rows = [("ray", click.style("True", fg="green"), "1m"), ("workbenches", "False", "20s")]

    shown = [click.unstyle(line) for line in columns(("NAME", "READY", "AGE"), rows)]

    assert shown == [
        "NAME          READY   AGE",
        "ray           True    1m",
        "workbenches   False   20s",
    ]


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("2026-03-01T11:59:20Z", "40s"),
        ("2026-03-01T11:55:00Z", "5m"),
        ("2026-03-01T02:00:00Z", "10h"),
        ("2026-02-01T12:00:00Z", "28d"),
        ("2026-03-01T12:00:05Z", "0s"),
        ("", "<unknown>"),
        ("soon", "<unknown>"),
    ],
)
def test_ages_are_as_kubectl_has_them(since: str, said: str) -> None:
    assert age(since, NOW) == said


def test_a_long_text_says_that_it_goes_on() -> None:
    assert (shortened("abcdef", 4), shortened("abcd", 4)) == ("abc…", "abcd")
