"""What must hold before a component is touched: pure checks over gathered facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
    """

    step: Step
    initialized: bool
    initialization_problem: str
    namespaces_ready: bool


def shut_gate(facts: Facts) -> Blocked | None:
    """Return why the component may not be reconciled now, None if it may."""
    blocks = (gate(facts) for gate in _GATES)
    return next((block for block in blocks if block), None)


def _spec_is_understood(facts: Facts) -> Blocked | None:
    return Blocked("InvalidSpec", facts.step.problem) if facts.step.problem else None


def _is_available(facts: Facts) -> Blocked | None:
    if facts.step.available or facts.step.state is not ManagementState.MANAGED:
        return None
    name = facts.step.component
    text = f"this version of the operator cannot install {name} yet"
    return Blocked("NotAvailable", f"{text}; set spec.components.{name}.managementState: Removed")


def _is_initialized(facts: Facts) -> Blocked | None:
    if facts.initialized or facts.step.state is not ManagementState.MANAGED:
        return None
    text = "there is no DSCInitialization, so the namespaces are not known; create one"
    return Blocked("DSCInitializationMissing", text, passing=True)


def _initialization_is_understood(facts: Facts) -> Blocked | None:
    if not facts.initialization_problem or facts.step.state is not ManagementState.MANAGED:
        return None
    text = f"the DSCInitialization cannot be followed: {facts.initialization_problem}"
    return Blocked("InvalidDSCInitialization", text)


def _has_namespaces(facts: Facts) -> Blocked | None:
    if facts.namespaces_ready or facts.step.state is not ManagementState.MANAGED:
        return None
    text = "waiting for the namespaces that the DSCInitialization asks for"
    return Blocked("WaitingForNamespaces", text, passing=True)


_GATES: tuple[Callable[[Facts], Blocked | None], ...] = (
    _spec_is_understood,  # what is not understood is not touched
    _is_available,
    _is_initialized,
    _initialization_is_understood,
    _has_namespaces,
)
