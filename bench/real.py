"""The components that users get, all of them, as something to measure."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from rhoai_operator.catalog.loader import Catalog, load_catalog
from rhoai_operator.settings import MANIFESTS


@dataclass(frozen=True)
class Real:
    """Has what ``bench.generated.Shape`` has of its generated ones."""

    @cached_property
    def _catalog(self) -> Catalog:
        return load_catalog(MANIFESTS)

    @property
    def names(self) -> Sequence[str]:
        """Names of all components, those that come with others included."""
        owned = self._catalog.owned_by("DataScienceCluster")
        return [c.name for c in owned if c.name in self._catalog.available]

    @property
    def switched(self) -> Sequence[str]:
        """Names of those that a DataScienceCluster has a field for."""
        return [name for name in self.names if not self._catalog.components[name].shared_by]

    @cached_property
    def served(self) -> Mapping[str, frozenset[str]]:
        """Path of a group version -> plurals that the CRDs bring there."""
        found: dict[str, set[str]] = {}
        for path in MANIFESTS.glob("*/crds/*.yaml"):
            spec = yaml.load(path.read_text(), yaml.CSafeLoader)["spec"]
            for version in (v["name"] for v in spec["versions"] if v["served"]):
                group = f"/apis/{spec['group']}/{version}"
                found.setdefault(group, set()).add(spec["names"]["plural"])
        return {path: frozenset(plurals) for path, plurals in found.items()}

    def condition(self, component: str) -> str:
        """Return the type of a component's condition."""
        return self._catalog.components[component].condition

    def write(self, root: Path) -> None:
        """Copy their manifests to ``root``, which must not be there."""
        shutil.copytree(MANIFESTS, root)
