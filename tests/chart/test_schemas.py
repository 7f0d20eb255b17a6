"""The schemas that kubeconform is given find mistakes in our kinds and in Kubernetes' own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hack.packaging import guard, operator_objects, schemas
from hack.packaging.operator_objects import ROOT
from rhoai_operator.catalog.crds import datasciencecluster_crd, dscinitialization_crd
from rhoai_operator.catalog.loader import load_catalog
from tests.tools import needed

DSC = {
    "apiVersion": "datasciencecluster.opendatahub.io/v1",
    "kind": "DataScienceCluster",
    "metadata": {"name": "x"},
    "spec": {"components": {"ray": {"managementState": "Managed"}}},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needed("kubernetes-validate")
    path = tmp_path_factory.mktemp("schemas")
    catalog = load_catalog(ROOT / "manifests")
    crds = (datasciencecluster_crd(catalog), dscinitialization_crd())
    schemas.write(path, "1.36.0", crds)
    return path


def conforms(folder: Path, manifest: dict[str, Any]) -> bool:
    where = ("-schema-location", f"{folder}/{schemas.LOCATION}")
    done = subprocess.run(
        [needed("kubeconform"), "-strict", *where, "-"],
        input=json.dumps(manifest),
        check=False,
        capture_output=True,
        text=True,
    )
    assert "could not find schema" not in done.stdout
    return done.returncode == 0


@pytest.mark.parametrize("manifest", [DSC, *operator_objects.objects(), *guard.objects()])
def test_what_is_right_conforms(folder: Path, manifest: dict[str, Any]) -> None:
    assert conforms(folder, manifest)


def test_a_field_that_there_is_not_is_found(folder: Path) -> None:
    deployment = operator_objects.deployment()
    deployment["spec"]["template"]["spec"]["serviceAcount"] = "misspelt"
    dsc = {**DSC, "spec": {"components": {"rays": {}}}}

    assert not conforms(folder, deployment)
    assert not conforms(folder, dsc)


def test_a_wrong_type_is_found(folder: Path) -> None:
    deployment = operator_objects.deployment()
    deployment["spec"]["replicas"] = "two"

    assert not conforms(folder, deployment)
