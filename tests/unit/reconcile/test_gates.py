from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rhoai_operator.core.plan import ManagementState, Step
from rhoai_operator.core.policies import ApiKind, Policies
from rhoai_operator.reconcile.gates import PAUSE, Facts, shut_gate

MANAGED, REMOVED = ManagementState.MANAGED, ManagementState.REMOVED
WIDGET, POD = ApiKind("example.com", "v1", "Widget"), ApiKind("", "v1", "Pod")
WIDGETS = Policies(needs_apis=frozenset({WIDGET}))
AFTER_BASE = Policies(requires=frozenset({"base"}))


def facts(
    state: ManagementState = MANAGED,
    *,
    initialized: bool = True,
    dsci: str = "",
    namespaces_ready: bool = True,
    paused: bool = False,
    served: frozenset[tuple[str, str, str]] = frozenset(),
    ready: frozenset[str] = frozenset(),
    **step: Any,
) -> Facts:
    made = Step("web", "Web", state, {}, **step)
    return Facts(made, initialized, dsci, namespaces_ready, paused, served, ready)


BROUGHT = replace(WIDGETS, brought_by={"a": True, "b": False})


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        pytest.param(facts(), None, id="all-open"),
        pytest.param(facts(problem="p"), "InvalidSpec", id="problem"),
        pytest.param(facts(REMOVED, problem="p"), "InvalidSpec", id="problem-while-removed"),
        pytest.param(facts(available=False), "NotAvailable", id="not-available"),
        pytest.param(facts(REMOVED, available=False), None, id="not-available-but-removed"),
        pytest.param(facts(initialized=False), "DSCInitializationMissing", id="not-initialized"),
        pytest.param(facts(REMOVED, initialized=False), None, id="removed-without-dsci"),
        pytest.param(facts(dsci="p"), "InvalidDSCInitialization", id="invalid-dsci"),
        pytest.param(facts(REMOVED, dsci="p"), None, id="removed-with-invalid-dsci"),
        pytest.param(facts(namespaces_ready=False), "WaitingForNamespaces", id="no-namespaces"),
        pytest.param(facts(REMOVED, namespaces_ready=False), None, id="removed-without-namespaces"),
        pytest.param(facts(policies=WIDGETS), "DependencyMissing", id="no-api"),
        pytest.param(facts(policies=WIDGETS, served=frozenset({WIDGET})), None, id="api-served"),
        pytest.param(
            facts(policies=WIDGETS, served=frozenset({POD})), "DependencyMissing", id="another-api"
        ),
        pytest.param(facts(REMOVED, policies=WIDGETS), None, id="removed-without-api"),
        pytest.param(facts(policies=BROUGHT), None, id="api-that-a-managed-one-brings"),
        pytest.param(facts(policies=AFTER_BASE), "WaitingForComponent", id="required-not-ready"),
        pytest.param(
            facts(policies=AFTER_BASE, ready=frozenset({"base"})), None, id="required-is-ready"
        ),
        pytest.param(facts(REMOVED, policies=AFTER_BASE), None, id="removed-before-the-required"),
        pytest.param(facts(missing="host"), "ValueMissing", id="no-value"),
        pytest.param(facts(REMOVED, missing="host"), None, id="removed-without-value"),
        pytest.param(facts(paused=True), "Paused", id="paused"),
        pytest.param(facts(REMOVED, paused=True), "Paused", id="paused-while-removed"),
        pytest.param(
            facts(ManagementState.UNMANAGED, paused=True), "Paused", id="paused-while-unmanaged"
        ),
        pytest.param(
            facts(paused=True, problem="p", available=False), "Paused", id="pause-is-said-first"
        ),
        pytest.param(
            facts(policies=Policies(requires=frozenset({"a"}), needs_apis=frozenset({WIDGET}))),
            "DependencyMissing",
            id="api-is-said-before-components",
        ),
        pytest.param(
            facts(available=False, problem="p", initialized=False, namespaces_ready=False),
            "InvalidSpec",
            id="problem-is-said-first",
        ),
        pytest.param(
            facts(available=False, initialized=False, namespaces_ready=False),
            "NotAvailable",
            id="not-available-is-said-second",
        ),
        pytest.param(
            facts(initialized=False, namespaces_ready=False),
            "DSCInitializationMissing",
            id="not-initialized-is-said-third",
        ),
        pytest.param(
            facts(dsci="p", namespaces_ready=False),
            "InvalidDSCInitialization",
            id="invalid-dsci-is-said-before-namespaces",
        ),
    ],
)
def test_which_gate_is_shut(found: Facts, reason: str | None) -> None:
    blocked = shut_gate(found)
    assert (blocked.reason if blocked else None) == reason


@pytest.mark.parametrize(
    ("found", "passing", "message"),
    [
        pytest.param(facts(problem="spec.x: no"), False, "spec.x: no", id="problem"),
        pytest.param(facts(available=False), False, "components.web", id="not-available"),
        pytest.param(facts(initialized=False), True, "create one", id="not-initialized"),
        pytest.param(facts(dsci="spec.y: no"), False, "spec.y: no", id="invalid-dsci"),
        pytest.param(facts(namespaces_ready=False), True, "waiting", id="no-namespaces"),
        pytest.param(facts(paused=True), False, f"annotation {PAUSE}", id="paused"),
        pytest.param(
            facts(policies=Policies(needs_apis=frozenset({WIDGET, POD}))),
            False,
            "does not serve Pod.v1, Widget.v1.example.com; install the operator",
            id="apis",
        ),
        pytest.param(
            facts(policies=replace(WIDGETS, brought_by={"a": False, "b": False})),
            False,
            "does not serve Widget.v1.example.com; set spec.components.a or spec.components.b to "
            "Managed, and",
            id="apis-of-components",
        ),
        pytest.param(
            facts(policies=AFTER_BASE),
            True,
            "until base is Ready; see that spec.components.base is Managed",
            id="component",
        ),
        pytest.param(
            facts(policies=Policies(requires=frozenset("abc")), ready=frozenset("b")),
            True,
            "until a, c are Ready; see that spec.components.a, spec.components.c are Managed",
            id="components",
        ),
        pytest.param(facts(missing="set host"), False, "set host", id="value"),
    ],
)
def test_whether_it_ends_by_itself_and_what_to_do(
    found: Facts, passing: bool, message: str
) -> None:
    blocked = shut_gate(found)
    assert blocked
    assert (blocked.passing, blocked.retry) == (passing, False)
    assert message in blocked.message
