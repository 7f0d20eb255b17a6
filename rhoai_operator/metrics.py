"""What SREs scrape. The only module that knows prometheus_client.

The first groups carry the names and labels of Go's controller-runtime, so that dashboards and
rules made for it work; what is ours is named ``rhoai_operator_…``.
"""

from __future__ import annotations

import platform
import time
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import product
from typing import Any

import prometheus_client
from prometheus_client import CollectorRegistry

from rhoai_operator.core.changes import Action, Change
from rhoai_operator.metric_table import (
    ANSWERS,
    BY,
    COMPONENT,
    LOSSES,
    METRICS,
    QUEUE,
    RESULTS,
    Metric,
)

__all__ = ["METRICS", "Metrics"]

_KINDS: Mapping[str, Any] = {
    "counter": prometheus_client.Counter,
    "gauge": prometheus_client.Gauge,
    "histogram": prometheus_client.Histogram,
}

_REQUESTS = ("rest_client_requests_total",)
_DURATIONS = ("rest_client_request_duration_seconds",)
_HEARD = ("rhoai_operator_watch_last_event_timestamp_seconds", "rhoai_operator_watch_failing")


class Metrics:
    """All metrics of one operator, in a registry of their own.

    Args:
        controllers: component -> the controller it counts for, as Go's would label it.
        version: of this operator.
    """

    def __init__(self, controllers: Mapping[str, str], version: str) -> None:
        prometheus_client.disable_created_metrics()
        self.registry = CollectorRegistry()
        self._controllers = dict(controllers)
        self._busy_since: dict[str, float] = {}
        self._waiting_since: dict[str, float] = {}
        self._standing: dict[str, tuple[bool, bool]] = {}
        self._conditions: dict[tuple[str, str], Mapping[str, str]] = {}
        self._ends: dict[str, Mapping[str, datetime]] = {}
        self._busy_series: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[Any, ...]] = {}
        self._all = {metric.name: self._collector(metric) for metric in METRICS}
        self._begin_at_zero()
        self._all["rhoai_operator_build_info"].labels(version, platform.python_version()).set(1)
        for collector in (
            prometheus_client.ProcessCollector,
            prometheus_client.PlatformCollector,
            prometheus_client.GCCollector,
        ):
            collector(registry=self.registry)

    def _collector(self, metric: Metric) -> Any:  # noqa: ANN401 - of three unrelated classes
        buckets = {"buckets": metric.buckets} if metric.buckets else {}
        kind = _KINDS[metric.kind]
        return kind(metric.name, metric.text, metric.labels, registry=self.registry, **buckets)

    def _begin_at_zero(self) -> None:
        """Make the series whose labels are known, so that rates see their first increase."""
        names = sorted(set(self._controllers.values()))
        known: dict[tuple[str, ...], list[tuple[str, ...]]] = {
            BY: [(name,) for name in names],
            QUEUE: [(name, name) for name in names],
            COMPONENT: [(component,) for component in self._controllers],
            (*BY, "result"): list(product(names, RESULTS)),
            (*COMPONENT, "result"): list(product(self._controllers, map(str, Action))),
            ("code",): [(code,) for code in ANSWERS],
        }
        for metric in METRICS:
            for labels in known.get(metric.labels, ()):
                self._all[metric.name].labels(*labels)
        for name in names:
            most = self._all["controller_runtime_max_concurrent_reconciles"].labels(name)
            most.set(sum(controller == name for controller in self._controllers.values()))

    def added(self, component: str) -> None:
        """The component waits for its worker, and did not before."""
        self._waiting_since[component] = time.monotonic()
        self._queue("workqueue_adds_total", component).inc()
        self._queue("workqueue_depth", component).inc()

    def started(self, component: str, waited: float) -> None:
        """Work on the component begins, after so many seconds."""
        self._waiting_since.pop(component, None)
        self._busy_since[component] = time.monotonic()
        self._queue("workqueue_depth", component).dec()
        self._queue("workqueue_queue_duration_seconds", component).observe(waited)
        self._controller("controller_runtime_active_workers", component).inc()

    def finished(self, component: str, worked: float) -> None:
        """Work on the component has ended, after so many seconds."""
        del self._busy_since[component]
        self._queue("workqueue_work_duration_seconds", component).observe(worked)
        self._controller("controller_runtime_reconcile_time_seconds", component).observe(worked)
        self._controller("controller_runtime_active_workers", component).dec()

    def retried(self, component: str) -> None:
        """The component will be tried again after its back-off."""
        self._queue("workqueue_retries_total", component).inc()

    def reconciled(
        self, component: str, changes: Collection[Change], result: str, *, terminal: bool = False
    ) -> None:
        """One reconcile of the component was carried through.

        Args:
            result: one of ``RESULTS``.
            terminal: it failed, and will again until somebody acts.
        """
        actions = Counter(change.action for change in changes)
        for action, count in actions.items():
            applied = self._all["rhoai_operator_resource_apply_total"]
            applied.labels(component, action.value).inc(count)
        self._all["rhoai_operator_fights"].labels(component).set(actions[Action.HELD])
        for change in changes:
            if change.action is Action.CORRECTED:
                corrected = self._all["rhoai_operator_drift_corrections_total"]
                corrected.labels(component, change.ref.kind).inc()
        controller = self._controllers[component]
        self._all["controller_runtime_reconcile_total"].labels(controller, result).inc()
        if result == "success":
            name = "rhoai_operator_last_successful_reconcile_timestamp_seconds"
            self._all[name].labels(component).set(time.time())
        if result == "error":
            self._controller("controller_runtime_reconcile_errors_total", component).inc()
        if terminal:
            self._controller("controller_runtime_terminal_reconcile_errors_total", component).inc()

    def crashed(self, task: str) -> None:
        """A task hit a bug; a component's worker is named ``worker <component>``."""
        self._all["rhoai_operator_task_crashes_total"].labels(task).inc()
        component = task.removeprefix("worker ")
        if component in self._controllers:
            self._controller("controller_runtime_reconcile_panics_total", component).inc()

    def watch_restarted(self, kind: str) -> None:
        """The watch of a kind broke and is set up anew."""
        self._all["rhoai_operator_watch_restarts_total"].labels(kind).inc()

    def heard(self, kind: str) -> None:
        """The watch of a kind has given a sign of life."""
        last, failing = self._series(_HEARD, kind)
        last.set(time.time())
        failing.set(0)

    def watch_failed(self, kind: str) -> None:
        """Objects of a kind can neither be listed nor watched."""
        self._all["rhoai_operator_watch_failing"].labels(kind).set(1)

    def watch_ended(self, kind: str) -> None:
        """A watch of a kind is given up; what others of that kind hear makes the series anew."""
        self._busy_series.pop((_HEARD, (kind,)), None)
        for name in _HEARD:
            with suppress(KeyError):
                self._all[name].remove(kind)

    def requested(self, method: str, host: str, code: int, seconds: float) -> None:
        """The API server at ``host`` has answered; code 0: it has not."""
        (count,) = self._series(_REQUESTS, str(code), method, host)
        (duration,) = self._series(_DURATIONS, method, host)
        count.inc()
        duration.observe(seconds)

    def _series(self, metrics: tuple[str, ...], *labels: str) -> tuple[Any, ...]:
        """Return a series of each metric, looked up once: there are many requests and events."""
        key = (metrics, labels)
        if key not in self._busy_series:
            self._busy_series[key] = tuple(self._all[name].labels(*labels) for name in metrics)
        return self._busy_series[key]

    def asked(self, webhook: str) -> None:
        """The API server has a question, and waits."""
        self._all["controller_runtime_webhook_requests_in_flight"].labels(webhook).inc()

    def answered(self, webhook: str, code: int, seconds: float) -> None:
        """It has the answer."""
        self._all["controller_runtime_webhook_requests_in_flight"].labels(webhook).dec()
        self._all["controller_runtime_webhook_requests_total"].labels(webhook, str(code)).inc()
        self._all["controller_runtime_webhook_latency_seconds"].labels(webhook).observe(seconds)

    def leading(self, lease: str, leads: bool) -> None:
        """Whether this replica holds the lease of this name now."""
        self._all["leader_election_master_status"].labels(lease).set(leads)
        self._all["leader_election_slowpath_total"].labels(lease)
        for reason in LOSSES:
            self._all["rhoai_operator_lease_losses_total"].labels(lease, reason)

    def lease_reread(self, lease: str) -> None:
        """The lease could not be renewed as it was last seen."""
        self._all["leader_election_slowpath_total"].labels(lease).inc()

    def lease_lost(self, lease: str, reason: str) -> None:
        """This replica held the lease and does not any more; ``reason`` is one of ``LOSSES``."""
        self._all["rhoai_operator_lease_losses_total"].labels(lease, reason).inc()

    def scraped(self, code: int) -> None:
        """A request for metrics is answered."""
        self._all["rhoai_operator_scrapes_total"].labels(str(code)).inc()

    def certificates(self, whose: str, ends: Mapping[str, datetime]) -> None:
        """When the certificates of a component end now, or our own, in UTC, by their names."""
        self._ends[whose] = ends

    def component(self, component: str, *, managed: bool, ready: bool) -> None:
        """How a component stands now."""
        self._standing[component] = (managed, ready)

    def forget_conditions(self) -> None:
        """Start anew: some custom resources or conditions may be gone."""
        self._conditions.clear()

    def conditions(self, kind: str, name: str, found: Mapping[str, str]) -> None:
        """The conditions of one custom resource now: type -> status."""
        self._conditions[kind, name] = found

    def exposition(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        now = time.monotonic()
        for name in set(self._controllers.values()):
            busy = [now - t for c, t in self._busy_since.items() if self._controllers[c] == name]
            self._all["workqueue_unfinished_work_seconds"].labels(name, name).set(sum(busy))
            longest = self._all["workqueue_longest_running_processor_seconds"]
            longest.labels(name, name).set(max(busy, default=0))
        oldest = self._all["rhoai_operator_queue_oldest_seconds"]
        for component in self._controllers:
            oldest.labels(component).set(now - self._waiting_since.get(component, now))
        self._expose_standing()
        text: bytes = prometheus_client.generate_latest(self.registry)
        return text

    def _expose_standing(self) -> None:
        """Components, conditions and certificates are told often, and scraped now and then."""
        for component, (managed, ready) in self._standing.items():
            self._all["rhoai_operator_component_managed"].labels(component).set(managed)
            self._all["rhoai_operator_component_ready"].labels(component).set(ready)
        expiry = self._all["rhoai_operator_certificate_expiration_timestamp_seconds"]
        expiry.clear()
        for ends in self._ends.values():
            for name, end in ends.items():
                expiry.labels(name).set(end.timestamp())
        gauge = self._all["rhoai_operator_condition"]
        gauge.clear()
        for (kind, name), found in self._conditions.items():
            for (condition, holds), status in product(found.items(), ("True", "False", "Unknown")):
                gauge.labels(kind, name, condition, status).set(status == holds)

    def _controller(self, name: str, component: str) -> Any:  # noqa: ANN401
        return self._all[name].labels(self._controllers[component])

    def _queue(self, name: str, component: str) -> Any:  # noqa: ANN401
        controller = self._controllers[component]
        return self._all[name].labels(controller, controller)
