from __future__ import annotations

from pathlib import Path

import pytest

from rhoai_operator.catalog.platforms import load_platforms
from rhoai_operator.cluster.errors import Forbidden
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import Manifest
from rhoai_operator.engine.detection import detect_platform
from tests.fakes.cluster import KINDS, FakeCluster

PLATFORMS = load_platforms(Path(__file__).parents[3] / "manifests")
OLM = "operators.coreos.com"
CONDITION = Kind(OLM, "v2", "OperatorCondition")
OF_OLM = KINDS | {CONDITION, Kind(OLM, "v1alpha1", "CatalogSource")}


def condition(name: str) -> Manifest:
    metadata = {"name": name, "namespace": "ns"}
    return {"apiVersion": f"{OLM}/v2", "kind": "OperatorCondition", "metadata": metadata}


def source(name: str, namespace: str = "ns") -> Manifest:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": f"{OLM}/v1alpha1", "kind": "CatalogSource", "metadata": metadata}


ADDON = "addon-managed-odh-catalog"


@pytest.mark.parametrize(
    ("live", "platform"),
    [
        pytest.param((), "rhoai", id="nothing-found"),
        pytest.param((condition("rhods-operator.v2.25.0"),), "rhoai", id="self-managed"),
        pytest.param((condition("opendatahub-operator.v2.30.0"),), "odh", id="open-data-hub"),
        pytest.param((condition("other-operator"),), "rhoai", id="other-operators"),
        pytest.param((source(ADDON), condition("rhods-operator.v2")), "rhoai-cloud", id="cloud"),
        pytest.param((source(ADDON, "default"),), "rhoai", id="catalogue-elsewhere"),
    ],
)
async def test_what_olm_tells(live: tuple[Manifest, ...], platform: str) -> None:
    cluster = FakeCluster(*live, kinds=OF_OLM)
    assert (await detect_platform(cluster, PLATFORMS, "ns")).id == platform


async def test_off_olm_it_is_the_default() -> None:
    assert (await detect_platform(FakeCluster(), PLATFORMS, "ns")).id == "rhoai"


async def test_it_does_not_guess_when_the_cluster_cannot_be_asked() -> None:
    cluster = FakeCluster(kinds=OF_OLM)
    cluster.failing["list", CONDITION] = Forbidden("may not")

    with pytest.raises(Forbidden):
        await detect_platform(cluster, PLATFORMS, "ns")
