"""What ``make sbom`` writes."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from hack.packaging.licences import packages
from hack.packaging.sbom import sbom, validate


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    return sbom()


def test_it_names_all_that_is_shipped_with_licence_and_digests(bill: dict[str, Any]) -> None:
    components = {c["name"]: c for c in bill["components"]}

    assert {p.name: p.version for p in packages()} == {
        name: c["version"] for name, c in components.items()
    }
    for package in packages():
        component = components[package.name]
        assert component["licenses"][0]["expression"] == package.licence
        assert [h for r in component["externalReferences"] for h in r.get("hashes", ())]


def test_it_says_what_needs_what(bill: dict[str, Any]) -> None:
    needs = {d["ref"]: d["dependsOn"] for d in bill["dependencies"]}
    refs = {c["name"]: c["bom-ref"] for c in bill["components"]}

    assert refs["kopf"] in needs[bill["metadata"]["component"]["bom-ref"]]
    assert refs["aiohttp"] in needs[refs["kopf"]]
    assert {ref for found in needs.values() for ref in found} <= set(refs.values())


def test_it_is_valid_and_what_is_not_is_refused(bill: dict[str, Any]) -> None:
    validate(json.dumps(bill))

    with pytest.raises(subprocess.CalledProcessError):
        validate(json.dumps({**bill, "components": [{"name": "of no type"}]}))


def test_it_is_the_same_again(bill: dict[str, Any]) -> None:
    assert sbom() == bill
