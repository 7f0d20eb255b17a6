"""The table of all metrics: names, kinds, labels and what they mean."""

from __future__ import annotations

from dataclasses import dataclass

RECONCILE_BUCKETS = (
    *(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8),
    *(0.9, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40),
    *(50, 60),
)
QUEUE_BUCKETS = tuple(10.0**power for power in range(-8, 4))
REQUEST_BUCKETS = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60)
RESULTS = ("success", "error", "requeue", "requeue_after")
LOSSES = ("lapsed", "taken")
ANSWERS = ("200", "401", "403", "500")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: ``kind`` is counter, gauge or histogram; ``text`` says what it means."""

    name: str
    kind: str
    text: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


BY = ("controller",)
QUEUE = ("name", "controller")
COMPONENT = ("component",)
"""Label sets whose values are known at the start."""

METRICS = (
    Metric(
        "controller_runtime_reconcile_total", "counter", "Reconciles, by result.", (*BY, "result")
    ),
    Metric("controller_runtime_reconcile_errors_total", "counter", "Reconciles that failed.", BY),
    Metric(
        "controller_runtime_terminal_reconcile_errors_total",
        "counter",
        "Reconciles that failed and will again until somebody acts.",
        BY,
    ),
    Metric(
        "controller_runtime_reconcile_panics_total", "counter", "Reconciles that hit a bug.", BY
    ),
    Metric(
        "controller_runtime_reconcile_time_seconds",
        "histogram",
        "Seconds per reconcile of one component.",
        BY,
        RECONCILE_BUCKETS,
    ),
    Metric("controller_runtime_active_workers", "gauge", "Workers that are at work.", BY),
    Metric(
        "controller_runtime_max_concurrent_reconciles",
        "gauge",
        "Workers, one for each component.",
        BY,
    ),
    Metric("workqueue_depth", "gauge", "Components that wait for their worker.", QUEUE),
    Metric("workqueue_adds_total", "counter", "Components that began to wait.", QUEUE),
    Metric("workqueue_retries_total", "counter", "Components to be tried again.", QUEUE),
    Metric(
        "workqueue_queue_duration_seconds",
        "histogram",
        "Seconds that a component waited.",
        QUEUE,
        QUEUE_BUCKETS,
    ),
    Metric(
        "workqueue_work_duration_seconds",
        "histogram",
        "Seconds that work on a component took.",
        QUEUE,
        QUEUE_BUCKETS,
    ),
    Metric(
        "workqueue_unfinished_work_seconds",
        "gauge",
        "Seconds that components now at work have taken so far, added up.",
        QUEUE,
    ),
    Metric(
        "workqueue_longest_running_processor_seconds",
        "gauge",
        "Seconds that the component longest at work has taken so far.",
        QUEUE,
    ),
    Metric(
        "rest_client_requests_total",
        "counter",
        "Requests to the API server; code 0: no answer came.",
        ("code", "method", "host"),
    ),
    Metric(
        "rest_client_request_duration_seconds",
        "histogram",
        "Seconds per request to the API server.",
        ("verb", "host"),
        REQUEST_BUCKETS,
    ),
    Metric(
        "controller_runtime_webhook_requests_total",
        "counter",
        "Questions of the API server, by status code of the answer; a refusal is a 200 as well.",
        ("webhook", "code"),
    ),
    Metric(
        "controller_runtime_webhook_latency_seconds",
        "histogram",
        "Seconds per question of the API server.",
        ("webhook",),
        REQUEST_BUCKETS,
    ),
    Metric(
        "controller_runtime_webhook_requests_in_flight",
        "gauge",
        "Questions of the API server that are not answered yet.",
        ("webhook",),
    ),
    Metric(
        "leader_election_master_status",
        "gauge",
        "1 while this replica holds the lease, 0 on standby.",
        ("name",),
    ),
    Metric(
        "leader_election_slowpath_total",
        "counter",
        "Renewals of the lease that had to read it again.",
        ("name",),
    ),
    Metric(
        "rhoai_operator_lease_losses_total",
        "counter",
        "Times that this replica lost the lease: it lapsed, or another replica has taken it.",
        ("name", "reason"),
    ),
    Metric("rhoai_operator_build_info", "gauge", "1; what runs.", ("version", "python_version")),
    Metric(
        "rhoai_operator_component_managed",
        "gauge",
        "1 while the component is Managed, else 0.",
        COMPONENT,
    ),
    Metric(
        "rhoai_operator_component_ready",
        "gauge",
        "1 while the component's condition is True, else 0.",
        COMPONENT,
    ),
    Metric(
        "rhoai_operator_condition",
        "gauge",
        "Conditions of the custom resources: 1 for the status that holds, else 0.",
        ("kind", "name", "condition", "status"),
    ),
    Metric(
        "rhoai_operator_resource_apply_total",
        "counter",
        "Objects applied and pruned, by what became of them.",
        (*COMPONENT, "result"),
    ),
    Metric(
        "rhoai_operator_drift_corrections_total",
        "counter",
        "Objects that somebody had changed or deleted and that were set right.",
        (*COMPONENT, "resource"),
    ),
    Metric(
        "rhoai_operator_fights",
        "gauge",
        "Objects that are left for some minutes because a field manager keeps rewriting them.",
        COMPONENT,
    ),
    Metric(
        "rhoai_operator_queue_oldest_seconds",
        "gauge",
        "Seconds that the component has been waiting for its worker; 0 if it is not.",
        COMPONENT,
    ),
    Metric(
        "rhoai_operator_last_successful_reconcile_timestamp_seconds",
        "gauge",
        "Unix time of the newest reconcile that left nothing to do.",
        COMPONENT,
    ),
    Metric(
        "rhoai_operator_watch_last_event_timestamp_seconds",
        "gauge",
        "Unix time of the newest event, bookmark or list of a kind.",
        ("resource",),
    ),
    Metric(
        "rhoai_operator_watch_failing",
        "gauge",
        "1 while objects of a kind cannot be listed or watched, else 0.",
        ("resource",),
    ),
    Metric("rhoai_operator_watch_restarts_total", "counter", "Watches set up anew.", ("resource",)),
    Metric(
        "rhoai_operator_scrapes_total",
        "counter",
        "Requests for /metrics, by status code of the answer.",
        ("code",),
    ),
    Metric(
        "rhoai_operator_certificate_expiration_timestamp_seconds",
        "gauge",
        "Unix time at which a certificate ends: metrics, webhook, or namespace/name of a Secret.",
        ("certificate",),
    ),
    Metric(
        "rhoai_operator_task_crashes_total",
        "counter",
        "Tasks that hit a bug and were restarted.",
        ("task",),
    ),
)
"""All but those of the process itself."""
