"""What should happen to each component, from what users want and what the cluster has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from rhoai_operator.api import datasciencecluster
from rhoai_operator.api.dscinitialization import DSCInitialization
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.certificates import made_for
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.plan import Step
from rhoai_operator.core.values import ComputedValue, ObjectValue, Value, read_values
from rhoai_operator.engine.reads import Reads, Wanted
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.watched import DSC, Watched
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.platform import Intent


class Planned:
    """Plans components, with the values that they read from the cluster.

    Attributes:
        names: of all components.
    """

    def __init__(
        self,
        planner: Planner,
        watched: Watched,
        supervisor: Supervisor,
        on_change: Callable[[Iterable[str]], None],
        metrics: Metrics,
    ) -> None:
        self.names = frozenset(planner.catalog.components)
        self._planner = planner
        self._served = watched.served
        self.reads = Reads(watched.cluster, supervisor, on_change, metrics)
        self._steps: dict[str, tuple[Intent, Mapping[str, Any], Step]] = {}
        self._values: dict[str, tuple[DSCInitialization | None, tuple[Value, ...]]] = {}

    async def follow(self, name: str, intent: Intent) -> None:
        """Know the values that a component reads."""
        values = self._wanted(name, intent.dsci)
        wanted = [item for value in values for item in _wanted(value)]
        await self.reads.follow(name, wanted, self._served.kinds)

    def step(self, name: str, intent: Intent) -> Step:
        """Plan one component."""
        wanted = self._wanted(name, intent.dsci)
        values = self._read(wanted) if wanted else {}
        known = self._steps.get(name)
        if known and known[0] is intent and known[1] == values:
            return known[2]
        step = self._planner.step(name, intent.dsc, intent.dsci, values)
        self._steps[name] = (intent, values, step)
        return step

    def _wanted(self, name: str, dsci: DSCInitialization | None) -> tuple[Value, ...]:
        known = self._values.get(name)
        if known and known[0] is dsci:
            return known[1]
        found = self._planner.values(name, dsci)
        self._values[name] = (dsci, found)
        return found

    def _read(self, values: Iterable[Value]) -> dict[str, Any]:
        return read_values(values, self.reads.get, self.reads.every, self._served.kinds)

    def readers(self, kinds: Collection[Kind]) -> Iterator[str]:
        """Go through the components that read a value which rests on one of these kinds."""
        for name in self._planner.catalog.components:
            values = self._wanted(name, None)
            read = (kind for value in values for kind in _kinds(value))
            if not frozenset(kinds).isdisjoint(read):
                yield name

    def dependents(self, names: Collection[str]) -> Iterator[str]:
        """Go through the components that require one of these."""
        for definition in self._planner.catalog.components.values():
            if not definition.requires.isdisjoint(names):
                yield definition.name

    def kinds(self, render: Callable[[Step], DesiredState]) -> frozenset[Kind]:
        """Return the kinds of all that could be applied, as far as it can be rendered now."""
        return frozenset(self._kinds(render))

    def _kinds(self, render: Callable[[Step], DesiredState]) -> Iterator[Kind]:
        catalog = self._planner.catalog
        own = (c.name for c in catalog.owned_by(DSC.kind) if not c.shared_by)
        managed = {name: {"managementState": "Managed"} for name in own}
        everything = datasciencecluster.parse({"spec": {"components": managed}})
        for name in sorted(catalog.available):
            values = {v.name: v.placeholder() for v in self._planner.values(name, None)}
            step = self._planner.step(name, everything, None, values)
            try:
                desired = render(step)
            except OperatorError:  # said when that component is reconciled
                continue
            yield from (Kind.of(ObjectRef.of(manifest)) for manifest in desired.objects)
            for certificate in step.policies.everywhere.certificates:
                yield from map(Kind._make, made_for(certificate))


def _wanted(value: Value) -> tuple[Wanted, ...]:
    """Return what a value is read off."""
    match value:
        case ObjectValue():
            return (value.ref,)
        case ComputedValue():
            return value.lists
        case _:
            return ()


def _kinds(value: Value) -> tuple[Kind, ...]:
    """Return the kinds on which a value rests."""
    match value:
        case ObjectValue():
            return (Kind.of(value.ref),)
        case ComputedValue():
            return tuple(Kind(*listed.kind) for listed in value.lists)
        case _:
            return (Kind(*value.kind),)
