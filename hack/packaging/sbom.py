"""Writes the image's bill of materials in CycloneDX: what it brings, by digest, under which licence.

``python -m hack.packaging.sbom [FILE]`` writes ``dist/rhoai-operator.cdx.json`` by default.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hack.packaging.licences import LOCK, ROOT, Package, packages
from hack.tools import tool
from hack.wheel import epoch

TARGET = ROOT / "dist" / "rhoai-operator.cdx.json"
_VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read())
sys.exit(str(fault) if fault else 0)
"""


def sbom() -> dict[str, Any]:
    """Return it; the same for the same commit."""
    found = _listed()
    known = {canonicalize_name(package.name): package for package in packages()}
    refs: dict[str, str] = {canonicalize_name(c["name"]): c["purl"] for c in found["components"]}
    for component in found["components"]:
        _complete(component, known[canonicalize_name(component["name"])])
    found["dependencies"] = [
        _edges(found["metadata"]["component"]["bom-ref"], _direct(), refs),
        *(_edges(refs[name], package.requires, refs) for name, package in known.items()),
    ]
    return found


def validate(text: str) -> None:
    """Hold it against the schema of CycloneDX.

    Raises:
        subprocess.CalledProcessError: it is not valid; what is wrong has been said.
    """
    python = tool("cyclonedx-py").with_name("python")
    subprocess.run([python, "-W", "error", "-c", _VALIDATE], input=text, text=True, check=True)


def _listed() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch, "sbom.json")
        subprocess.run(
            [
                tool("cyclonedx-py"), "requirements", LOCK,
                "--pyproject", ROOT / "pyproject.toml", "--mc-type", "application",
                "--spec-version", "1.6", "--output-reproducible", "--output-file", target,
            ],
            check=True,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch()), "PYTHONWARNINGS": "ignore"},
        )  # fmt: skip
        found: dict[str, Any] = json.loads(target.read_text())
        return found


def _complete(component: dict[str, Any], package: Package) -> None:
    """Say the licence, and not which line of the lock it is."""
    component.pop("description", None)
    component["bom-ref"] = component["purl"]
    component["scope"] = "required"
    component["licenses"] = [{"expression": package.licence, "acknowledgement": "declared"}]


def _direct() -> tuple[str, ...]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return tuple(Requirement(text).name for text in project["dependencies"])


def _edges(ref: str, names: tuple[str, ...], refs: Mapping[str, str]) -> dict[str, Any]:
    wanted = (refs.get(canonicalize_name(name)) for name in names)
    return {"ref": ref, "dependsOn": sorted(found for found in wanted if found)}


def main() -> None:
    target = Path(sys.argv[1]) if sys.argv[1:] else TARGET
    text = json.dumps(sbom(), indent=2, sort_keys=True) + "\n"
    validate(text)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    print(target)


if __name__ == "__main__":
    main()
