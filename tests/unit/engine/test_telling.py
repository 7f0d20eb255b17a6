from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.report import Blocked, Outcome
from rhoai_operator.engine.events import Recorder
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.telling import log_outcome, measure, record
from rhoai_operator.metrics import Metrics
from tests.fakes.cluster import FakeCluster
from tests.manifests import an
from tests.wait import until

SECONDS = 5.0
REFS = [ObjectRef.of(an("ConfigMap", f"n{number}")) for number in range(3)]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def outcome(*actions: Action, **fields: Any) -> Outcome:
    changes = (Change(ref, action, "why") for ref, action in zip(REFS, actions, strict=False))
    return Outcome("a", changes=tuple(changes), **fields)


SHUT = outcome(blocked=Blocked("Paused", "nothing is touched", retry=False))
FAULT = outcome(blocked=Blocked("Unavailable", "no answer", passing=True, retry=True))
UNCHANGED = outcome(Action.UNCHANGED, Action.SKIPPED)
CREATED = outcome(Action.CREATED, Action.CREATED, Action.UNCHANGED)
REFUSED = outcome(Action.FAILED, Action.CREATED)
REMOVING = outcome(Action.DELETING, remaining={REFS[0]: "held"})


@pytest.mark.parametrize(
    ("found", "level", "text", "causes"),
    [
        pytest.param(UNCHANGED, logging.DEBUG, "nothing to do", [], id="unchanged"),
        pytest.param(CREATED, logging.INFO, "2 created", [], id="created"),
        pytest.param(
            outcome(Action.CORRECTED), logging.INFO, "1 corrected", [], id="drift-set-right"
        ),
        pytest.param(
            outcome(Action.WAITING),
            logging.INFO,
            "1 waiting",
            ["ConfigMap ns/n0: why"],
            id="waiting-is-no-fault",
        ),
        pytest.param(
            outcome(Action.HELD), logging.INFO, "1 held", ["ConfigMap ns/n0: why"], id="fight"
        ),
        pytest.param(
            REFUSED, logging.WARNING, "1 failed, 1 created", ["ConfigMap ns/n0: why"], id="refused"
        ),
        pytest.param(
            REMOVING, logging.WARNING, "1 deleting", ["ConfigMap ns/n0: why"], id="removing"
        ),
        pytest.param(SHUT, logging.DEBUG, "Paused", ["nothing is touched"], id="gate"),
        pytest.param(FAULT, logging.WARNING, "Unavailable", ["no answer"], id="fault"),
    ],
)
def test_one_line_as_loud_as_it_matters(
    found: Outcome, level: int, text: str, causes: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    log_outcome("a", 3, found, 0.123456)

    (line,) = caplog.records
    assert (line.levelno, line.getMessage()) == (level, f"reconciled a: {text}")
    said = {key: getattr(line, key) for key in ("component", "generation", "duration", "causes")}
    assert said == {"component": "a", "generation": 3, "duration": 0.1235, "causes": causes}


def test_what_was_taken_over_and_is_not_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    refs = [ObjectRef.of(an("ConfigMap", name)) for name in ("as-it-was", "other")]
    changes = (Change(refs[0], Action.ADOPTED), Change(refs[1], Action.ADOPTED, "changed"))

    log_outcome("a", 3, replace(CREATED, changes=changes), 0.1)

    assert caplog.messages == [
        "took over ConfigMap ns/other: changed",
        "reconciled a: 2 taken over",
    ]


@pytest.mark.parametrize(
    ("found", "result", "terminal"),
    [
        pytest.param(CREATED, "success", 0, id="done"),
        pytest.param(SHUT, "success", 0, id="nothing-to-do-before-something-changes"),
        pytest.param(REFUSED, "error", 1, id="refused"),
        pytest.param(FAULT, "error", 0, id="passing-fault"),
        pytest.param(REMOVING, "requeue_after", 0, id="waits"),
    ],
)
def test_what_is_counted(found: Outcome, result: str, terminal: int, metrics: Metrics) -> None:
    measure(metrics, "a", found)

    text = metrics.exposition().decode()
    counted = 'controller_runtime_reconcile_total{controller="boss",result="%s"} %s'
    for other in ("success", "error", "requeue_after"):
        assert counted % (other, float(other == result)) in text
    ends = f'controller_runtime_terminal_reconcile_errors_total{{controller="boss"}} {terminal}.0'
    assert ends in text
    for change in found.changes:
        count = sum(c.action is change.action for c in found.changes)
        applied = f'component="a",result="{change.action}"}} {count}.0'
        assert applied in text


def test_the_ends_of_certificates_are_told_and_kept_while_a_gate_is_shut(metrics: Metrics) -> None:
    secret = ObjectRef.of(an("Secret", "web-tls"))
    placed = replace(UNCHANGED, ends={secret: NOW})
    line = 'expiration_timestamp_seconds{certificate="ns/web-tls"}'
    for found, told in ((placed, True), (SHUT, True), (UNCHANGED, False)):
        measure(metrics, "a", found)
        assert (line in metrics.exposition().decode()) is told


async def test_the_custom_resource_is_told_what_was_done(supervisor: Supervisor) -> None:
    cluster = FakeCluster()
    recorder = Recorder(cluster, "pod", lambda: NOW)
    supervisor.start("events", recorder.run)
    owner = cluster.put(an("DataScienceCluster", "dsc"))

    record(recorder, owner, "a", UNCHANGED)
    record(recorder, owner, "a", outcome(Action.CREATED, Action.CREATED, Action.DELETED))
    await until(lambda: [v for v, _ in cluster.calls].count("create") == 2, SECONDS, "both told")

    events = [await cluster.get(ref) for ref in cluster.refs if ref.kind == "Event"]
    assert sorted((e["reason"], e["note"], e["action"]) for e in events if e) == [
        ("Created", "a: created 2 objects: ConfigMap ns/n0, ConfigMap ns/n1", "Reconcile"),
        ("Pruned", "a: deleted 1 object: ConfigMap ns/n2", "Reconcile"),
    ]
    assert {e["regarding"]["uid"] for e in events if e} == {owner["metadata"]["uid"]}
