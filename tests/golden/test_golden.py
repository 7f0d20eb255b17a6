"""Every ``tests/golden/<component>/<case>/`` renders to its ``expected.yaml``, exactly.

``pytest tests/golden --update-golden`` rewrites the expectations; read the diff like any other
code. ``context.yaml`` says the platform and what differs from its defaults: the component's own
fields (``parameters``), the spec of the DSCInitialization (``dsci``), variables (``env``), and
which optional kinds are served (``served``; all, if it is not said). Of a CRD, which is long, only
metadata and a digest are kept: what changed in it shows in its own file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.catalog.loader import Catalog, load_catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.values import ServedValue, Value
from rhoai_operator.reconcile.preview import preview
from rhoai_operator.render.documents import read_documents
from rhoai_operator.render.renderer import Renderer
from rhoai_operator.render.steps import render_step
from rhoai_operator.render.stream import to_yaml

HERE = Path(__file__).parent
MANIFESTS = HERE.parents[1] / "manifests"
CASES = sorted(path.parent for path in HERE.glob("*/*/context.yaml"))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(MANIFESTS)


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(MANIFESTS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_rendering_matches_golden_file(
    case: Path, catalog: Catalog, renderer: Renderer, request: pytest.FixtureRequest
) -> None:
    component = case.parent.name
    given = _read(case)

    planner, asked = _planner(catalog, given), _asked(component, catalog, given)
    values = {value.name: _read_as(value, given) for value in planner.values(component, asked[1])}
    step = planner.step(component, *asked, values)
    desired = preview(render_step(renderer, step), step.policies)

    assert not step.problem
    unserved = {ref for ref in desired.optional if not _serves(ref.kind, given)}
    rendered = to_yaml(map(_short, desired.without(frozenset(unserved)).objects))
    expected = case / "expected.yaml"
    if request.config.getoption("--update-golden"):
        expected.write_text(rendered, encoding="utf-8")
    assert rendered == expected.read_text(encoding="utf-8")


def test_every_component_has_a_case_for_every_platform(catalog: Catalog) -> None:
    cases = {(case.parent.name, _read(case)["platform"]) for case in CASES}

    assert cases == {(name, key) for name in catalog.available for key in catalog.platforms}


def _read(case: Path) -> dict[str, Any]:
    (given,) = read_documents(case.joinpath("context.yaml").read_text(encoding="utf-8"))
    assert given.keys() <= {"platform", "parameters", "dsci", "env", "served"}
    return dict(given)


def _serves(kind: str, given: Mapping[str, Any]) -> bool:
    return kind in given.get("served", {kind})


def _read_as(value: Value, given: Mapping[str, Any]) -> Any:
    if isinstance(value, ServedValue):
        return _serves(value.kind.kind, given)
    return value.placeholder(plain=not given.get("served", True))


def _planner(catalog: Catalog, given: Mapping[str, Any]) -> Planner:
    return Planner(catalog, catalog.platforms[given["platform"]], given.get("env", {}))


def _asked(
    component: str, catalog: Catalog, given: Mapping[str, Any]
) -> tuple[datasciencecluster.DataScienceCluster, dscinitialization.DSCInitialization]:
    managed = {"managementState": "Managed", **given.get("parameters", {})}
    users = catalog.components[component].shared_by or {component}
    monitoring = {"managementState": catalog.platforms[given["platform"]].monitoring}
    dsc = {"spec": {"components": dict.fromkeys(users, managed)}}
    dsci = {"spec": {"monitoring": monitoring, **given.get("dsci", {})}}
    return datasciencecluster.parse(dsc), dscinitialization.parse(dsci)


def _short(manifest: Manifest) -> Manifest:
    if manifest["kind"] != "CustomResourceDefinition":
        return manifest
    canonical = json.dumps(dict(manifest), sort_keys=True, separators=(",", ":"))
    kept = {key: manifest[key] for key in ("apiVersion", "kind", "metadata")}
    return {**kept, "sha256": hashlib.sha256(canonical.encode()).hexdigest()}
