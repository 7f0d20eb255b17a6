"""What adding a component touches: its folder and its goldens; the rest is made from them."""

from __future__ import annotations

import shutil
from pathlib import Path

from hack.generate import stale
from rhoai_operator.catalog.loader import load_catalog

ROOT = Path(__file__).parents[2]
ADDED = "feastoperator"
MADE_ANEW = {
    "README.md",
    "bundle/manifests/datasciencecluster.opendatahub.io_datascienceclusters.yaml",
    "bundle/manifests/rhoai-operator.clusterserviceversion.yaml",
    "charts/rhoai-operator/templates/crds/datascienceclusters.yaml",
    "crds/datasciencecluster.opendatahub.io_datascienceclusters.yaml",
    "docs/components/README.md",
    "hack/packaging/images-to-pin.yaml",
    "install.yaml",
    "olm-catalog/rhoai-operator/catalog.yaml",
}


def test_beside_its_folder_only_what_is_generated_changes(tmp_path: Path) -> None:
    before = tmp_path / "manifests"
    shutil.copytree(ROOT / "manifests", before, ignore=shutil.ignore_patterns(ADDED))

    changed = stale(ROOT, load_catalog(before))

    assert {str(path.relative_to(ROOT)) for path in changed} == MADE_ANEW


def test_its_folder_is_data_and_a_golden_shows_what_comes_of_it() -> None:
    folder = ROOT / "manifests" / ADDED
    kinds = {path.suffix for path in folder.rglob("*") if path.is_file()}

    assert kinds == {".yaml", ".j2"}
    assert (ROOT / "tests/golden" / ADDED / "rhoai/expected.yaml").is_file()
