"""What components render, for all that users may ask for and all that clusters may lack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import Catalog, load_catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.catalog.platforms import Platform
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.plan import ManagementState, Step
from rhoai_operator.core.policies import Policies
from rhoai_operator.core.values import ComputedValue, Value
from rhoai_operator.reconcile.preview import preview
from rhoai_operator.render.renderer import Renderer
from rhoai_operator.render.steps import render_step

WORD = "some-users-word"
"""Stands for all that users may write where a field takes any text."""
SAMPLES = Path(__file__).parent / "samples.yaml"

Object = dict[str, Any]
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rendering:
    """One component, rendered for one case."""

    component: str
    platform: str
    desired: DesiredState
    policies: Policies
    values: tuple[Value, ...]


@cache
def renderings(manifests: Path) -> tuple[Rendering, ...]:
    """Render all components of a folder on all platforms, one thing at a time other than usual.

    What is usual is a cluster that serves everything, and one that serves Kubernetes only. On the
    default platform clusters also have all but one of the things that components look for, or
    that one alone.
    """
    return tuple(_renderings(load_catalog(manifests), Renderer(manifests)))


def _renderings(catalog: Catalog, renderer: Renderer) -> Iterator[Rendering]:
    for platform in catalog.platforms.values():
        planner = Planner(catalog, platform, {})
        for name in sorted(catalog.available):
            for step, values in _steps(planner, catalog.components[name], platform):
                desired = preview(render_step(renderer, step), step.policies)
                yield Rendering(name, platform.id, desired, step.policies, values)


def _steps(
    planner: Planner, definition: ComponentDefinition, platform: Platform
) -> Iterator[tuple[Step, tuple[Value, ...]]]:
    is_default = platform == next(iter(planner.catalog.platforms.values()))
    usual, *others = _initializations(platform)
    cases = [(usual, fields) for fields in choices(definition.parameters)]
    for spec, fields in [*cases, *((other, {}) for other in others)]:
        dsci = dscinitialization.parse({"spec": spec})
        dsc = datasciencecluster.parse(_everything(planner.catalog, definition.name, fields))
        values = planner.values(definition.name, dsci)
        alone = is_default and (spec, fields) == (usual, {})
        for given in _clusters(values, alone=alone):
            step = planner.step(definition.name, dsc, dsci, given)
            if step.state is ManagementState.MANAGED and not step.problem:
                yield step, values


def _initializations(platform: Platform) -> Iterator[Object]:
    """Go through specs of the DSCInitialization: the platform's, and what else they may say."""
    yield {"monitoring": {"managementState": platform.monitoring}}
    for state in ManagementState.MANAGED, ManagementState.REMOVED:
        monitoring = {"managementState": state, "namespace": f"{WORD}-too"}
        yield {"applicationsNamespace": WORD, "monitoring": monitoring}


def _everything(catalog: Catalog, name: str, fields: Given) -> Object:
    own = [c.name for c in catalog.owned_by(datasciencecluster.KIND) if not c.shared_by]
    components: dict[str, Object] = {n: {"managementState": "Managed"} for n in own}
    components.get(name, {}).update(fields)
    return {"spec": {"components": components}}


def choices(schema: Given) -> Iterator[Object]:
    """Go through what a component's own fields may say, one field at a time; first nothing."""
    yield {}
    for name, below in schema.get("properties", {}).items():
        if "enum" in below:
            yield from ({name: value} for value in below["enum"])
        elif below.get("type") == "string":
            yield {name: WORD}
        elif below.get("type") == "boolean":
            yield from ({name: value} for value in (True, False))
        else:
            yield from ({name: found} for found in choices(below) if found)


def _clusters(values: tuple[Value, ...], *, alone: bool) -> Iterator[Object]:
    """Go through what clusters may have: everything, nothing, and all but one or one alone."""
    full = {value.name: _there(value) for value in values}
    empty = {value.name: value.placeholder(plain=True) for value in values}
    names = list(full) if alone and len(values) > 1 else []
    yield full
    yield from ({**full, name: empty[name]} for name in names)
    if values:
        yield empty
    yield from ({**empty, name: full[name]} for name in names)


def _there(value: Value) -> Any:  # noqa: ANN401 - a JSON value
    if not isinstance(value, ComputedValue):
        return value.placeholder()
    return value.hook(*(_samples().get(listed.kind.kind, []) for listed in value.lists))


@cache
def _samples() -> Mapping[str, list[Object]]:
    found: dict[str, list[Object]] = yaml.safe_load(SAMPLES.read_text(encoding="utf-8"))
    return found
