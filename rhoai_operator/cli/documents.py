"""Custom resources in files, and names of the catalog, as users give them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

import click
import yaml

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.api.datasciencecluster import DataScienceCluster
from rhoai_operator.api.dscinitialization import DSCInitialization, DSCInitializationSpec
from rhoai_operator.api.problems import object_at
from rhoai_operator.catalog.context import unknown_fields
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import Catalog
from rhoai_operator.catalog.platforms import Platform
from rhoai_operator.cli.session import Failure
from rhoai_operator.core.plan import ManagementState
from rhoai_operator.render.documents import read_documents

DSC_VERSION = f"{datasciencecluster.GROUP}/{datasciencecluster.VERSION}"
DSCI_VERSION = f"{dscinitialization.GROUP}/{dscinitialization.VERSION}"
DSCI_FIELDS = tuple(
    field.alias or name for name, field in DSCInitializationSpec.model_fields.items()
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the components are rendered for.

    Attributes:
        source: the file they are from, for messages; empty if there is none.
    """

    dsc: DataScienceCluster
    dsci: DSCInitialization
    source: str = ""


def platform_named(catalog: Catalog, platform_id: str) -> Platform:
    """Return the platform with this id.

    Raises:
        click.UsageError: there is none.
    """
    if platform_id not in catalog.platforms:
        known = ", ".join(catalog.platforms)
        raise click.UsageError(f"no platform {platform_id!r}: one of {known}")
    return catalog.platforms[platform_id]


def component_named(catalog: Catalog, component: str) -> str:
    """Return the name, if it is a component's.

    Raises:
        click.UsageError: it is not.
    """
    if component not in catalog.components:
        known = ", ".join(catalog.components)
        raise click.UsageError(f"no component {component!r}: one of {known}")
    return component


def in_order(catalog: Catalog) -> list[str]:
    """Return all names, first those of what components stand on."""
    owners = (dscinitialization.KIND, datasciencecluster.KIND)
    return [component.name for owner in owners for component in catalog.owned_by(owner)]


def switched(catalog: Catalog) -> Mapping[str, ComponentDefinition]:
    """Return the components that have a field of their own in the DataScienceCluster."""
    owned = catalog.owned_by(datasciencecluster.KIND)
    return {component.name: component for component in owned if not component.shared_by}


def _everything(catalog: Catalog) -> DataScienceCluster:
    managed = {name: {"managementState": ManagementState.MANAGED} for name in switched(catalog)}
    return datasciencecluster.parse({"spec": {"components": managed}})


def default_dsci(platform: Platform) -> DSCInitialization:
    """Return the one that the operator makes."""
    return dscinitialization.parse(
        {"spec": {"monitoring": {"managementState": platform.monitoring}}}
    )


def read(file: IO[str] | None, catalog: Catalog, platform: Platform) -> Asked:
    """Read what the user asks for; what the file does not hold, or no file, has its defaults.

    Raises:
        Failure: the file is no YAML, holds no such object or several, or fields
            that cannot be followed.
    """
    if file is None:
        return Asked(_everything(catalog), default_dsci(platform))
    found = documents_in(file, catalog)
    dsc, dsci = found.get(datasciencecluster.KIND), found.get(dscinitialization.KIND)
    return Asked(
        datasciencecluster.parse(dsc) if dsc else _everything(catalog),
        dscinitialization.parse(dsci) if dsci else default_dsci(platform),
        source=file.name,
    )


def documents_in(file: IO[str], catalog: Catalog) -> Mapping[str, Mapping[str, Any]]:
    """Return the DataScienceCluster and the DSCInitialization of a file, by kind.

    Raises:
        Failure: see ``read``.
    """
    documents = _all_in(file)
    dsc = _only(documents, datasciencecluster.KIND, DSC_VERSION, file.name) or {}
    dsci = _only(documents, dscinitialization.KIND, DSCI_VERSION, file.name) or {}
    if not (dsc or dsci):
        kinds = f"{datasciencecluster.KIND} or {dscinitialization.KIND}"
        raise Failure(f"{file.name}: holds no {kinds}")
    strange = [
        *strange_parts(dsc, ("components",)),
        *strange_parts(dsci, DSCI_FIELDS),
        *strange_fields(datasciencecluster.parse(dsc), catalog),
    ]
    if strange:
        raise Failure(lines(file.name, strange))
    return {body["kind"]: body for body in (dsc, dsci) if body}


def _all_in(file: IO[str]) -> list[Mapping[str, Any]]:
    try:
        return list(flat(read_documents(file.read())))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Failure(f"{file.name}: not YAML: {error}") from error


def lines(source: str, problems: Iterable[str]) -> str:
    """Return problems, one a line, each with the file that it is in."""
    return "\n".join(f"{source}: {problem}" if source else problem for problem in problems)


def strange_parts(body: Mapping[str, Any], known: Collection[str]) -> Iterator[str]:
    """Name fields of the spec that there are not."""
    spec, _ = object_at(body, "spec")
    for name in sorted(spec.keys() - known):
        yield f"spec.{name}: no such field: one of {', '.join(known)}"


def flat(documents: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """Go through documents and the items of lists among them, as ``kubectl get -o yaml`` writes."""
    for document in documents:
        if isinstance(document, Mapping):
            items = document.get("items")
            yield from flat(items) if isinstance(items, list) else (document,)


def _only(
    documents: Iterable[Mapping[str, Any]], kind: str, api_version: str, source: str
) -> Mapping[str, Any] | None:
    found = [document for document in documents if document.get("kind") == kind]
    if len(found) > 1:
        raise Failure(f"{source}: holds {len(found)} objects of kind {kind}: leave one")
    for document in found:
        version = document.get("apiVersion")
        if version != api_version:
            raise Failure(f"{source}: {kind}: apiVersion is {version!r}: make it {api_version}")
    return found[0] if found else None


def strange_fields(dsc: DataScienceCluster, catalog: Catalog) -> Iterator[str]:
    """Name what the API server would drop: here it is more likely a mistake in writing."""
    own = switched(catalog)
    for name, spec in dsc.components.items():
        if name not in own:
            yield f"spec.components.{name}: no such component: one of {', '.join(own)}"
        else:
            for field in unknown_fields(own[name], spec.parameters):
                yield f"{field}: no such field; remove it or correct its name"
