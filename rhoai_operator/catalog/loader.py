"""Read the catalog: every ``manifests/*/component.yaml`` and the table of platforms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from rhoai_operator.catalog.checks import first_fault
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.errors import CatalogError
from rhoai_operator.catalog.platforms import Platform, load_platforms


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything the operator can install.

    Attributes:
        components: by name, in alphabetical order.
        available: names of those with templates.
        platforms: by id, the default first.
    """

    components: Mapping[str, ComponentDefinition]
    available: frozenset[str]
    platforms: Mapping[str, Platform]

    def owned_by(self, kind: str) -> tuple[ComponentDefinition, ...]:
        """Return the components that an object of ``kind`` switches on and off."""
        return tuple(c for c in self.components.values() if c.owner == kind)


def load_catalog(manifests: Path) -> Catalog:
    """Read and check everything below ``manifests``.

    Raises:
        CatalogError: a file does not fit the model, its name is not its folder's, it does not
            go with the other components, or there is no component at all.
    """
    paths = sorted(manifests.glob("*/component.yaml"))
    if not paths:
        raise CatalogError(manifests, "holds no <component>/component.yaml")
    components = {path.parent.name: _read(path) for path in paths}
    for path in paths:
        definition = components[path.parent.name]
        if definition.name != path.parent.name:
            raise CatalogError(path, f"name is {definition.name!r}, the folder's is another")
    if fault := first_fault(components):
        name, detail = fault
        raise CatalogError(manifests / name / "component.yaml", detail)
    available = frozenset(p.parent.name for p in paths if any(p.parent.glob("templates/*.j2")))
    return Catalog(components, available, load_platforms(manifests))


def _read(path: Path) -> ComponentDefinition:
    try:
        return ComponentDefinition.model_validate(yaml.safe_load(path.read_text()))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise CatalogError(path, str(error)) from error
