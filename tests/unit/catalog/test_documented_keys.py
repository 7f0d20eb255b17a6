"""What the page for authors of components says of ``component.yaml`` is true and complete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from rhoai_operator.catalog.definition import ComponentDefinition

PAGE = Path(__file__).parents[3] / "docs" / "adding-a-component.md"


def examples() -> dict[str, Any]:
    first, _, keys = PAGE.read_text().partition("## The keys of component.yaml")
    blocks = re.findall(r"```yaml[^\n]*\n(name: .*?)```", first, re.DOTALL)
    blocks += re.findall(r"```yaml\n(.*?)```", keys, re.DOTALL)
    return {key: value for block in blocks for key, value in yaml.safe_load(block).items()}


def test_the_examples_are_one_component() -> None:
    found = ComponentDefinition.model_validate(examples())
    assert found.name == "notebookcourier"
    assert found.secrets["courier-connection"]["note"].text == "made for $(url)"


def test_every_key_has_an_example() -> None:
    keys = {field.alias for field in ComponentDefinition.model_fields.values()}
    assert keys - examples().keys() == set()
