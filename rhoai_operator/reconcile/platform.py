"""Reconcile the platform, component by component: what happens, in order, on one page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.api.datasciencecluster import DataScienceCluster
from rhoai_operator.api.dscinitialization import DSCInitialization
from rhoai_operator.cluster.errors import TransientError
from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.objects import Owner
from rhoai_operator.core.plan import ManagementState, Step
from rhoai_operator.core.report import Blocked, Outcome
from rhoai_operator.reconcile.component import InventoryStore, reconcile_component
from rhoai_operator.reconcile.gates import Facts, shut_gate


@dataclass(frozen=True, slots=True)
class Intent:
    """What users want: the ruling objects as they are now.

    Attributes:
        dsc: None when there is no DataScienceCluster; then its components are to go.
        dsci: None when there is no DSCInitialization.
    """

    dsc: DataScienceCluster | None = None
    dsci: DSCInitialization | None = None


Plan: TypeAlias = Callable[[str, Intent], Step]
Render: TypeAlias = Callable[[Step], DesiredState]


@dataclass(frozen=True, slots=True)
class Platform:
    """Everything reconciling needs, passed once at start.

    Attributes:
        services: names of the components that the DSCInitialization owns.
    """

    plan: Plan
    render: Render
    cluster: Cluster
    inventories: InventoryStore
    services: frozenset[str]

    async def reconcile(self, name: str, intent: Intent, *, namespaces_ready: bool) -> Outcome:
        """Bring one component to what ``intent`` says of it.

        Every failure that is understood is part of the outcome, never an exception.
        """
        step = self.plan(name, intent)
        service = name in self.services
        facts = Facts(
            step,
            initialized=service or intent.dsci is not None,
            initialization_problem=intent.dsci.problem if intent.dsci and not service else "",
            namespaces_ready=service or namespaces_ready,
        )
        if blocked := shut_gate(facts):
            return Outcome(name, blocked=blocked)
        if step.state is ManagementState.UNMANAGED:
            return Outcome(name)
        try:
            desired = self._desired(step, _owner(intent, service=service))
            return await reconcile_component(name, desired, self.cluster, self.inventories)
        except OperatorError as error:
            passing = isinstance(error, TransientError)
            blocked = Blocked(type(error).__name__, str(error), passing=passing, retry=True)
            return Outcome(name, blocked=blocked)

    def _desired(self, step: Step, owner: Owner | None) -> DesiredState:
        if owner is None or step.state is ManagementState.REMOVED:
            return DesiredState()
        return self.render(step).owned_by(owner)


def _owner(intent: Intent, *, service: bool) -> Owner | None:
    """The object that switches the component on: the DSCInitialization for a service."""
    found, api = (intent.dsci, dscinitialization) if service else (intent.dsc, datasciencecluster)
    if found is None:
        return None
    version = f"{api.GROUP}/{api.VERSION}"
    return Owner(version, api.KIND, found.metadata.name, found.metadata.uid)
