"""From what users ask for to one step per component. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rhoai_operator.api.datasciencecluster import ComponentSpec, DataScienceCluster
from rhoai_operator.api.dscinitialization import DSCInitialization, DSCInitializationSpec
from rhoai_operator.catalog.context import check, context, with_defaults
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import Catalog
from rhoai_operator.catalog.platforms import Platform
from rhoai_operator.core.plan import ManagementState, Step

_NOTHING = ComponentSpec()


@dataclass(frozen=True, slots=True)
class Namespaces:
    """The namespaces in force: the user's choice, else the platform's."""

    applications: str
    monitoring: str

    @classmethod
    def of(cls, platform: Platform, spec: DSCInitializationSpec | None) -> Namespaces:
        """Read the choice; a spec of None makes none."""
        monitoring = spec.monitoring.namespace if spec and spec.monitoring else None
        return cls(
            (spec and spec.applications_namespace) or platform.applications_namespace,
            monitoring or platform.monitoring_namespace,
        )


@dataclass(frozen=True, slots=True)
class Planner:
    """Decides what should happen to each component.

    Attributes:
        env: environment variables; those named ``RELATED_IMAGE_…`` replace images.
    """

    catalog: Catalog
    platform: Platform
    env: Mapping[str, str] = field(default_factory=dict)

    def step(
        self, name: str, dsc: DataScienceCluster | None, dsci: DSCInitialization | None
    ) -> Step:
        """Plan one component of the catalog.

        Args:
            dsc: the ruling one; None when there is none, which removes its components.
            dsci: likewise, for what it owns; also where the namespaces come from.
        """
        definition = self.catalog.components[name]
        if definition.owner == "DSCInitialization":
            spec = _NOTHING
            state = _present(dsci)
            problem = dsci.problem if dsci else ""
        else:
            spec = self._asked(definition, dsc)
            state = spec.state
            problem = self._problem(definition, spec, dsc)
        return Step(
            component=name,
            kind=definition.kind,
            state=state,
            context=self._context(definition, spec, dsci) if not problem else {},
            available=name in self.catalog.available,
            problem=problem,
            ignored=tuple(_ignored(definition, spec)),
        )

    def _asked(
        self, definition: ComponentDefinition, dsc: DataScienceCluster | None
    ) -> ComponentSpec:
        """What the DSC says of a component; for a shared one, what its users add up to."""
        if dsc is None or dsc.metadata.deleting:
            return _NOTHING
        if not definition.shared_by:
            return dsc.components.get(definition.name, _NOTHING)
        states = {dsc.components.get(user, _NOTHING).state for user in definition.shared_by}
        for state in (ManagementState.MANAGED, ManagementState.UNMANAGED):
            if state in states:
                return ComponentSpec(management_state=state)
        return _NOTHING

    def _problem(
        self, definition: ComponentDefinition, spec: ComponentSpec, dsc: DataScienceCluster | None
    ) -> str:
        if dsc is None or dsc.metadata.deleting:
            return ""
        told = dsc.problems.get("") or dsc.problems.get(definition.name)
        return told or check(definition, spec.parameters)

    def _context(
        self, definition: ComponentDefinition, spec: ComponentSpec, dsci: DSCInitialization | None
    ) -> dict[str, Any]:
        asked = dsci.spec if dsci else None
        monitoring = asked.monitoring if asked else None
        namespaces = Namespaces.of(self.platform, asked)
        managed = monitoring is not None and (
            monitoring.management_state is ManagementState.MANAGED
        )
        return context(
            definition,
            self.platform,
            spec.parameters,
            namespace=namespaces.applications,
            monitoring_namespace=namespaces.monitoring,
            monitoring_managed=managed,
            env=self.env,
        )


def _present(dsci: DSCInitialization | None) -> ManagementState:
    gone = dsci is None or dsci.metadata.deleting
    return ManagementState.REMOVED if gone else ManagementState.MANAGED


def _ignored(definition: ComponentDefinition, spec: ComponentSpec) -> Iterable[str]:
    """Fields that the user set to something and that nothing acts on yet."""
    root = f"spec.components.{definition.name}"
    if spec.dev_flags and spec.dev_flags.manifests:
        yield f"{root}.devFlags.manifests"
    default = with_defaults(definition.parameters, {})
    for name, value in with_defaults(definition.parameters, dict(spec.parameters)).items():
        if name not in definition.acts_on and value != default.get(name):
            yield f"{root}.{name}"
