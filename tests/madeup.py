"""The catalog with the made-up components in it: what an operator under test is started with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rhoai_operator.catalog.crds import datasciencecluster_crd, dscinitialization_crd
from rhoai_operator.catalog.loader import load_catalog
from rhoai_operator.settings import MANIFESTS

COMPONENTS = Path(__file__).parent / "components"
"""Folders as below ``manifests/``; ``apis`` holds the definitions of other people's kinds."""
APIS = ("gizmos", "widgets")
NAMES = tuple(sorted(path.parent.name for path in COMPONENTS.glob("*/component.yaml")))


@dataclass(frozen=True, slots=True)
class MadeUp:
    """The real catalog and the made-up components as one.

    Attributes:
        manifests: folder for ``RHOAI_MANIFESTS_DIR``.
        crds: folder with this operator's CRDs, composed from that catalog.
    """

    manifests: Path
    crds: Path

    @property
    def env(self) -> dict[str, str]:
        """The variables an operator is started with."""
        return {"RHOAI_MANIFESTS_DIR": str(self.manifests)}


def make_up(folder: Path) -> MadeUp:
    """Build the catalog in an empty folder, of links to what it consists of."""
    made = MadeUp(folder / "manifests", folder / "crds")
    made.manifests.mkdir(parents=True)
    for source in (*MANIFESTS.iterdir(), *(COMPONENTS / name for name in NAMES)):
        made.manifests.joinpath(source.name).symlink_to(source)
    made.crds.mkdir()
    for crd in (datasciencecluster_crd(load_catalog(made.manifests)), dscinitialization_crd()):
        made.crds.joinpath(f"{crd['metadata']['name']}.json").write_text(json.dumps(crd))
    return made


def foreign_api(plural: str) -> Mapping[str, Any]:
    """Return the definition of somebody else's kind, one of ``APIS``."""
    crd: Mapping[str, Any] = yaml.safe_load((COMPONENTS / "apis" / f"{plural}.yaml").read_text())
    return crd
