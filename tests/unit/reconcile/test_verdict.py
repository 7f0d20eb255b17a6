from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.changes import NOT_SERVED, Action, Change
from rhoai_operator.core.conditions import Truth
from rhoai_operator.core.health import Assessment, Health
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.plan import ManagementState, Reduction, Step
from rhoai_operator.core.report import Blocked, Outcome
from rhoai_operator.reconcile.verdict import NAMED, Verdict, judge
from tests.manifests import an

MANAGED, REMOVED = ManagementState.MANAGED, ManagementState.REMOVED
UNMANAGED = ManagementState.UNMANAGED
A, B = ObjectRef.of(an("Deployment", "a")), ObjectRef.of(an("Deployment", "b"))
REFUSED = Change(A, Action.FAILED, "may not", "Forbidden")
HEALTHY = Assessment(Health.CURRENT)
NO_ROUTE = Reduction("no way in from outside")
USELESS = Reduction("no pod: no login", "NeedsOpenShift")
WAITING = Assessment(Health.IN_PROGRESS, "1/2 available")
CRASHING = Assessment(Health.FAILED, "0/1 available: crash", "CrashLoopBackOff")


def step(state: ManagementState = MANAGED, **fields: Any) -> Step:
    return Step("web", "Web", state, {}, **fields)


def after(**fields: Any) -> Outcome:
    return Outcome("web", **fields)


F, T, U = Truth.FALSE, Truth.TRUE, Truth.UNKNOWN


@pytest.mark.parametrize(
    ("plan", "outcome", "verdict"),
    [
        pytest.param(step(), None, (U, "Reconciling", True, False), id="not-attempted"),
        pytest.param(
            step(), after(blocked=Blocked("R", "m")), (F, "R", True, True), id="blocked-for-good"
        ),
        pytest.param(
            step(),
            after(blocked=Blocked("R", "m", passing=True)),
            (F, "R", True, False),
            id="blocked-for-now",
        ),
        pytest.param(
            step(UNMANAGED),
            after(blocked=Blocked("R", "m")),
            (F, "R", True, True),
            id="blocked-beats-unmanaged",
        ),
        pytest.param(step(UNMANAGED), after(), (U, "Unmanaged", False, False), id="unmanaged"),
        pytest.param(
            step(),
            after(changes=(REFUSED,), remaining={B: "held"}),
            (F, "Forbidden", True, True),
            id="refused-beats-remaining",
        ),
        pytest.param(
            step(REMOVED),
            after(changes=(REFUSED,)),
            (F, "Forbidden", True, True),
            id="not-removed",
        ),
        pytest.param(
            step(), after(remaining={A: "held"}), (F, "Pruning", True, False), id="pruning"
        ),
        pytest.param(
            step(REMOVED), after(remaining={A: "held"}), (F, "Removing", True, False), id="removing"
        ),
        pytest.param(step(REMOVED), after(), (F, "Removed", False, False), id="removed"),
        pytest.param(step(), after(health={A: HEALTHY}), (T, "Ready", True, False), id="ready"),
        pytest.param(
            step(),
            after(health={A: WAITING, B: HEALTHY}),
            (F, "Progressing", True, False),
            id="progressing",
        ),
        pytest.param(
            step(),
            after(health={A: WAITING, B: CRASHING}),
            (F, "CrashLoopBackOff", True, True),
            id="failed-beats-progressing",
        ),
        pytest.param(
            step(reductions=(NO_ROUTE,)), after(), (T, "Ready", True, False), id="reduced"
        ),
        pytest.param(
            step(reductions=(NO_ROUTE, USELESS)),
            after(health={A: HEALTHY}),
            (F, "NeedsOpenShift", True, True),
            id="useless",
        ),
        pytest.param(
            step(reductions=(USELESS,)),
            after(health={A: WAITING}),
            (F, "Progressing", True, False),
            id="progressing-beats-useless",
        ),
        pytest.param(
            step(REMOVED, reductions=(USELESS,)),
            after(),
            (F, "Removed", False, False),
            id="removed-beats-useless",
        ),
    ],
)
def test_judgement(
    plan: Step, outcome: Outcome | None, verdict: tuple[Truth, str, bool, bool]
) -> None:
    found = judge(plan, outcome)
    assert (found.status, found.reason, found.counts, found.stuck) == verdict


@pytest.mark.parametrize(
    ("plan", "outcome", "message"),
    [
        pytest.param(step(), after(blocked=Blocked("R", "set x")), "set x", id="blocked"),
        pytest.param(
            step(),
            after(changes=(REFUSED,)),
            "could not be applied: Deployment ns/a: may not; tried again",
            id="refused",
        ),
        pytest.param(
            step(REMOVED),
            after(changes=(REFUSED,)),
            "is not removed: Deployment ns/a: may not; tried again",
            id="not-removed",
        ),
        pytest.param(
            step(),
            after(remaining={B: "held by b", A: "held by a"}),
            "waiting until these are gone:"
            " Deployment ns/a (held by a); Deployment ns/b (held by b)",
            id="remaining",
        ),
        pytest.param(
            step(),
            after(health={B: CRASHING, A: WAITING}),
            "Deployment ns/a 1/2 available; Deployment ns/b 0/1 available: crash",
            id="unhealthy",
        ),
        pytest.param(
            step(ignored=("spec.a", "spec.b")),
            after(
                health={A: WAITING}, changes=(Change(B, Action.SKIPPED, "not served", NOT_SERVED),)
            ),
            "Deployment ns/a 1/2 available; left out, since this cluster does not serve it:"
            " Deployment; FieldIgnored: nothing acts on spec.a, spec.b yet",
            id="notes",
        ),
        pytest.param(
            step(ignored=("spec.a",)),
            after(blocked=Blocked("R", "set x")),
            "set x; FieldIgnored: nothing acts on spec.a yet",
            id="notes-on-blocked",
        ),
        pytest.param(
            step(reductions=(NO_ROUTE, USELESS)),
            after(),
            "no pod: no login; no way in from outside",
            id="reductions",
        ),
        pytest.param(
            step(REMOVED, ignored=("spec.a",), reductions=(NO_ROUTE,)),
            after(),
            "",
            id="no-notes-on-removed",
        ),
    ],
)
def test_message(plan: Step, outcome: Outcome, message: str) -> None:
    assert judge(plan, outcome).message == message


def failed(ref: ObjectRef, detail: str, error: str, *, passing: bool = False) -> Change:
    return Change(ref, Action.FAILED, detail, error, passing)


def test_what_does_not_pass_by_itself_comes_first() -> None:
    soon = failed(A, "not there", "Missing", passing=True)
    found = judge(step(), after(changes=(soon, failed(B, "may not", "Forbidden"))))

    assert (found.reason, found.stuck) == ("Forbidden", True)
    assert found.message == (
        "could not be applied: Deployment ns/b: may not; Deployment ns/a: not there; tried again"
    )


def test_what_passes_is_not_stuck() -> None:
    found = judge(step(), after(changes=(failed(A, "not there", "Missing", passing=True),)))
    assert (found.status, found.reason, found.stuck) == (F, "Missing", False)


def test_objects_refused_for_one_cause_share_it() -> None:
    refs = [ObjectRef.of(an("Secret", f"s{number}")) for number in range(NAMED + 2)]
    alike = tuple(failed(ref, "quota", "QuotaExceeded") for ref in refs)

    text = judge(step(), after(changes=(*alike, REFUSED))).message

    assert text == (
        "could not be applied: Secret ns/s0, Secret ns/s1, Secret ns/s2, Secret ns/s3, "
        "Secret ns/s4, and 2 more: quota; Deployment ns/a: may not; tried again"
    )


def test_a_note_does_not_keep_it_from_being_ready() -> None:
    found = judge(step(ignored=("spec.a",)), after(health={A: HEALTHY}))
    assert found == Verdict(Truth.TRUE, "Ready", "FieldIgnored: nothing acts on spec.a yet")


def test_many_objects_are_counted() -> None:
    refs = [ObjectRef.of(an("Deployment", f"d{number}")) for number in range(NAMED + 2)]

    text = judge(step(), after(health=dict.fromkeys(refs, WAITING))).message

    assert text.count("Deployment") == NAMED
    assert text.endswith("; and 2 more")
