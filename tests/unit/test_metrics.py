from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.metrics import Metrics
from tests.manifests import an

REF = ObjectRef.of(an("ConfigMap"))
BOTH = {"name": "boss", "controller": "boss"}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics({"web": "boss", "job": "boss"}, "1.2")


def values(metrics: Metrics, name: str) -> list[tuple[dict[str, str], float]]:
    families = text_string_to_metric_families(metrics.exposition().decode())
    samples = [sample for family in families for sample in family.samples]
    return [(dict(sample.labels), sample.value) for sample in samples if sample.name == name]


def value(metrics: Metrics, name: str, /, **labels: str) -> float:
    (found,) = (v for given, v in values(metrics, name) if labels.items() <= given.items())
    return found


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        *(
            pytest.param(
                "controller_runtime_reconcile_total",
                {"controller": "boss", "result": result},
                id=f"reconcile-{result}",
            )
            for result in ("success", "error", "requeue", "requeue_after")
        ),
        pytest.param(
            "controller_runtime_reconcile_errors_total", {"controller": "boss"}, id="errors"
        ),
        pytest.param(
            "controller_runtime_reconcile_panics_total", {"controller": "boss"}, id="panics"
        ),
        pytest.param(
            "controller_runtime_reconcile_time_seconds_count", {"controller": "boss"}, id="time"
        ),
        pytest.param("controller_runtime_active_workers", {"controller": "boss"}, id="workers"),
        pytest.param("workqueue_depth", BOTH, id="depth"),
        pytest.param("workqueue_adds_total", BOTH, id="adds"),
        pytest.param("workqueue_retries_total", BOTH, id="retries"),
        pytest.param("workqueue_queue_duration_seconds_count", BOTH, id="waited"),
        pytest.param("workqueue_work_duration_seconds_count", BOTH, id="worked"),
        pytest.param("rhoai_operator_component_managed", {"component": "job"}, id="managed"),
        pytest.param("rhoai_operator_component_ready", {"component": "job"}, id="ready"),
        *(
            pytest.param(
                "rhoai_operator_resource_apply_total",
                {"component": "web", "result": action.value},
                id=f"apply-{action.value}",
            )
            for action in Action
        ),
    ],
)
def test_series_are_there_before_anything_happens(
    metrics: Metrics, name: str, labels: dict[str, str]
) -> None:
    assert value(metrics, name, **labels) == 0
    assert all(given.keys() >= labels.keys() for given, _ in values(metrics, name))


def test_what_is_known_at_start(metrics: Metrics) -> None:
    most = "controller_runtime_max_concurrent_reconciles"
    assert value(metrics, most, controller="boss") == 2
    assert value(metrics, "rhoai_operator_build_info", version="1.2") == 1
    assert not [name for name in metrics.exposition().decode().split() if "_created{" in name]


def test_who_leads(metrics: Metrics) -> None:
    name = "leader_election_master_status"
    assert values(metrics, name) == []
    for leads in (True, False):
        metrics.leading("lease", leads)
        assert values(metrics, name) == [({"name": "lease"}, float(leads))]


def test_scrapes_are_counted_from_zero_on(metrics: Metrics) -> None:
    name = "rhoai_operator_scrapes_total"
    assert {given["code"]: count for given, count in values(metrics, name)} == {
        "200": 0,
        "401": 0,
        "403": 0,
        "500": 0,
    }
    metrics.scraped(401)
    assert value(metrics, name, code="401") == 1


def test_certificates_that_are_gone_are_forgotten(metrics: Metrics) -> None:
    name = "rhoai_operator_certificate_expiration_timestamp_seconds"
    end = datetime(2030, 1, 1, tzinfo=UTC)
    metrics.certificates("", {"metrics": end})
    metrics.certificates("web", {"ns/web-tls": end + timedelta(days=1)})
    assert value(metrics, name, certificate="metrics") == end.timestamp()
    assert value(metrics, name, certificate="ns/web-tls") == end.timestamp() + 86400

    metrics.certificates("web", {})
    assert values(metrics, name) == [({"certificate": "metrics"}, end.timestamp())]


def test_one_turn_of_the_queue(metrics: Metrics) -> None:
    metrics.added("web")
    assert value(metrics, "workqueue_depth") == 1
    metrics.started("web", 0.5)
    assert value(metrics, "workqueue_depth") == 0
    assert value(metrics, "controller_runtime_active_workers") == 1
    metrics.finished("web", 2.0)
    metrics.retried("web")

    assert value(metrics, "controller_runtime_active_workers") == 0
    assert value(metrics, "workqueue_queue_duration_seconds_sum") == 0.5
    assert value(metrics, "workqueue_work_duration_seconds_sum") == 2.0
    assert value(metrics, "controller_runtime_reconcile_time_seconds_sum") == 2.0
    assert value(metrics, "workqueue_adds_total") == value(metrics, "workqueue_retries_total") == 1


@pytest.mark.parametrize(
    ("result", "terminal", "errors", "dated"),
    [
        pytest.param("success", False, (0, 0), True, id="success"),
        pytest.param("requeue_after", False, (0, 0), False, id="put-off"),
        pytest.param("error", False, (1, 0), False, id="error"),
        pytest.param("error", True, (1, 1), False, id="terminal-error"),
    ],
)
def test_one_reconcile(
    metrics: Metrics, result: str, terminal: bool, errors: tuple[int, int], dated: bool
) -> None:
    metrics.reconciled("web", [Change(REF, Action.CREATED)], result, terminal=terminal)

    runtime = "controller_runtime_"
    applied = {"component": "web", "result": "created"}
    assert value(metrics, "rhoai_operator_resource_apply_total", **applied) == 1
    assert value(metrics, f"{runtime}reconcile_total", result=result) == 1
    assert errors == (
        value(metrics, f"{runtime}reconcile_errors_total"),
        value(metrics, f"{runtime}terminal_reconcile_errors_total"),
    )
    newest = "rhoai_operator_last_successful_reconcile_timestamp_seconds"
    assert (value(metrics, newest, component="web") > 0) is dated


@pytest.mark.parametrize(
    ("task", "panics"),
    [pytest.param("worker web", 1, id="worker"), pytest.param("heart", 0, id="other")],
)
def test_crashes_of_workers_are_panics(metrics: Metrics, task: str, panics: int) -> None:
    metrics.crashed(task)

    assert value(metrics, "rhoai_operator_task_crashes_total", task=task) == 1
    assert value(metrics, "controller_runtime_reconcile_panics_total") == panics


def test_requests_and_watches(metrics: Metrics) -> None:
    metrics.requested("GET", "host", 200, 0.5)
    metrics.watch_restarted("Pod.v1")

    request = {"code": "200", "method": "GET", "host": "host"}
    assert value(metrics, "rest_client_requests_total", **request) == 1
    assert (
        value(metrics, "rest_client_request_duration_seconds_sum", verb="GET", host="host") == 0.5
    )
    assert value(metrics, "rhoai_operator_watch_restarts_total", resource="Pod.v1") == 1


def test_conditions_that_are_gone_are_forgotten(metrics: Metrics) -> None:
    metrics.conditions("DataScienceCluster", "dsc", {"Ready": "False", "Stalled": "True"})
    metrics.forget_conditions()
    metrics.conditions("DataScienceCluster", "dsc", {"Ready": "True"})

    found = values(metrics, "rhoai_operator_condition")
    assert {(g["condition"], g["status"]): v for g, v in found} == {
        ("Ready", "True"): 1,
        ("Ready", "False"): 0,
        ("Ready", "Unknown"): 0,
    }


def test_how_components_stand(metrics: Metrics) -> None:
    metrics.component("web", managed=True, ready=True)
    metrics.component("web", managed=True, ready=False)

    assert value(metrics, "rhoai_operator_component_managed", component="web") == 1
    assert value(metrics, "rhoai_operator_component_ready", component="web") == 0


def test_a_watch_that_is_given_up_is_told_of_no_more(metrics: Metrics) -> None:
    told = ("rhoai_operator_watch_last_event_timestamp_seconds", "rhoai_operator_watch_failing")
    metrics.heard("Pod.v1")
    metrics.watch_ended("Pod.v1")
    metrics.watch_ended("Job.v1.batch")

    assert [values(metrics, name) for name in told] == [[], []]

    metrics.heard("Pod.v1")
    assert [len(values(metrics, name)) for name in told] == [1, 1]
