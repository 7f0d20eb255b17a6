from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.plan import ManagementState, Step
from rhoai_operator.reconcile.gates import Facts, shut_gate

MANAGED, REMOVED = ManagementState.MANAGED, ManagementState.REMOVED


def facts(
    state: ManagementState = MANAGED,
    *,
    initialized: bool = True,
    dsci: str = "",
    namespaces_ready: bool = True,
    **step: Any,
) -> Facts:
    return Facts(Step("web", "Web", state, {}, **step), initialized, dsci, namespaces_ready)


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
    ],
)
def test_whether_it_ends_by_itself_and_what_to_do(
    found: Facts, passing: bool, message: str
) -> None:
    blocked = shut_gate(found)
    assert blocked
    assert (blocked.passing, blocked.retry) == (passing, False)
    assert message in blocked.message
