from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from rhoai_operator.catalog.errors import CatalogError
from rhoai_operator.catalog.loader import load_catalog

MANIFESTS = Path(__file__).parents[3] / "manifests"
WEB = {"name": "web", "kind": "Web", "description": "d"}
ROW = {
    "name": "N",
    "applicationsNamespace": "a",
    "monitoringNamespace": "m",
    "registriesNamespace": "r",
    "monitoring": "Removed",
    "adminGroup": "g",
    "sectionTitle": "t",
    "notebooksNamespace": "n",
}


def write(folder: Path, files: Mapping[str, Any]) -> Path:
    whole = {"web/component.yaml": WEB, "platforms.yaml": {"one": ROW, "two": ROW}, **files}
    for name, content in whole.items():
        if content is None:
            continue
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return folder


def test_what_is_there(tmp_path: Path) -> None:
    job = {"name": "job", "kind": "Job", "description": "d", "owner": "DSCInitialization"}
    files = {"job/component.yaml": job, "web/templates/x.yaml.j2": "", "README.md": "", "x/y": ""}

    catalog = load_catalog(write(tmp_path, files))

    assert list(catalog.components) == ["job", "web"]
    assert catalog.available == {"web"}
    assert {name: row.id for name, row in catalog.platforms.items()} == {"one": "one", "two": "two"}
    owned = {k: [c.name for c in catalog.owned_by(k)] for k in ("DataScienceCluster", job["owner"])}
    assert owned == {"DataScienceCluster": ["web"], "DSCInitialization": ["job"]}


@pytest.mark.parametrize(
    ("files", "where", "says"),
    [
        pytest.param({"web/component.yaml": None}, "", "holds no", id="no-component"),
        pytest.param({"web/component.yaml": "a: ["}, "web/component.yaml", "", id="no-yaml"),
        pytest.param({"web/component.yaml": ""}, "web/component.yaml", "", id="empty"),
        pytest.param(
            {"web/component.yaml": {**WEB, "extra": 1}}, "web/component.yaml", "extra", id="unknown"
        ),
        pytest.param(
            {"web/component.yaml": {"name": "web"}}, "web/component.yaml", "kind", id="lacks-kind"
        ),
        pytest.param(
            {"web/component.yaml": {**WEB, "name": "other"}},
            "web/component.yaml",
            "'other'",
            id="folder-of-another-name",
        ),
        pytest.param(
            {"web/component.yaml": {**WEB, "requires": ["nobody"]}},
            "web/component.yaml",
            "no such component: nobody",
            id="requires-a-stranger",
        ),
        pytest.param(
            {"web/component.yaml": {**WEB, "broughtBy": ["nobody"]}},
            "web/component.yaml",
            "no such component: nobody",
            id="brought-by-a-stranger",
        ),
        pytest.param(
            {"web/component.yaml": {**WEB, "sharedBy": ["nobody"]}},
            "web/component.yaml",
            "no such component: nobody",
            id="shared-by-a-stranger",
        ),
        pytest.param(
            {"web/component.yaml": {**WEB, "shares": {"nobody": []}}},
            "web/component.yaml",
            "no such component: nobody",
            id="shares-with-a-stranger",
        ),
        pytest.param({"platforms.yaml": None}, "platforms.yaml", "", id="no-platforms"),
        pytest.param(
            {"platforms.yaml": {"one": {"name": "N"}}}, "platforms.yaml", "monitoring", id="row"
        ),
    ],
)
def test_what_is_wrong_is_said_with_the_file(
    tmp_path: Path, files: Mapping[str, Any], where: str, says: str
) -> None:
    with pytest.raises(CatalogError) as caught:
        load_catalog(write(tmp_path, files))

    assert caught.value.path == tmp_path / where
    assert str(caught.value).startswith(f"{tmp_path / where}: ")
    assert says in str(caught.value)


def test_what_the_operator_ships_can_be_loaded() -> None:
    catalog = load_catalog(MANIFESTS)
    assert next(iter(catalog.platforms)) == "rhoai"
    assert catalog.available <= catalog.components.keys()
