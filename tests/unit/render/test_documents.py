"""What is read from YAML is what JSON can hold, and what Kubernetes would read."""

from __future__ import annotations

import pytest
import yaml

from rhoai_operator.render.documents import read_documents


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-08-14", "2024-08-14"),
        ("2024-08-14T00:00:00Z", "2024-08-14T00:00:00Z"),
        ("12:30", "12:30"),
        ("190:20:30.15", "190:20:30.15"),
        ("=", "="),
        (".inf", ".inf"),
        ("1.5", 1.5),
        ("-12", -12),
        ("0644", 0o644),
        ("0x1F", 31),
        ("true", True),
        ("off", False),
        ("{a: }", {"a": None}),
        ("{<<: {a: 1, b: 2}, b: 3}", {"a": 1, "b": 3}),
        ("'1'", "1"),
        ("100m", "100m"),
    ],
)
def test_values(text: str, value: object) -> None:
    assert read_documents(f"- {text}") == [[value]]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: 1\nb: 2\na: 3", "'a' comes twice"),
        ("8080: a", "'8080' is not text: quote it"),
        ("on: a", "'on' is not text: quote it"),
        ("? [a]\n: b", "is not text"),
        ("!!binary aGk=", "could not determine a constructor"),
        ("!!python/object:os.system {}", "could not determine a constructor"),
    ],
)
def test_refused(text: str, complaint: str) -> None:
    with pytest.raises(yaml.YAMLError, match=complaint):
        read_documents(text)


def test_empty_documents_are_left_out() -> None:
    assert read_documents("---\n# nothing\n---\na: 1\n---\n") == [{"a": 1}]
