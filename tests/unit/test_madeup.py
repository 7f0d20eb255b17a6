"""The made-up components are a catalog as the real one is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rhoai_operator.catalog.loader import load_catalog
from rhoai_operator.settings import MANIFESTS
from tests.madeup import APIS, NAMES, MadeUp, foreign_api, make_up


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> MadeUp:
    return make_up(tmp_path_factory.mktemp("made-up") / "catalog")


def test_they_stand_beside_the_real_ones(made_up: MadeUp) -> None:
    real, all_of_them = load_catalog(MANIFESTS), load_catalog(made_up.manifests)

    assert all_of_them.components.keys() == {*real.components, *NAMES}
    assert all_of_them.available >= {*real.available, *NAMES}
    assert all_of_them.platforms == real.platforms


def test_the_crd_has_their_fields(made_up: MadeUp) -> None:
    (path,) = made_up.crds.glob("datascienceclusters.*")
    (version,) = json.loads(path.read_text())["spec"]["versions"]
    components = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]

    assert components["components"]["properties"].keys() >= {"ray", "hooked", "gated"}


@pytest.mark.parametrize("plural", APIS)
def test_other_peoples_kinds_belong_to_no_component(made_up: MadeUp, plural: str) -> None:
    name = foreign_api(plural)["metadata"]["name"]

    assert not [path for path in made_up.manifests.glob("*/crds/*") if name in path.read_text()]


def test_they_are_where_the_operator_looks(made_up: MadeUp) -> None:
    assert Path(made_up.env["RHOAI_MANIFESTS_DIR"]) == made_up.manifests
