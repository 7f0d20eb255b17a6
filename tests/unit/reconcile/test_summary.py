from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhoai_operator.core.conditions import Condition, Truth
from rhoai_operator.reconcile.summary import conditions, phase, summarize
from rhoai_operator.reconcile.verdict import Verdict

THEN, NOW = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC)
GOOD = Verdict(Truth.TRUE, "Ready")
OPEN = Verdict(Truth.UNKNOWN, "Reconciling", "not yet")
SLOW = Verdict(Truth.FALSE, "Progressing", "1/2")
STUCK = Verdict(Truth.FALSE, "Forbidden", "may not", stuck=True)
REMOVED = Verdict(Truth.FALSE, "Removed", counts=False)
verdicts = st.builds(
    Verdict,
    st.sampled_from(Truth),
    st.sampled_from("ab"),
    counts=st.booleans(),
    stuck=st.just(False),
)


def summary(**parts: Verdict) -> Verdict:
    return summarize({f"{name.upper()}Ready": verdict for name, verdict in parts.items()})


def derived(ready: Verdict, **parts: Verdict) -> Mapping[str, Condition]:
    found = conditions(ready, parts, before=(), generation=3, now=NOW)
    return {condition.type: condition for condition in found}


@pytest.mark.parametrize(
    ("ready", "status", "reason", "word"),
    [
        pytest.param(summary(a=GOOD, b=GOOD), "True", "AllReady", "Ready", id="all-true"),
        pytest.param(summary(), "True", "NothingManaged", "Ready", id="no-parts"),
        pytest.param(summary(a=REMOVED), "True", "NothingManaged", "Ready", id="none-counts"),
        pytest.param(summary(a=GOOD, b=REMOVED), "True", "AllReady", "Ready", id="one-counts"),
        pytest.param(
            summary(a=GOOD, b=OPEN),
            "Unknown",
            "Reconciling",
            "Progressing",
            id="unknown-beats-true",
        ),
        pytest.param(
            summary(a=OPEN, b=SLOW, c=GOOD),
            "False",
            "Progressing",
            "Progressing",
            id="false-beats-unknown",
        ),
        pytest.param(
            summary(a=SLOW, b=STUCK), "False", "Forbidden", "Error", id="stuck-gives-the-reason"
        ),
    ],
)
def test_summary_and_phase(ready: Verdict, status: str, reason: str, word: str) -> None:
    assert (ready.status.value, ready.reason, phase(ready)) == (status, reason, word)


def test_the_message_names_every_part_that_is_not_true() -> None:
    found = summary(a=GOOD, b=OPEN, c=STUCK, d=REMOVED)
    assert found.message == "BReady: not yet; CReady: may not"


@given(st.dictionaries(st.text(max_size=3), verdicts))
def test_never_ready_while_a_part_that_counts_is_not(parts: dict[str, Verdict]) -> None:
    all_true = all(v.status is Truth.TRUE for v in parts.values() if v.counts)
    assert (phase(summarize(parts)) == "Ready") is all_true


@pytest.mark.parametrize(
    ("ready", "true"),
    [
        pytest.param(
            GOOD, {"Ready", "Available", "Upgradeable", "ReconcileComplete"}, id="everything-well"
        ),
        pytest.param(SLOW, {"Progressing", "Reconciling"}, id="under-way"),
        pytest.param(OPEN, {"Progressing", "Reconciling"}, id="unknown"),
        pytest.param(STUCK, {"Degraded", "Stalled"}, id="stuck"),
    ],
)
def test_what_follows_from_ready(ready: Verdict, true: set[str]) -> None:
    found = derived(ready, WebReady=SLOW)

    assert {name for name, c in found.items() if c.status is Truth.TRUE} == true
    assert {name for name in ("Stalled", "Reconciling") if name in found} == true & {
        "Stalled",
        "Reconciling",
    }
    old = {"Available", "Progressing", "Degraded", "Upgradeable", "ReconcileComplete"}
    assert old | {"Ready", "WebReady"} <= found.keys()
    assert next(iter(found)) == "Ready"
    assert {c.observed_generation for c in found.values()} == {3}


def test_times_change_with_status_only() -> None:
    before = conditions(SLOW, {"WebReady": GOOD}, before=(), generation=1, now=THEN)

    after = conditions(GOOD, {"WebReady": GOOD}, before=before, generation=1, now=NOW)

    times = {c.type: c.last_transition_time for c in after}
    assert (times["WebReady"], times["Ready"]) == (THEN, NOW)
