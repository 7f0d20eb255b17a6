from __future__ import annotations

import pytest

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.report import Blocked, Outcome
from tests.manifests import an

A, B, C, OTHER = (Kind("example.com", "v1", name) for name in ("A", "B", "C", "Other"))
BASE = frozenset({OTHER})


def waits(*kinds: Kind) -> Change:
    ref = ObjectRef.of(an("Deployment"))
    return Change(ref, Action.WAITING, awaits=frozenset(kinds))


@pytest.mark.parametrize(
    ("changes", "came", "touched"),
    [
        pytest.param([waits(A, B)], {A}, False, id="one-of-two"),
        pytest.param([waits(A)], {A}, True, id="all-that-it-waits-for"),
        pytest.param([waits(A, B), waits(A)], {A}, True, id="enough-for-one-object"),
        pytest.param([waits(A, B)], {A, C}, True, id="another-that-nothing-waits-for"),
        pytest.param([waits()], {A}, True, id="waits-for-something-else"),
        pytest.param([], {A}, True, id="waits-for-nothing"),
    ],
)
def test_what_kinds_that_come_change(changes: list[Change], came: set[Kind], touched: bool) -> None:
    outcome = Outcome("web", tuple(changes))
    assert outcome.is_touched_by(frozenset(came), BASE | came) is touched


def test_a_kind_that_went_changes_something() -> None:
    assert Outcome("web", (waits(A, B),)).is_touched_by(frozenset({OTHER}), frozenset())


def test_any_kind_matters_to_what_was_not_attempted() -> None:
    outcome = Outcome("web", blocked=Blocked("DependencyMissing", "needs A"))
    assert outcome.is_touched_by(frozenset({A}), BASE | {A})
