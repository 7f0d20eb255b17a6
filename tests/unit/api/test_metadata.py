from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given

from rhoai_operator.api.metadata import NEVER, Metadata
from tests.unit.api.bodies import JSON, quickly


def test_everything_is_read() -> None:
    given = {
        "name": "default-dsc",
        "uid": "u",
        "generation": 3,
        "resourceVersion": "12",
        "creationTimestamp": "2024-11-05T08:00:00Z",
        "deletionTimestamp": "2024-11-06T08:00:00Z",
        "annotations": {"a": "b"},
        "finalizers": ["f"],
    }
    assert Metadata.of({"metadata": given}) == Metadata(
        name="default-dsc",
        uid="u",
        generation=3,
        created=datetime(2024, 11, 5, 8, tzinfo=UTC),
        deleting=True,
        annotations={"a": "b"},
        finalizers=("f",),
    )


@pytest.mark.parametrize("body", [{}, {"metadata": None}, {"metadata": {}}, {"metadata": 3}])
def test_nothing_is_needed(body: dict[str, Any]) -> None:
    assert Metadata.of(body) == Metadata("", "", 0, NEVER, False, {}, ())


@pytest.mark.parametrize(
    ("timestamp", "created"),
    [
        (datetime(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC)),  # noqa: DTZ001 - as YAML reads it
        ("2024-01-01T02:00:00+02:00", datetime(2024, 1, 1, tzinfo=UTC)),
        ("yesterday", NEVER),
        (7, NEVER),
    ],
)
def test_creation_time(timestamp: object, created: datetime) -> None:
    assert Metadata.of({"metadata": {"creationTimestamp": timestamp}}).created == created


def test_what_was_never_stored_is_younger_than_everything() -> None:
    assert datetime(2999, 1, 1, tzinfo=timezone(timedelta(hours=-12))) < NEVER


@quickly
@given(JSON)
def test_nothing_raises(metadata: Any) -> None:
    Metadata.of({"metadata": metadata})
