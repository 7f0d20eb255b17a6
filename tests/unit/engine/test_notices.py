from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.conditions import Condition, Truth
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.engine.notices import NAMED, Notice, changes_made, notices
from tests.manifests import an

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def cond(
    status: Truth, reason: str = "R", message: str = "m", *, type: str = "WebReady"
) -> Condition:
    return Condition(type, status, reason, message, 1, datetime(2025, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param(None, cond(T), Notice("Ready", "WebReady: m"), id="new-and-ready"),
        pytest.param(cond(F), cond(T), Notice("Ready", "WebReady: m"), id="became-ready"),
        pytest.param(cond(F), cond(T, message=""), Notice("Ready", "WebReady: R"), id="no-message"),
        pytest.param(cond(T), cond(T, message="other"), None, id="still-ready"),
        pytest.param(cond(T), cond(T, "Other"), None, id="ready-for-another-reason"),
        pytest.param(
            cond(T), cond(F, "Forbidden"), Notice("Degraded", "WebReady: m", True), id="degraded"
        ),
        pytest.param(
            None, cond(F, "Forbidden"), Notice("Forbidden", "WebReady: m", True), id="never-ready"
        ),
        pytest.param(
            cond(F, "A"), cond(F, "B"), Notice("B", "WebReady: m", True), id="another-reason"
        ),
        pytest.param(cond(F, "A"), cond(F, "A", "other"), None, id="another-message"),
        pytest.param(None, cond(F, "Removed"), None, id="removed-is-no-news"),
        pytest.param(cond(T), cond(F, "Progressing"), None, id="progressing-is-no-news"),
        pytest.param(cond(T), cond(U), None, id="unknown-is-no-news"),
        pytest.param(None, cond(T, type="Available"), None, id="derived"),
        pytest.param(None, cond(F, "Forbidden", type="Ready"), None, id="the-part-has-said-so"),
        pytest.param(
            None, cond(T, type="Ready"), Notice("Ready", "Ready: m"), id="all-is-well"
        ),
        pytest.param(
            None,
            cond(F, "DuplicateX", type="Ready"),
            Notice("DuplicateX", "Ready: m", True),
            id="duplicate",
        ),
    ],
)  # fmt: skip
def test_what_is_told(before: Condition | None, after: Condition, told: Notice | None) -> None:
    assert list(notices([before] if before else [], [after])) == ([told] if told else [])


@pytest.mark.parametrize(
    ("details", "note"),
    [
        pytest.param(["", ""], "web: took over 2 objects as they were", id="as-they-were"),
        pytest.param(
            ["", "changed"],
            "web: took over 2 objects as they were; but for ConfigMap ns/c1 changed",
            id="but-for-one",
        ),
        pytest.param(
            ["changed"] * (NAMED + 1),
            f"c{NAMED - 1} changed and 1 more",
            id="but-for-many",
        ),
    ],
)
def test_what_was_taken_over_is_told(details: list[str], note: str) -> None:
    refs = [ObjectRef.of(an("ConfigMap", f"c{number}")) for number in range(len(details))]
    changes = [Change(ref, Action.ADOPTED, d) for ref, d in zip(refs, details, strict=True)]

    (told,) = changes_made("web", changes)

    assert (told.reason, told.warning) == ("TakenOver", False)
    assert told.note.endswith(note)


def test_changes_are_told_by_what_was_done() -> None:
    refs = [ObjectRef.of(an("ConfigMap", f"c{number}")) for number in range(NAMED + 2)]
    quiet = (Action.UNCHANGED, Action.SKIPPED, Action.DELETING, Action.FAILED)
    changes = [
        *(Change(ref, Action.CREATED) for ref in refs),
        Change(refs[0], Action.DELETED),
        *(Change(refs[1], action) for action in quiet),
    ]

    created, pruned = changes_made("web", changes)

    assert created.note.startswith("web: created 7 objects: ConfigMap ns/c0, ")
    assert created.note.endswith("c4 and 2 more")
    assert pruned == Notice("Pruned", "web: deleted 1 object: ConfigMap ns/c0")
