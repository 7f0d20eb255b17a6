"""``rhoai render``: what the operator would apply, without a cluster."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import click

from rhoai_operator.catalog.loader import load_catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.cli.documents import (
    Asked,
    component_named,
    in_order,
    lines,
    platform_named,
    read,
)
from rhoai_operator.cli.output import Output
from rhoai_operator.cli.session import Failure, prints
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.plan import ManagementState, Step
from rhoai_operator.reconcile.preview import preview
from rhoai_operator.render.renderer import Renderer
from rhoai_operator.render.steps import render_step
from rhoai_operator.render.stream import to_yaml
from rhoai_operator.settings import MANIFESTS


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
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write one file for each object into this folder, which has to be empty or new.",
)
@prints
def render(
    output: Output,
    *,
    component: str | None,
    everything: bool,
    platform_id: str,
    file: IO[str] | None,
    plain: bool,
    manifests: Path,
    folder: Path | None,
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
    catalog = load_catalog(manifests)
    platform = platform_named(catalog, platform_id)
    names = [component_named(catalog, component)] if component else in_order(catalog)
    asked = read(file, catalog, platform)
    planner = Planner(catalog, platform, os.environ)
    steps = [_step(planner, name, asked, plain=plain) for name in names]
    wanted = list(_wanted(steps, asked, output, everything=everything))
    objects = _objects(wanted, Renderer(manifests), plain=plain)
    if folder:
        _write(folder, objects)
        output.note(f"wrote {len(objects)} files to {folder}")
    else:
        click.echo(to_yaml([manifest for _, manifest in objects]).encode(), nl=False)


def _wanted(
    steps: Iterable[Step], asked: Asked, output: Output, *, everything: bool
) -> Iterator[Step]:
    """Leave out what is not to be rendered.

    Raises:
        Failure: fields that cannot be followed, or the one component asked for has
            no templates yet.
    """
    steps = list(steps)
    if problems := list(dict.fromkeys(step.problem for step in steps if step.problem)):
        raise Failure(lines(asked.source, problems))
    for step in steps:
        if everything and step.state is not ManagementState.MANAGED:
            continue
        if step.available:
            yield step
        elif everything:
            output.note(f"{step.component}: not available yet, left out")
        else:
            raise Failure(f"{step.component}: not available yet: it has no templates")


def _step(planner: Planner, name: str, asked: Asked, *, plain: bool) -> Step:
    """Plan a component with marks in place of what it reads from a cluster."""
    values = {
        value.name: value.placeholder(plain=plain) for value in planner.values(name, asked.dsci)
    }
    return planner.step(name, asked.dsc, asked.dsci, values)


Rendered = tuple[str, Manifest]
"""A component's name and one of its objects."""


def _objects(steps: Iterable[Step], renderer: Renderer, *, plain: bool) -> list[Rendered]:
    """Render; what several components have in common comes once, as the first one has it."""
    objects: dict[ObjectRef, Rendered] = {}
    for step in steps:
        desired = preview(render_step(renderer, step), step.policies)
        shown = desired.without(desired.optional) if plain else desired
        for manifest in shown.objects:
            objects.setdefault(ObjectRef.of(manifest), (step.component, manifest))
    return list(objects.values())


def _write(folder: Path, objects: Iterable[Rendered]) -> None:
    """Write ``<component>/<kind>-<namespace>-<name>.yaml`` for each object.

    Raises:
        Failure: there is something in the folder, which might be taken for a part of it.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Failure(f"{folder} is not empty: name another folder, or empty it")
    for component, manifest in objects:
        ref = ObjectRef.of(manifest)
        parts = (ref.kind.lower(), ref.namespace, ref.name.replace(":", "_"))
        path = folder / component / f"{'-'.join(filter(None, parts))}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(to_yaml([manifest]), encoding="utf-8")
