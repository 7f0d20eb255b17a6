from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hack.packaging.variations import WORD, choices, renderings
from rhoai_operator.catalog.loader import load_catalog
from rhoai_operator.settings import MANIFESTS

KIND = re.compile(r"^kind: (\w+)", re.MULTILINE)
LEVEL = {"type": "string", "enum": ["low", "high"]}


def in_templates(component: Path) -> set[str]:
    texts = (path.read_text() for path in component.glob("templates/**/*.j2"))
    return {kind for text in texts for kind in KIND.findall(text)}


@pytest.mark.parametrize("component", sorted(load_catalog(MANIFESTS).available))
def test_every_kind_in_templates_is_rendered_in_some_case(component: str) -> None:
    found = {
        manifest["kind"]
        for rendering in renderings(MANIFESTS)
        if rendering.component == component
        for manifest in rendering.desired.objects
    }
    assert in_templates(MANIFESTS / component) <= found


def test_every_component_is_rendered_on_every_platform() -> None:
    catalog = load_catalog(MANIFESTS)
    found = {(r.component, r.platform) for r in renderings(MANIFESTS)}
    assert found == {(name, key) for name in catalog.available for key in catalog.platforms}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, []),
        ({"level": LEVEL}, [{"level": "low"}, {"level": "high"}]),
        ({"name": {"type": "string"}}, [{"name": WORD}]),
        ({"on": {"type": "boolean"}}, [{"on": True}, {"on": False}]),
        (
            {"deep": {"type": "object", "properties": {"level": LEVEL}}},
            [{"deep": {"level": "low"}}, {"deep": {"level": "high"}}],
        ),
        ({"size": {"type": "integer"}}, []),
    ],
)
def test_choices_are_one_field_at_a_time(
    properties: dict[str, Any], expected: list[dict[str, Any]]
) -> None:
    assert list(choices({"properties": properties})) == [{}, *expected]
