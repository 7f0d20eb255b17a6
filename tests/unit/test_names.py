"""Components are data: code names none of them, outside of what is made for one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from rhoai_operator.catalog.loader import load_catalog

ROOT = Path(__file__).parents[2]
CODE = ROOT / "rhoai_operator"
HOOKS = CODE / "catalog" / "hooks"
NAMES = [c.name for c in load_catalog(ROOT / "manifests").owned_by("DataScienceCluster")]


def named(source: str, names: Iterable[str]) -> list[str]:
    return re.findall(rf"\b(?:{'|'.join(names)})\b", source)


def sources() -> list[Path]:
    return [path for path in sorted(CODE.rglob("*.py")) if HOOKS not in path.parents]


def test_no_component_is_named() -> None:
    found = {str(path.relative_to(ROOT)): named(path.read_text(), NAMES) for path in sources()}
    assert len(found) > 10
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        pytest.param('if name == "web":', ["web"], id="in-a-string"),
        pytest.param("web = job", ["web", "job"], id="variables"),
        pytest.param("from aiohttp.webs import jobs", [], id="part-of-a-word"),
        pytest.param("web_server", [], id="part-of-a-name"),
    ],
)
def test_how_names_are_found(source: str, names: list[str]) -> None:
    assert named(source, ["web", "job"]) == names
