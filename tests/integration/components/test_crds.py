"""Every CRD of every component is accepted by a real API server, and holds what users write.

Nothing answers behind the components' webhooks, so they are not there: CRDs only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rhoai_operator.render.crds import CoreTypes, expand_crd
from tests.cluster import ControlPlane
from tests.integration.components.conftest import MANIFESTS

SAMPLES = sorted(Path(__file__).parents[2].glob("samples/*/*.yaml"))
FILES = sorted(MANIFESTS.glob("*/crds/*.yaml"))
TYPES = CoreTypes(MANIFESTS)
CRDS = {path.name: expand_crd(yaml.safe_load(path.read_text()), TYPES) for path in FILES}


@pytest.fixture(scope="module")
def served(control_plane: ControlPlane) -> Iterator[ControlPlane]:
    """A cluster that serves all of them; conversion is left out, as it has nobody behind it."""
    crds = [{**crd, "spec": {**crd["spec"], "conversion": None}} for crd in CRDS.values()]
    stream = "\n".join(map(json.dumps, crds))
    control_plane.kubectl("apply", "--server-side", "-f", "-", stdin=stream)
    yield control_plane
    control_plane.kubectl("delete", "--ignore-not-found", "--wait=false", "-f", "-", stdin=stream)


def test_every_crd_has_a_sample() -> None:
    samples, crds = (
        {(p.parts[-2], p.name) for p in SAMPLES},
        {(p.parts[-3], p.name) for p in FILES},
    )
    assert samples == crds


def test_every_crd_is_established(served: ControlPlane) -> None:
    names = [f"crd/{path.stem}" for path in FILES]

    served.kubectl("wait", "--for=condition=Established", "--timeout=30s", *names)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_accepted_and_a_typo_in_it_is_not(served: ControlPlane, path: Path) -> None:
    sample = yaml.safe_load(path.read_text())
    strict = ("apply", "--dry-run=server", "--validate=strict", "-f", "-")

    served.kubectl(*strict, stdin=json.dumps(sample))
    refused = served.kubectl(*strict, stdin=json.dumps(_misspelt(sample, path)), check=False)

    assert refused.returncode != 0
    assert "unknown field" in refused.stderr


def _misspelt(sample: dict[str, Any], path: Path) -> dict[str, Any]:
    """Write one of its fields a second time with a letter too many, where the schema knows all."""
    version = next(v for v in CRDS[path.name]["spec"]["versions"] if v["storage"])
    spec = version["schema"]["openAPIV3Schema"].get("properties", {}).get("spec", {})
    if known := [name for name in sample.get("spec", {}) if name in spec.get("properties", {})]:
        return {**sample, "spec": {**sample["spec"], f"{known[0]}s": sample["spec"][known[0]]}}
    name = next(name for name in sample if name not in {"apiVersion", "kind", "metadata"})
    return {**sample, f"{name}s": sample[name]}
