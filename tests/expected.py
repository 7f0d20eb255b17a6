"""What should be in the cluster, by the operator's own planner, renderer and preparation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.catalog.loader import load_catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.core.conditions import Truth
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.objects import Manifest, ObjectRef, Owner
from rhoai_operator.core.packed import Packed
from rhoai_operator.core.plan import ManagementState, Step
from rhoai_operator.core.values import read_values
from rhoai_operator.reconcile.prepare import prepare
from rhoai_operator.render.renderer import Renderer
from rhoai_operator.render.steps import render_step

Look: TypeAlias = Callable[[ObjectRef], Manifest | None]
"""Finds a live object."""

_OWNERS = {module.KIND: module for module in (datasciencecluster, dscinitialization)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should be there of one component, and what its condition should say.

    Attributes:
        name: as in ``spec.components``.
        label: its name in objects' labels.
        owner: kind of the object that its condition is on.
        condition: type of that condition.
        state: as asked for.
        truth: the condition's status.
        reason: the condition's reason.
        objects: those it renders, without kinds that are not served, as far as that is known.
        exact: exactly these are there; else what there was is left as it is.
    """

    name: str
    label: str
    owner: str
    condition: str
    state: ManagementState
    truth: Truth
    reason: str
    objects: Mapping[ObjectRef, Manifest] = field(default_factory=dict)
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides it.

    Attributes:
        dsc: the DataScienceCluster that rules.
        dsci: likewise.
        served: group, version and kind of all that is served.
    """

    dsc: Manifest | None
    dsci: Manifest | None
    served: frozenset[tuple[str, str, str]]
    look: Look

    def ruler(self, kind: str) -> Manifest | None:
        return self.dsc if kind == datasciencecluster.KIND else self.dsci


class Expectation:
    """Says what an operator with this catalog should make of the custom resources."""

    def __init__(self, manifests: Path) -> None:
        self._catalog = load_catalog(manifests)
        self._planner = Planner(self._catalog, next(iter(self._catalog.platforms.values())))
        self._renderer = Renderer(manifests)
        self._unpacked: dict[str, Manifest] = {}

    def of(self, facts: Facts) -> dict[str, Wanted]:
        """Return what is wanted of each component that is reported on, by name."""
        steps = {name: self._step(name, facts) for name in self._catalog.components}
        shut = _shut(steps, facts)
        return {
            name: self._wanted(step, facts, shut.get(name))
            for name, step in steps.items()
            if not step.absent
        }

    def _step(self, name: str, facts: Facts) -> Step:
        dsc = datasciencecluster.parse(facts.dsc) if facts.dsc else None
        dsci = dscinitialization.parse(facts.dsci) if facts.dsci else None
        values = self._planner.values(name, dsci)
        read = read_values(values, facts.look, lambda _: (), facts.served)
        return self._planner.step(name, dsc, dsci, read)

    def _wanted(self, step: Step, facts: Facts, shut: str | None) -> Wanted:
        definition = self._catalog.components[step.component]
        try:
            objects = self._objects(step, facts)
        except OperatorError as held:
            objects, shut = (), str(getattr(held, "reason", type(held).__name__))
        truth, reason = _condition(step.state, shut)
        return Wanted(
            step.component,
            definition.label_on(self._planner.platform.id),
            definition.owner,
            definition.condition,
            step.state,
            truth,
            reason,
            {ObjectRef.of(m): self._plain(m) for m in objects},
            exact=shut is None and step.state is not ManagementState.UNMANAGED,
        )

    def _objects(self, step: Step, facts: Facts) -> Sequence[Manifest]:
        """Return what there should be, as far as that can be told.

        Raises:
            OperatorError: a live object is in the way.
        """
        body = facts.ruler(self._catalog.components[step.component].owner)
        told = step.available and not step.missing and not step.problem
        if step.state is ManagementState.REMOVED or not told or body is None:
            return ()
        return self._desired(step, body, facts).objects

    def _plain(self, manifest: Manifest) -> Manifest:
        if not isinstance(manifest, Packed):
            return manifest
        if manifest.digest not in self._unpacked:
            self._unpacked[manifest.digest] = json.loads(manifest.encoded)
        return self._unpacked[manifest.digest]

    def _desired(self, step: Step, body: Manifest, facts: Facts) -> DesiredState:
        async def look(ref: ObjectRef, *, fresh: bool = False) -> Manifest | None:
            del fresh  # it always is
            return facts.look(ref)

        desired = render_step(self._renderer, step).owned_by(_owner(body))
        absent = {r for r in desired.optional if (r.group, r.version, r.kind) not in facts.served}
        desired = desired.without(frozenset(absent))
        now = datetime.now(UTC)
        prepared, _ = asyncio.run(prepare(desired, step.policies, look, facts.served, now))
        return prepared


def _shut(steps: Mapping[str, Step], facts: Facts) -> dict[str, str]:
    """Find the Managed components with a gate that is shut, and the reason of the first one."""
    shut: dict[str, str] = {}
    while more := {
        name: reason
        for name, step in steps.items()
        if name not in shut and (reason := next(_gates(step, steps, shut, facts), ""))
    }:
        shut |= more
    return shut


def _gates(
    step: Step, steps: Mapping[str, Step], shut: Mapping[str, str], facts: Facts
) -> Iterator[str]:
    if step.state is not ManagementState.MANAGED:
        return
    if not step.available:
        yield "NotAvailable"
    if not step.policies.needs_apis <= facts.served:
        yield "DependencyMissing"
    for name in step.policies.requires:
        if name in shut or steps[name].state is not ManagementState.MANAGED:
            yield "WaitingForComponent"
    if step.missing:
        yield "ValueMissing"


def _condition(state: ManagementState, shut: str | None) -> tuple[Truth, str]:
    if state is ManagementState.MANAGED:
        return (Truth.FALSE, shut) if shut else (Truth.TRUE, "Ready")
    if state is ManagementState.REMOVED:
        return Truth.FALSE, "Removed"
    return Truth.UNKNOWN, "Unmanaged"


def _owner(body: Manifest) -> Owner:
    module, metadata = _OWNERS[body["kind"]], body["metadata"]
    version = f"{module.GROUP}/{module.VERSION}"
    return Owner(version, module.KIND, metadata["name"], metadata["uid"])
