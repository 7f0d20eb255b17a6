"""From what users ask for to one step per component. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from rhoai_operator.api.datasciencecluster import DataScienceCluster
from rhoai_operator.api.dscinitialization import DSCInitialization
from rhoai_operator.catalog.asked import Users, asked
from rhoai_operator.catalog.context import context
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import Catalog
from rhoai_operator.catalog.namespaces import Namespaces
from rhoai_operator.catalog.platforms import Platform
from rhoai_operator.catalog.policies import named, policies_of, values_of
from rhoai_operator.core.plan import ManagementState, Step
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
        definition, namespaces = self.catalog.components[name], self._namespaces(dsci)
        found = list(values_of(definition, namespaces))
        for other in definition.shares:
            found += values_of(self.catalog.components[other], namespaces, f"{other}.")
        return tuple(found)

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
        found = asked(definition, users)
        managed = found.state is ManagementState.MANAGED
        others = [self.catalog.components[o] for o in definition.shares] if managed else []
        problems = (asked(other, users).problem for other in others)
        problem = found.problem or next(filter(None, problems), "")
        missing = _missing(self.values(name, dsci), values) if managed else ""
        ready = not problem and not missing
        shares = (self._share(definition, other, users, values) for other in others if ready)
        return Step(
            component=name,
            kind=definition.kind,
            state=found.state,
            context=self._context(definition, users, values) if ready else {},
            available={name, *definition.shares} <= self.catalog.available,
            problem=problem,
            ignored=found.ignored,
            policies=replace(self._policies(definition, users), shares=tuple(shares)),
            missing=missing,
        )

    def _policies(self, definition: ComponentDefinition, users: Users) -> Policies:
        """Return what a component says, and who has what in common with it."""
        sharers = self._sharers(definition.name, users)
        for name, objects in definition.shares.items():
            found, shared = self._sharers(name, users), named(objects)
            sharers |= {item: labels for item, labels in found.items() if item in shared}
        own = policies_of(definition, self.platform.id, self._namespaces(users.dsci))
        return replace(own, sharers=sharers)

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
        namespaces = self._namespaces(users.dsci)
        managed = monitoring is not None and (
            monitoring.management_state is ManagementState.MANAGED
        )
        return context(
            definition,
            self.platform,
            asked(definition, users).spec.parameters,
            namespace=namespaces.applications,
            monitoring_namespace=namespaces.monitoring,
            monitoring_managed=managed,
            env=self.env,
            values={name: values[name] for name in definition.values if name in values},
        )


def _missing(wanted: Iterable[Value], values: Mapping[str, Any]) -> str:
    absent = [str(value) for value in wanted if value.name not in values]
    if not absent:
        return ""
    return f"waiting for {', '.join(absent)}: create the object or set its field"
