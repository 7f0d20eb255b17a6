"""What must hold before a component is touched: pure checks over gathered facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.plan import ManagementState, Step
from rhoai_operator.core.report import Blocked


@dataclass(frozen=True, slots=True)
class Facts:
    """What the gates look at.

    Attributes:
        step: the component's part in the plan.
        initialized: there is a DSCInitialization that rules; True for what it owns itself.
        initialization_problem: why it cannot be followed; empty if it can.
        namespaces_ready: the namespaces it asks for are there.
        paused: a user has asked to leave everything as it is for now.
        served: group, version and kind of all that the cluster serves.
        ready: names of the components that are Ready.
    """

    step: Step
    initialized: bool
    initialization_problem: str
    namespaces_ready: bool
    paused: bool = False
    served: frozenset[tuple[str, str, str]] = frozenset()
    ready: frozenset[str] = field(default_factory=frozenset)


def shut_gate(facts: Facts) -> Blocked | None:
    """Return why the component may not be reconciled now, None if it may."""
    gates = _GATES if facts.step.state is ManagementState.MANAGED else _GATES_OF_ALL
    blocks = (gate(facts) for gate in gates)
    return next((block for block in blocks if block), None)


def _is_not_paused(facts: Facts) -> Blocked | None:
    return Blocked(PAUSED, f"nothing is touched until {REMEDY_OF_PAUSE}") if facts.paused else None


PAUSED = "Paused"
PAUSE = "rhoai.opendatahub.io/paused"
"""Annotation of a DataScienceCluster: while it is "true" nothing is done for it."""
REMEDY_OF_PAUSE = f'the annotation {PAUSE} is taken off or set to "false"'


def _spec_is_understood(facts: Facts) -> Blocked | None:
    return Blocked("InvalidSpec", facts.step.problem) if facts.step.problem else None


def _is_available(facts: Facts) -> Blocked | None:
    if facts.step.available:
        return None
    name = facts.step.component
    text = f"this version of the operator cannot install {name} yet"
    return Blocked("NotAvailable", f"{text}; set spec.components.{name}.managementState: Removed")


def _is_initialized(facts: Facts) -> Blocked | None:
    if facts.initialized:
        return None
    text = "there is no DSCInitialization, so the namespaces are not known; create one"
    return Blocked("DSCInitializationMissing", text, passing=True)


def _initialization_is_understood(facts: Facts) -> Blocked | None:
    if not facts.initialization_problem:
        return None
    text = f"the DSCInitialization cannot be followed: {facts.initialization_problem}"
    return Blocked("InvalidDSCInitialization", text)


def _has_namespaces(facts: Facts) -> Blocked | None:
    if facts.namespaces_ready:
        return None
    text = "waiting for the namespaces that the DSCInitialization asks for"
    return Blocked("WaitingForNamespaces", text, passing=True)


def _has_apis(facts: Facts) -> Blocked | None:
    missing = sorted(facts.step.policies.needs_apis - facts.served)
    bringers = facts.step.policies.brought_by
    if not missing or any(bringers.values()):  # on its way: workloads alone wait for it
        return None
    names = ", ".join(str(Kind(*kind)) for kind in missing)
    remedy = "install the operator that brings it"
    if bringers:
        remedy = f"set {' or '.join(f'spec.components.{name}' for name in bringers)} to Managed"
    text = f"this cluster does not serve {names}; {remedy}, and this goes on by itself"
    return Blocked("DependencyMissing", text)


def _has_what_it_requires(facts: Facts) -> Blocked | None:
    missing = sorted(facts.step.policies.requires - facts.ready)
    if not missing:
        return None
    fields = ", ".join(f"spec.components.{name}" for name in missing)
    are = "is" if len(missing) == 1 else "are"
    text = f"waiting until {', '.join(missing)} {are} Ready; see that {fields} {are} Managed"
    return Blocked("WaitingForComponent", text, passing=True)


def _has_values(facts: Facts) -> Blocked | None:
    return Blocked("ValueMissing", facts.step.missing) if facts.step.missing else None


_GATES_OF_ALL: tuple[Callable[[Facts], Blocked | None], ...] = (
    _is_not_paused,
    _spec_is_understood,  # what is not understood is not touched
)
_GATES = (
    *_GATES_OF_ALL,
    _is_available,
    _is_initialized,
    _initialization_is_understood,
    _has_namespaces,
    _has_apis,
    _has_what_it_requires,
    _has_values,
)
