"""The platforms the operator can be: a table of what differs between them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from rhoai_operator.catalog.errors import CatalogError
from rhoai_operator.core.plan import ManagementState


class Platform(BaseModel):
    """One row of ``manifests/platforms.yaml``.

    Attributes:
        name: as in ``status.release.name``.
        notebooks_namespace: of notebooks that belong to no project; empty for that of the
            applications.
        monitoring: what the operator's own DSCInitialization says of monitoring.
        admin_group: whose members administer the platform.
        section_title: above its links in the console's menu.
        catalog_source: CatalogSource in the operator's namespace that gives the platform away.
        operator_condition: name prefix of the OperatorCondition that gives it away.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    id: str = ""
    name: str
    applications_namespace: str
    monitoring_namespace: str
    registries_namespace: str
    notebooks_namespace: str
    monitoring: ManagementState
    admin_group: str
    section_title: str
    catalog_source: str = ""
    operator_condition: str = ""


def load_platforms(manifests: Path) -> Mapping[str, Platform]:
    """Read the table, by id, in the file's order: the first row is the default.

    Raises:
        CatalogError: the file is missing or a row does not fit.
    """
    path = manifests / "platforms.yaml"
    try:
        rows = yaml.safe_load(path.read_text())
        table = TypeAdapter(dict[str, Platform]).validate_python(rows)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise CatalogError(path, str(error)) from error
    return {key: row.model_copy(update={"id": key}) for key, row in table.items()}
