from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rhoai_operator.cluster import errors
from rhoai_operator.cluster.errors import (
    AdmissionDenied,
    ClusterError,
    Conflict,
    FieldConflict,
    Forbidden,
    Gone,
    Immutable,
    Invalid,
    KindNotServed,
    Missing,
    NotLeading,
    QuotaExceeded,
    Recreating,
    TerminalError,
    Terminating,
    TransientError,
    Unauthorized,
    Unavailable,
    WebhookUnavailable,
)
from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.reconcile.explained import explained
from rhoai_operator.reconcile.refused import refused
from tests.manifests import an

WEB = ObjectRef.of(an("Deployment", "web"))


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        *((error, False) for error in (AdmissionDenied, FieldConflict, Forbidden, Immutable)),
        *((error, False) for error in (Invalid, KindNotServed, QuotaExceeded, Unauthorized)),
        *((error, True) for error in (Conflict, Missing, NotLeading, Recreating, Terminating)),
        *((error, True) for error in (Unavailable, WebhookUnavailable)),
    ],
)
def test_the_class_is_the_reason(error: type[ClusterError], passing: bool) -> None:
    found = refused(WEB, error("because"))
    assert (found.ref, found.action, found.error) == (WEB, Action.FAILED, error.__name__)
    assert found.passing is passing


def test_it_says_the_cause_and_the_template() -> None:
    error, source = Invalid("no name"), "web/templates/deployment.yaml.j2"

    found = refused(WEB, error, source=source)

    assert found == Change(WEB, Action.FAILED, explained(error, WEB, source), "Invalid")
    assert source in found.detail


def below(error: type[ClusterError]) -> Iterator[type[ClusterError]]:
    for child in error.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from below(child)


@pytest.mark.parametrize(
    "error", sorted(set(below(ClusterError)) - {TerminalError, TransientError, Gone}, key=repr)
)
def test_every_reason_is_documented(error: type[ClusterError]) -> None:
    text = (Path(__file__).parents[3] / "docs" / "conditions.md").read_text()
    reasons = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]

    assert any(f"`{error.__name__}`" in reason for reason in reasons)
