"""What docs/adding-a-component.md shows is enough: two files of data, and no Python."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hack.generate import stale, texts
from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.catalog.loader import load_catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.render.renderer import Renderer
from rhoai_operator.render.steps import render_step
from tests.documents import blocks

ROOT = Path(__file__).parents[2]


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    """The real ones, and beside them what the page shows."""
    shutil.copytree(ROOT / "manifests", tmp_path / "manifests")
    for block in blocks(ROOT / "docs/adding-a-component.md"):
        if block.title:
            path = tmp_path / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
    return tmp_path / "manifests"


def test_two_files_are_a_component(manifests: Path) -> None:
    added = {path.relative_to(manifests) for path in manifests.rglob("notebookcourier/**/*.*")}
    catalog = load_catalog(manifests)
    dsc = {"spec": {"components": {"notebookcourier": {"managementState": "Managed"}}}}
    asked = datasciencecluster.parse(dsc), dscinitialization.parse({})

    step = Planner(catalog, catalog.platforms["odh"]).step("notebookcourier", *asked)
    (deployment,) = render_step(Renderer(manifests), step).objects

    assert set(map(str, added)) == {
        "notebookcourier/component.yaml",
        "notebookcourier/templates/deployment.yaml.j2",
    }
    assert deployment["spec"]["template"]["spec"]["containers"][0]["args"] == ["--retries=3"]
    assert not step.ignored


def test_what_is_generated_from_it_is_the_api_and_its_pages(
    manifests: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hack.component_pages._MANIFESTS", manifests)

    touched = stale(ROOT, texts(load_catalog(manifests)))

    assert {path.relative_to(ROOT).as_posix() for path in touched} == {
        "crds/datasciencecluster.opendatahub.io_datascienceclusters.yaml",
        "docs/components/README.md",
        "docs/components/notebookcourier.md",
        "README.md",
        "bundle/manifests/datasciencecluster.opendatahub.io_datascienceclusters.yaml",
        "bundle/manifests/rhoai-operator.clusterserviceversion.yaml",
        "charts/rhoai-operator/templates/crds/datascienceclusters.yaml",
        "hack/packaging/images-to-pin.yaml",
        "install.yaml",
        "olm-catalog/rhoai-operator/catalog.yaml",
    }
