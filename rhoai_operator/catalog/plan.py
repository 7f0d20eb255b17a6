"""From what users ask for to one step per component. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from rhoai_operator.api.datasciencecluster import DataScienceCluster
from rhoai_operator.api.dscinitialization import DSCInitialization
from rhoai_operator.catalog.asked import Asked, Users, asked
from rhoai_operator.catalog.context import context
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.keys import path_of
from rhoai_operator.catalog.loader import Catalog
from rhoai_operator.catalog.namespaces import Namespaces
from rhoai_operator.catalog.overrides import overrides_of
from rhoai_operator.catalog.platforms import Platform
from rhoai_operator.catalog.policies import named, policies_of, values_of
from rhoai_operator.core.overrides import Overrides
from rhoai_operator.core.plan import ManagementState, Reduction, Step
from rhoai_operator.core.policies import Named, Policies, Share
from rhoai_operator.core.values import Value

__all__ = ["Namespaces", "Planner"]

_NOT_READ: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Planner:
    """Decides what should happen to each component.

    Attributes:
        env: environment variables; those named ``RELATED_IMAGE_…`` replace images.
    """

    catalog: Catalog
    platform: Platform
    env: Mapping[str, str] = field(default_factory=dict)

    def values(self, name: str, dsci: DSCInitialization | None) -> tuple[Value, ...]:
        """Return what has to be read from the cluster for ``step``.

        Args:
            dsci: the ruling one, from which the namespaces come.
        """
        namespaces = self._namespaces(dsci)
        return tuple(
            value
            for prefix, definition in self._read_by(name)
            for value in values_of(definition, namespaces, prefix)
            if value.name not in self._given(name)
        )

    def _read_by(self, name: str) -> Iterator[tuple[str, ComponentDefinition]]:
        """Go through whose values a component reads, each with what comes before their names."""
        yield "", self.catalog.components[name]
        for other in self.catalog.components[name].shares:
            yield f"{other}.", self.catalog.components[other]

    def _given(self, name: str) -> dict[str, str]:
        """Return the values that variables say."""
        return {
            prefix + key: text
            for prefix, definition in self._read_by(name)
            for key, value in definition.values.items()
            if (text := self.env.get(value.env, ""))
        }

    def step(
        self,
        name: str,
        dsc: DataScienceCluster | None,
        dsci: DSCInitialization | None,
        values: Mapping[str, Any] = _NOT_READ,
    ) -> Step:
        """Plan one component of the catalog.

        Args:
            dsc: the ruling one; None when there is none, which removes its components.
            dsci: likewise, for what it owns; also where the namespaces come from.
            values: those of ``self.values`` that are there, by name.
        """
        definition, users = self.catalog.components[name], Users(dsc, dsci)
        values = {**values, **self._given(name)}
        found = asked(definition, users)
        absent = not all(values.get(key) for key in definition.only_with)
        if absent:
            found = replace(found, state=ManagementState.REMOVED)
        managed = found.state is ManagementState.MANAGED
        others = [self.catalog.components[o] for o in definition.shares] if managed else []
        problems = (asked(other, users).problem for other in others)
        problem = found.problem or next(filter(None, problems), "")
        missing = _missing(self.values(name, dsci), values) if managed else ""
        ready = not problem and not missing
        shares = (self._share(definition, other, users, values) for other in others if ready)
        whole = self._context(definition, users, values) if ready else {}
        return Step(
            component=name,
            kind=definition.kind,
            state=found.state,
            context=whole,
            available={name, *definition.shares} <= self.catalog.available,
            problem=problem,
            ignored=found.ignored,
            policies=replace(self._policies(definition, users), shares=tuple(shares)),
            missing=missing,
            reductions=tuple(_reductions(definition, found.spec.parameters, values)),
            overrides=self._overrides(definition, found, users),
            tells=dict(_told(definition, whole)) if managed else {},
            absent=absent,
        )

    def _overrides(self, definition: ComponentDefinition, found: Asked, users: Users) -> Overrides:
        if definition.owner == "DSCInitialization":
            return Overrides()
        placement = users.dsci.spec.placement if users.dsci else None
        return overrides_of(found.spec.overrides, placement)

    def _policies(self, definition: ComponentDefinition, users: Users) -> Policies:
        """Return what a component says, and who has what in common with it."""
        sharers = self._sharers(definition.name, users)
        for name, objects in definition.shares.items():
            found, shared = self._sharers(name, users), named(objects)
            sharers |= {item: labels for item, labels in found.items() if item in shared}
        own = policies_of(definition, self.platform.id, self._namespaces(users.dsci))
        brought_by = {
            name: asked(self.catalog.components[name], users).state is ManagementState.MANAGED
            for name in sorted(definition.brought_by)
        }
        return replace(own, sharers=sharers, brought_by=brought_by)

    def _share(
        self,
        definition: ComponentDefinition,
        other: ComponentDefinition,
        users: Users,
        values: Mapping[str, Any],
    ) -> Share:
        prefix = f"{other.name}."
        its = {k.removeprefix(prefix): v for k, v in values.items() if k.startswith(prefix)}
        return Share(
            other.name,
            self._context(other, users, its),
            policies_of(other, self.platform.id, self._namespaces(users.dsci)),
            named(definition.shares[other.name]),
        )

    def _sharers(self, owner: str, users: Users) -> dict[Named, frozenset[str]]:
        """Find who has which objects in common with a component, itself included, by label."""
        found: dict[Named, set[str]] = {}
        for user in self.catalog.components.values():
            for item in named(user.shares.get(owner, ())):
                found.setdefault(item, {owner}).add(user.name)
        return {item: frozenset(self._labels(names, users)) for item, names in found.items()}

    def _labels(self, names: Iterable[str], users: Users) -> Iterator[str]:
        for name in names:
            definition = self.catalog.components[name]
            if asked(definition, users).state is not ManagementState.REMOVED:
                yield definition.label_on(self.platform.id)

    def _namespaces(self, dsci: DSCInitialization | None) -> Namespaces:
        return Namespaces.of(self.platform, dsci.spec if dsci else None)

    def _context(
        self, definition: ComponentDefinition, users: Users, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        monitoring = users.dsci.spec.monitoring if users.dsci else None
        managed = monitoring is not None and (
            monitoring.management_state is ManagementState.MANAGED
        )
        return context(
            definition,
            self.platform,
            asked(definition, users).spec.parameters,
            namespaces=self._namespaces(users.dsci),
            monitoring_managed=managed,
            env=self.env,
            values={name: values[name] for name in definition.values if name in values},
        )


def _reductions(
    definition: ComponentDefinition, own: Mapping[str, Any], values: Mapping[str, Any]
) -> Iterator[Reduction]:
    """Say what a component is without, and of what is not served, what that is."""
    for item in definition.reduced:
        if any(_at(own, path_of(path)) != value for path, value in item.given.items()):
            continue
        lacking = [name for name in item.unless if not values.get(name)]
        kinds = [definition.values[name].serves for name in lacking]
        unserved = ", ".join(kind for kind in kinds if kind)
        cause = f"this cluster does not serve {unserved}" if unserved else ""
        if lacking:
            yield Reduction(": ".join(filter(None, (item.message, cause))), item.reason)


def _told(definition: ComponentDefinition, known: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, paths in definition.tells.items():
        if said := next(filter(None, (_at(known, path_of(path)) for path in paths)), None):
            yield name, said


def _at(value: Any, path: Iterable[str]) -> Any:  # noqa: ANN401 - a JSON value
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _missing(wanted: Iterable[Value], values: Mapping[str, Any]) -> str:
    absent = [str(value) for value in wanted if value.name not in values]
    if not absent:
        return ""
    return f"waiting for {', '.join(absent)}: create the object or set its field"
