"""What each custom resource's status should say now. Pure: outcomes in, reports out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.plan import Namespaces, Planner
from rhoai_operator.core.conditions import Condition, Truth
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.plan import ManagementState, Step
from rhoai_operator.core.report import Outcome, Report
from rhoai_operator.reconcile.platform import Intent
from rhoai_operator.reconcile.summary import conditions, phase, summarize
from rhoai_operator.reconcile.verdict import Verdict, judge

RELATED_KINDS = frozenset({"Deployment", "Namespace"})
"""What ``status.relatedObjects`` names, for those who gather facts about a fault."""


@dataclass(frozen=True, slots=True)
class Before:
    """What an object's status rests on besides the outcomes: its generation and its past."""

    generation: int
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one component stands.

    Attributes:
        installed: its objects are in place, healthy or not.
        tells: what the status says of it besides.
    """

    definition: ComponentDefinition
    state: ManagementState
    verdict: Verdict
    installed: bool
    related: tuple[ObjectRef, ...]
    tells: Mapping[str, Any]

    @property
    def managed(self) -> bool:
        """Whether the operator is to bring it up and keep it."""
        return self.state is ManagementState.MANAGED

    @property
    def ready(self) -> bool:
        """Whether its condition is True."""
        return self.verdict.status is Truth.TRUE


Standings: TypeAlias = Mapping[str, Standing]
"""How all components stand that one kind of object switches on, by name."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Turns outcomes into reports.

    Attributes:
        version: of this operator, for ``status.release``.
    """

    planner: Planner
    version: str
    clock: Callable[[], datetime]

    def standings(
        self, kind: str, plan: Callable[[str], Step], outcomes: Mapping[str, Outcome]
    ) -> Standings:
        """Judge every component that an object of ``kind`` switches on, by name."""
        return {
            definition.name: _standing(definition, step, outcomes.get(definition.name))
            for definition in self.planner.catalog.owned_by(kind)
            if not (step := plan(definition.name)).absent
        }

    def on_dsc(self, found: Standings, before: Before) -> Report:
        """Report on the ruling DataScienceCluster."""
        standings = found.values()
        own = [s for s in standings if not s.definition.shared_by]
        installed = {s.definition.installed_as: s.installed for s in own}
        told = {s.definition.name: s.tells for s in own if s.installed and s.tells}
        return self._report(standings, before, installed=installed, components=told)

    def on_dsci(self, found: Standings, intent: Intent, before: Before) -> Report:
        """Report on the ruling DSCInitialization."""
        spec = intent.dsci.spec if intent.dsci else None
        namespaces = Namespaces.of(self.planner.platform, spec)
        in_force = {
            "applications": namespaces.applications,
            "monitoring": namespaces.monitoring,
        }
        return self._report(found.values(), before, namespaces=in_force)

    def on_duplicate(self, kind: str, first: str, before: Before) -> Report:
        """Report on an object beside which an older one, named ``first``, rules."""
        text = (
            f"{kind} {first} is older and rules, so this one does nothing; "
            f"delete this one, or delete {first} to let this one rule"
        )
        ready = Verdict(Truth.FALSE, f"Duplicate{kind}", text, stuck=True)
        found = conditions(
            ready, {}, before=before.conditions, generation=before.generation, now=self.clock()
        )
        return Report(found, before.generation, phase(ready))

    def _report(
        self,
        standings: Iterable[Standing],
        before: Before,
        *,
        installed: Mapping[str, bool] | None = None,
        components: Mapping[str, Mapping[str, Any]] | None = None,
        namespaces: Mapping[str, str] | None = None,
    ) -> Report:
        standings = tuple(standings)
        verdicts = {s.definition.condition: s.verdict for s in standings}
        ready = summarize(verdicts)
        return Report(
            conditions(
                ready,
                verdicts,
                before=before.conditions,
                generation=before.generation,
                now=self.clock(),
            ),
            before.generation,
            phase(ready),
            installed=installed or {},
            components=components or {},
            release={"name": self.planner.platform.name, "version": self.version},
            namespaces=namespaces or {},
            related=tuple(ref for s in standings for ref in s.related),
        )


def _standing(definition: ComponentDefinition, step: Step, outcome: Outcome | None) -> Standing:
    attempted = outcome is not None and outcome.blocked is None and outcome.settled
    refs = sorted(ref for ref in (outcome.health if outcome else ()) if ref.kind in RELATED_KINDS)
    return Standing(
        definition,
        step.state,
        judge(step, outcome),
        installed=step.state is ManagementState.MANAGED and attempted,
        related=tuple(refs),
        tells=step.tells,
    )
