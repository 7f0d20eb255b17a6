from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from rhoai_operator.api.model import ApiModel, Quantity, rules
from rhoai_operator.api.schema import structural, tidy


class Inner(ApiModel):
    """What is inside."""

    level: Literal["low", "high"] = "low"
    """How much."""


class Outer(ApiModel):
    """All
    of it."""

    inner: Inner = Inner()
    """The one
    inside."""
    maybe: Inner | None = None
    inners: tuple[Inner, ...] = ()
    names: tuple[str, ...] = ("a",)
    counts: dict[str, int] | None = None
    anything: dict[str, dict[str, Any]] | None = None
    size: Quantity = "5Gi"
    seen_at: datetime | None = None
    needed: Annotated[str, Field(pattern="^x$", max_length=3)]


INNER = {
    "description": "What is inside.",
    "type": "object",
    "properties": {
        "level": {
            "description": "How much.",
            "type": "string",
            "enum": ["low", "high"],
            "default": "low",
        }
    },
}


def field(name: str) -> Any:
    return structural(Outer)["properties"][name]


def test_the_whole() -> None:
    schema = structural(Outer)
    assert schema.keys() == {"description", "type", "properties", "required"}
    assert schema["description"] == "All of it."
    assert schema["required"] == ["needed"]


def test_a_model_is_put_in_place_and_its_default_is_that_of_its_fields() -> None:
    assert field("inner") == {**INNER, "description": "The one inside.", "default": {}}


def test_optional_is_absent_never_null() -> None:
    assert field("maybe") == INNER
    assert field("seenAt") == {"type": "string", "format": "date-time"}


def test_lists() -> None:
    assert field("inners") == {"type": "array", "items": INNER}
    assert field("names") == {"type": "array", "items": {"type": "string"}, "default": ["a"]}


def test_maps() -> None:
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    assert field("counts") == {"type": "object", "additionalProperties": {"type": "integer"}}
    assert field("anything") == {"type": "object", "additionalProperties": anything}


def test_quantities_are_both() -> None:
    size = field("size")
    assert size["x-kubernetes-int-or-string"] is True
    assert size["anyOf"] == [{"type": "integer"}, {"type": "string"}]
    assert size["default"] == "5Gi"
    assert "type" not in size


def test_limits_are_kept() -> None:
    assert field("needed") == {"type": "string", "pattern": "^x$", "maxLength": 3}


def test_rules() -> None:
    assert rules(("self.a > 0", "a counts")) == {
        "x-kubernetes-validations": [{"rule": "self.a > 0", "message": "a counts"}]
    }


def test_tidy_puts_first_what_people_look_for_and_changes_nothing() -> None:
    schema = {
        "properties": {"b": {"enum": ["x"], "type": "string"}, "a": {"items": {"type": "string"}}},
        "x-kubernetes-validations": [],
        "type": "object",
        "description": "d",
    }
    tidied = tidy(schema)
    assert tidied == schema
    assert list(tidied) == ["description", "type", "x-kubernetes-validations", "properties"]
    assert list(tidied["properties"]) == ["b", "a"]
    assert list(tidied["properties"]["b"]) == ["type", "enum"]
