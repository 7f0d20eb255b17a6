from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.catalog.keys import SecretValue
from rhoai_operator.catalog.recipes import recipes
from rhoai_operator.core.policies import ComposedText, Entry, RandomText, Recipe


def read(given: dict[str, dict[str, dict[str, Any]]]) -> dict[str, dict[str, Recipe]]:
    return recipes(
        {
            name: {key: SecretValue.model_validate(value) for key, value in values.items()}
            for name, values in given.items()
        }
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("plain", ("plain",), id="nothing"),
        pytest.param("a$(own)b", ("a", Entry("here", "own"), "b"), id="key"),
        pytest.param("$(there.key)", (Entry("there", "key"),), id="secret-and-key"),
        pytest.param("$(with.dot)", (Entry("here", "with.dot"),), id="key-with-a-dot"),
        pytest.param("$(do.ts.k.y)", (Entry("do.ts", "k.y"),), id="dots-in-both"),
        pytest.param("$own {}", ("$own {}",), id="no-reference"),
        pytest.param("", (), id="empty"),
    ],
)
def test_references(text: str, parts: tuple[str | Entry, ...]) -> None:
    random = {"random": 16}
    found = read(
        {
            "here": {"text": {"text": text}, "own": random, "with.dot": random},
            "there": {"key": random},
            "do.ts": {"k.y": random},
        }
    )
    assert found["here"]["text"] == ComposedText(parts)
    assert found["there"] == {"key": RandomText(16)}


@pytest.mark.parametrize("reference", ["key", "other.key", "here.nope", "", "."])
def test_a_reference_to_nothing(reference: str) -> None:
    with pytest.raises(ValueError, match="is no value of secrets"):
        read({"here": {"a": {"text": f"$({reference})"}}, "other": {"b": {"random": 8}}})


def test_a_text_made_from_itself() -> None:
    given = {"a": {"x": {"text": "$(b.y)"}}, "b": {"y": {"text": "$(a.x)"}}}
    with pytest.raises(ValueError, match=r"made from itself: .*a\.x"):
        read(given)
