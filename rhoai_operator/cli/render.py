"""``rhoai render``: what the operator would apply, without a cluster."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import click
import yaml

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.api.datasciencecluster import DataScienceCluster
from rhoai_operator.api.dscinitialization import DSCInitialization, DSCInitializationSpec
from rhoai_operator.api.problems import object_at
from rhoai_operator.catalog.context import unknown_fields
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import Catalog, load_catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.catalog.platforms import Platform
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.plan import ManagementState, Step
from rhoai_operator.reconcile.preview import preview
from rhoai_operator.render.documents import read_documents
from rhoai_operator.render.renderer import Renderer
from rhoai_operator.render.steps import render_step
from rhoai_operator.render.stream import to_yaml
from rhoai_operator.settings import MANIFESTS

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


@click.command()
@click.argument("component", required=False)
@click.option("--all", "everything", is_flag=True, help="Render every component.")
@click.option(
    "--platform",
    "platform_id",
    metavar="ID",
    default="rhoai",
    show_default=True,
    help="Platform to render for: rhoai, rhoai-cloud or odh.",
)
@click.option(
    "-f",
    "--filename",
    "file",
    type=click.File(encoding="utf-8"),
    help="Read a DataScienceCluster, a DSCInitialization or both; - is stdin.",
)
@click.option(
    "--plain",
    is_flag=True,
    help="As on a cluster that serves none of the kinds that only some clusters serve.",
)
@click.option(
    "--manifests",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="RHOAI_MANIFESTS_DIR",
    default=MANIFESTS,
    help="Folder of the components.  [env: RHOAI_MANIFESTS_DIR; default: the one shipped]",
)
def render(
    component: str | None,
    *,
    everything: bool,
    platform_id: str,
    file: IO[str] | None,
    plain: bool,
    manifests: Path,
) -> None:
    """Print the objects of COMPONENT, as YAML, in the order they are applied.

    No cluster is asked: kinds that only some clusters serve are all there, or none with --plain,
    and what is read from a cluster or generated shows as <...>. Without -f each component is
    Managed and all its fields have their defaults; with -f the fields are those of the file, and
    --all prints only what is Managed in it. Images are those of the RELATED_IMAGE_* variables, as
    in the operator.
    """
    if everything == bool(component):
        raise click.UsageError("name one component or say --all")
    try:
        catalog = load_catalog(manifests)
        platform = _platform(catalog, platform_id)
        names = [_known(catalog, component)] if component else _in_order(catalog)
        asked = _read(file, catalog, platform)
        planner = Planner(catalog, platform, os.environ)
        steps = [_step(planner, name, asked, plain=plain) for name in names]
        wanted = list(_wanted(steps, asked, everything=everything))
        text = to_yaml(_objects(wanted, Renderer(manifests), plain=plain))
    except OperatorError as error:
        raise click.ClickException(str(error)) from error
    click.echo(text.encode(), nl=False)


def _platform(catalog: Catalog, platform_id: str) -> Platform:
    if platform_id not in catalog.platforms:
        known = ", ".join(catalog.platforms)
        raise click.UsageError(f"no platform {platform_id!r}: one of {known}")
    return catalog.platforms[platform_id]


def _known(catalog: Catalog, component: str) -> str:
    if component not in catalog.components:
        known = ", ".join(catalog.components)
        raise click.UsageError(f"no component {component!r}: one of {known}")
    return component


def _in_order(catalog: Catalog) -> list[str]:
    """Return all names, first those of what components stand on."""
    owners = (dscinitialization.KIND, datasciencecluster.KIND)
    return [component.name for owner in owners for component in catalog.owned_by(owner)]


def _fields(catalog: Catalog) -> Mapping[str, ComponentDefinition]:
    """Return the components that have a field of their own in the DataScienceCluster."""
    owned = catalog.owned_by(datasciencecluster.KIND)
    return {component.name: component for component in owned if not component.shared_by}


def _everything(catalog: Catalog) -> DataScienceCluster:
    managed = {name: {"managementState": ManagementState.MANAGED} for name in _fields(catalog)}
    return datasciencecluster.parse({"spec": {"components": managed}})


def _default_dsci(platform: Platform) -> DSCInitialization:
    return dscinitialization.parse(
        {"spec": {"monitoring": {"managementState": platform.monitoring}}}
    )


def _read(file: IO[str] | None, catalog: Catalog, platform: Platform) -> Asked:
    """Read what the user asks for; what the file does not hold, or no file, has its defaults.

    Raises:
        click.ClickException: the file is no YAML, holds no such object or several, or fields
            that cannot be followed.
    """
    if file is None:
        return Asked(_everything(catalog), _default_dsci(platform))
    try:
        documents = list(_flat(read_documents(file.read())))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file.name}: not YAML: {error}") from error
    dsc = _only(documents, datasciencecluster.KIND, DSC_VERSION, file.name)
    dsci = _only(documents, dscinitialization.KIND, DSCI_VERSION, file.name)
    if dsc is None and dsci is None:
        kinds = f"{datasciencecluster.KIND} or {dscinitialization.KIND}"
        raise click.ClickException(f"{file.name}: holds no {kinds}")
    asked = Asked(
        datasciencecluster.parse(dsc) if dsc else _everything(catalog),
        dscinitialization.parse(dsci) if dsci else _default_dsci(platform),
        source=file.name,
    )
    strange = [
        *_strange_parts(dsc or {}, ("components",)),
        *_strange_parts(dsci or {}, DSCI_FIELDS),
        *_strange_fields(asked.dsc, catalog),
    ]
    if strange:
        raise click.ClickException(_lines(file.name, strange))
    return asked


def _lines(source: str, problems: Iterable[str]) -> str:
    return "\n".join(f"{source}: {problem}" if source else problem for problem in problems)


def _strange_parts(body: Mapping[str, Any], known: Collection[str]) -> Iterator[str]:
    spec, _ = object_at(body, "spec")
    for name in sorted(spec.keys() - known):
        yield f"spec.{name}: no such field: one of {', '.join(known)}"


def _flat(documents: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """Go through documents and the items of lists among them, as ``kubectl get -o yaml`` writes."""
    for document in documents:
        if isinstance(document, Mapping):
            items = document.get("items")
            yield from _flat(items) if isinstance(items, list) else (document,)


def _only(
    documents: Iterable[Mapping[str, Any]], kind: str, api_version: str, source: str
) -> Mapping[str, Any] | None:
    found = [document for document in documents if document.get("kind") == kind]
    if len(found) > 1:
        raise click.ClickException(
            f"{source}: holds {len(found)} objects of kind {kind}: leave one"
        )
    for document in found:
        version = document.get("apiVersion")
        if version != api_version:
            raise click.ClickException(
                f"{source}: {kind}: apiVersion is {version!r}: make it {api_version}"
            )
    return found[0] if found else None


def _strange_fields(dsc: DataScienceCluster, catalog: Catalog) -> Iterator[str]:
    """Name what the API server would drop: here it is more likely a mistake in writing."""
    own = _fields(catalog)
    for name, spec in dsc.components.items():
        if name not in own:
            yield f"spec.components.{name}: no such component: one of {', '.join(own)}"
        else:
            for field in unknown_fields(own[name], spec.parameters):
                yield f"{field}: no such field; remove it or correct its name"


def _wanted(steps: Iterable[Step], asked: Asked, *, everything: bool) -> Iterator[Step]:
    """Leave out what is not to be rendered.

    Raises:
        click.ClickException: fields that cannot be followed, or the one component asked for has
            no templates yet.
    """
    steps = list(steps)
    if problems := list(dict.fromkeys(step.problem for step in steps if step.problem)):
        raise click.ClickException(_lines(asked.source, problems))
    for step in steps:
        if everything and step.state is not ManagementState.MANAGED:
            continue
        if step.available:
            yield step
        elif everything:
            click.echo(f"{step.component}: not available yet, left out", err=True)
        else:
            raise click.ClickException(f"{step.component}: not available yet: it has no templates")


def _step(planner: Planner, name: str, asked: Asked, *, plain: bool) -> Step:
    """Plan a component with marks in place of what it reads from a cluster."""
    values = {
        value.name: value.placeholder(plain=plain) for value in planner.values(name, asked.dsci)
    }
    return planner.step(name, asked.dsc, asked.dsci, values)


def _objects(steps: Iterable[Step], renderer: Renderer, *, plain: bool) -> list[Manifest]:
    """Render; what several components have in common comes once, as the first one has it."""
    objects: dict[ObjectRef, Manifest] = {}
    for step in steps:
        desired = preview(render_step(renderer, step), step.policies)
        shown = desired.without(desired.optional) if plain else desired
        for manifest in shown.objects:
            objects.setdefault(ObjectRef.of(manifest), manifest)
    return list(objects.values())
