"""Reconcile the platform, component by component: what happens, in order, on one page."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeAlias

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.api.datasciencecluster import DataScienceCluster
from rhoai_operator.api.dscinitialization import DSCInitialization
from rhoai_operator.cluster.errors import ClusterError, TransientError
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.certificates import EVERY_ISSUER
from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.inventory import Inventory
from rhoai_operator.core.objects import WEBHOOKS, ObjectRef, Owner
from rhoai_operator.core.plan import ManagementState, Step
from rhoai_operator.core.report import Blocked, Outcome
from rhoai_operator.reconcile.certificates.ends import ends
from rhoai_operator.reconcile.component import InventoryStore, reconcile_component
from rhoai_operator.reconcile.explained import explained
from rhoai_operator.reconcile.gates import PAUSE, Facts, shut_gate
from rhoai_operator.reconcile.prepare import looked_at, prepare
from rhoai_operator.reconcile.prune import prune
from rhoai_operator.reconcile.reach import Reach

log = logging.getLogger(__name__)

ENDPOINTS = Kind("discovery.k8s.io", "v1", "EndpointSlice")


@dataclass(frozen=True, slots=True)
class Intent:
    """What users want: the ruling objects as they are now.

    Attributes:
        dsc: None when there is no DataScienceCluster; then its components are to go.
        dsci: None when there is no DSCInitialization.
    """

    dsc: DataScienceCluster | None = None
    dsci: DSCInitialization | None = None

    @property
    def paused(self) -> bool:
        """Whether nothing may be done for the DataScienceCluster."""
        return bool(self.dsc and self.dsc.metadata.annotations.get(PAUSE) == "true")


@dataclass(frozen=True, slots=True)
class Around:
    """What one reconcile is to know of the rest.

    Attributes:
        namespaces_ready: what the DSCInitialization owns is in place.
        ready: names of the components that are Ready.
    """

    namespaces_ready: bool
    ready: frozenset[str] = frozenset()


Plan: TypeAlias = Callable[[str, Intent], Step]
Render: TypeAlias = Callable[[Step], DesiredState]
Follow: TypeAlias = Callable[[str, frozenset[Kind], frozenset[ObjectRef]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Platform:
    """Everything reconciling needs, passed once at start.

    Attributes:
        names: of all components.
        services: names of those that the DSCInitialization owns.
        follow: has the view know, for a component, all objects of some kinds that carry our
            label, and some single ones.
        reach: everything outside of the components.
    """

    plan: Plan
    render: Render
    follow: Follow
    reach: Reach
    inventories: InventoryStore
    names: tuple[str, ...]
    services: frozenset[str]
    _rendered: dict[str, tuple[Step, Owner, DesiredState]] = field(default_factory=dict)
    _retired: set[ObjectRef] = field(default_factory=set)
    _apart: dict[str, frozenset[ObjectRef]] = field(default_factory=dict)
    _interests: dict[str, frozenset[Kind]] = field(default_factory=dict)

    async def reconcile(self, name: str, intent: Intent, around: Around) -> Outcome:
        """Bring one component to what ``intent`` says of it.

        Every failure that is understood is part of the outcome, never an exception.
        """
        step = self.plan(name, intent)
        if blocked := shut_gate(self._facts(step, intent, around)):
            self._interests[name] = frozenset(Kind(*k) for k in step.policies.needs_apis)
            return Outcome(name, blocked=blocked)
        if step.state is ManagementState.UNMANAGED:
            return Outcome(name)
        try:
            return await self._carry_out(step, intent)
        except OperatorError as error:
            passing = isinstance(error, TransientError)
            text = explained(error) if isinstance(error, ClusterError) else str(error)
            blocked = Blocked(_reason(error), text, passing=passing, retry=True)
            return Outcome(name, blocked=blocked)

    def interests(self, name: str) -> frozenset[Kind]:
        """Return the kinds of which it matters to a component whether they are served."""
        return self._interests.get(name, frozenset())

    async def _carry_out(self, step: Step, intent: Intent) -> Outcome:
        name, due = step.component, None
        desired = self._desired(step, intent)
        owned = await self.inventories.load(name)
        kinds = {Kind.of(ref) for ref in owned.records}
        kinds |= {Kind.of(ObjectRef.of(manifest)) for manifest in desired.objects}
        issuers = map(Kind._make, EVERY_ISSUER if step.policies.certificates else ())
        others = map(Kind._make, desired.defined | step.policies.needs_apis)
        self._interests[name] = frozenset({*kinds, *others, *issuers})
        if any(kind.kind in WEBHOOKS for kind in kinds):
            kinds.add(ENDPOINTS)
        read = looked_at(desired, step.policies) - frozenset(map(ObjectRef.of, desired.objects))
        served, apart = frozenset(kinds) & self.reach.served(), self._apart.get(name, frozenset())
        await self.follow(name, served, read | apart)
        reach = replace(
            self.reach,
            cluster=self.reach.cluster.on_behalf_of(name),
            claimed=lambda: self._claimed(name, intent),
        )
        if desired.objects:
            now = datetime.now(UTC)
            desired, at = await prepare(desired, step.policies, reach.look, reach.served(), now)
            due = reach.clock() + (at - now).total_seconds() if at else None
        outcome = await reconcile_component(name, desired, reach, self.inventories)
        self._apart[name] = self._left_apart(outcome, apart) if desired.objects else frozenset()
        if self._apart[name] != apart:
            await self.follow(name, served, read | self._apart[name])
        retired = await self._retire(reach, step) if desired.objects else ()
        found = [time for time in (due, outcome.due) if time is not None]
        changes = (*outcome.changes, *retired)
        return replace(outcome, changes=changes, due=min(found, default=None), ends=ends(desired))

    def _left_apart(self, outcome: Outcome, before: frozenset[ObjectRef]) -> frozenset[ObjectRef]:
        """Return what is left to users and carries our label no more: it is followed on its own."""
        left = (c.ref for c in outcome.changes if c.action is Action.SKIPPED and not c.error)
        return frozenset(ref for ref in left if ref in before or not self.reach.view.get(ref))

    async def _retire(self, reach: Reach, step: Step) -> tuple[Change, ...]:
        """Delete what older releases left, once."""
        left = [ref for ref in step.policies.retired if ref not in self._retired]
        pruned = await prune(reach, left)
        self._retired.update(pruned.refs(Action.DELETED, Action.SKIPPED))
        done = (Action.DELETING, Action.FAILED)
        return tuple(change for change in pruned.changes if change.action in done)

    def _facts(self, step: Step, intent: Intent, around: Around) -> Facts:
        service = step.component in self.services
        problem = intent.dsci.problem if intent.dsci and not service else ""
        return Facts(
            step,
            initialized=service or intent.dsci is not None,
            initialization_problem=problem,
            namespaces_ready=service or around.namespaces_ready,
            paused=intent.paused and not service,
            served=self.reach.served(),
            ready=around.ready,
        )

    def _desired(self, step: Step, intent: Intent) -> DesiredState:
        owner = _owner(intent, service=step.component in self.services)
        if owner is None or step.state is ManagementState.REMOVED:
            return DesiredState()
        known = self._rendered.get(step.component)
        if known and known[:2] == (step, owner):
            return known[2]
        desired = replace(self.render(step).owned_by(owner), awaited=step.policies.needs_apis)
        self._rendered[step.component] = (step, owner, desired)
        return desired

    def _claimed(self, name: str, intent: Intent) -> frozenset[ObjectRef]:
        """Return what the other components desire that are Managed."""
        return frozenset(
            ref for other in self.names if other != name for ref in self._refs(other, intent)
        )

    def _refs(self, name: str, intent: Intent) -> Iterator[ObjectRef]:
        """Go through what a component desires, or has if that cannot be told."""
        step = self.plan(name, intent)
        if step.state is ManagementState.REMOVED:
            return
        try:
            if not (step.problem or step.missing):
                yield from map(ObjectRef.of, self._desired(step, intent).objects)
                return
        except OperatorError as error:  # said when that component is reconciled
            log.debug("cannot tell what %s desires: %s", name, error)
        yield from self.inventories.known().get(name, Inventory()).records


def _reason(error: OperatorError) -> str:
    return str(getattr(error, "reason", "")) or type(error).__name__


def _owner(intent: Intent, *, service: bool) -> Owner | None:
    """The object that switches the component on: the DSCInitialization for a service."""
    found, api = (intent.dsci, dscinitialization) if service else (intent.dsc, datasciencecluster)
    if found is None:
        return None
    version = f"{api.GROUP}/{api.VERSION}"
    return Owner(version, api.KIND, found.metadata.name, found.metadata.uid)
