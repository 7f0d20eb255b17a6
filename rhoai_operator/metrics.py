"""What SREs scrape. The only module that knows prometheus_client.

The first groups carry the names and labels of Go's controller-runtime, so that dashboards and
rules made for it work; what is ours is named ``rhoai_operator_…``.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable, Mapping

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from rhoai_operator.core.changes import Action, Change

RECONCILE_BUCKETS = (
    *(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8),
    *(0.9, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40),
    *(50, 60),
)
QUEUE_BUCKETS = tuple(10.0**power for power in range(-8, 4))
REQUEST_BUCKETS = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60)
RESULTS = ("success", "error", "requeue", "requeue_after")


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
        names = sorted(set(controllers.values()))
        self._reconciles(names)
        self._workqueue(names)
        self._requests()
        self._own(version)
        for collector in (
            prometheus_client.ProcessCollector,
            prometheus_client.PlatformCollector,
            prometheus_client.GCCollector,
        ):
            collector(registry=self.registry)

    def _reconciles(self, names: Iterable[str]) -> None:
        root, by = "controller_runtime_", ("controller",)
        self._reconcile_total = self._counter(
            f"{root}reconcile_total", "Reconciles per controller and result.", (*by, "result")
        )
        self._reconcile_errors = self._counter(
            f"{root}reconcile_errors_total", "Reconciles per controller that failed.", by
        )
        self._reconcile_panics = self._counter(
            f"{root}reconcile_panics_total", "Reconciles per controller that hit a bug.", by
        )
        self._reconcile_seconds = Histogram(
            f"{root}reconcile_time_seconds",
            "Seconds per reconcile of one component.",
            by,
            buckets=RECONCILE_BUCKETS,
            registry=self.registry,
        )
        self._workers = self._gauge(
            f"{root}active_workers", "Workers per controller that are at work.", by
        )
        most = self._gauge(
            f"{root}max_concurrent_reconciles", "Workers per controller, one per component.", by
        )
        for name in names:
            most.labels(name).set(sum(c == name for c in self._controllers.values()))
            self._workers.labels(name)
            self._reconcile_errors.labels(name)
            self._reconcile_panics.labels(name)
            self._reconcile_seconds.labels(name)
            for result in RESULTS:
                self._reconcile_total.labels(name, result)

    def _workqueue(self, names: Iterable[str]) -> None:
        by = ("name", "controller")
        self._depth = self._gauge("workqueue_depth", "Components that wait for a worker.", by)
        self._adds = self._counter("workqueue_adds_total", "Components that began to wait.", by)
        self._retries = self._counter("workqueue_retries_total", "Components tried again.", by)
        self._waited = self._queue_histogram("queue", "Seconds that a component waited.")
        self._worked = self._queue_histogram("work", "Seconds that work on a component took.")
        for name in names:
            for metric in (self._depth, self._adds, self._retries, self._waited, self._worked):
                metric.labels(name, name)

    def _queue_histogram(self, what: str, text: str) -> Histogram:
        return Histogram(
            f"workqueue_{what}_duration_seconds",
            text,
            ("name", "controller"),
            buckets=QUEUE_BUCKETS,
            registry=self.registry,
        )

    def _requests(self) -> None:
        self._request_total = self._counter(
            "rest_client_requests_total",
            "Requests to the API server; code 0: no answer came.",
            ("code", "method", "host"),
        )
        self._request_seconds = Histogram(
            "rest_client_request_duration_seconds",
            "Seconds per request to the API server.",
            ("verb", "host"),
            buckets=REQUEST_BUCKETS,
            registry=self.registry,
        )

    def _own(self, version: str) -> None:
        root, by = "rhoai_operator_", ("component",)
        info = self._gauge(f"{root}build_info", "1; what runs.", ("version", "python_version"))
        info.labels(version, platform.python_version()).set(1)
        self._managed = self._gauge(
            f"{root}component_managed", "1 while the component is Managed, else 0.", by
        )
        self._ready = self._gauge(
            f"{root}component_ready", "1 while the component's condition is True, else 0.", by
        )
        self._conditions = self._gauge(
            f"{root}condition",
            "Conditions of the custom resources: 1 for the status that holds, else 0.",
            ("kind", "name", "condition", "status"),
        )
        self._applies = self._counter(
            f"{root}resource_apply_total",
            "Objects applied and pruned, per component and what became of them.",
            ("component", "result"),
        )
        self._success = self._gauge(
            f"{root}last_successful_reconcile_timestamp_seconds",
            "Unix time of the newest reconcile of the component that left nothing to do.",
            by,
        )
        self._watches = self._counter(
            f"{root}watch_restarts_total", "Watches set up anew, per kind.", ("resource",)
        )
        self._crashes = self._counter(
            f"{root}task_crashes_total", "Tasks that hit a bug and were restarted.", ("task",)
        )
        for component in self._controllers:
            self._managed.labels(component)
            self._ready.labels(component)
            for action in Action:
                self._applies.labels(component, action.value)

    def _counter(self, name: str, text: str, labels: Iterable[str]) -> Counter:
        return Counter(name, text, tuple(labels), registry=self.registry)

    def _gauge(self, name: str, text: str, labels: Iterable[str]) -> Gauge:
        return Gauge(name, text, tuple(labels), registry=self.registry)

    def added(self, component: str) -> None:
        """The component waits for its worker, and did not before."""
        name = self._controllers[component]
        self._adds.labels(name, name).inc()
        self._depth.labels(name, name).inc()

    def started(self, component: str, waited: float) -> None:
        """Work on the component begins, after so many seconds."""
        name = self._controllers[component]
        self._depth.labels(name, name).dec()
        self._waited.labels(name, name).observe(waited)
        self._workers.labels(name).inc()

    def finished(self, component: str, worked: float) -> None:
        """Work on the component has ended, after so many seconds."""
        name = self._controllers[component]
        self._workers.labels(name).dec()
        self._worked.labels(name, name).observe(worked)
        self._reconcile_seconds.labels(name).observe(worked)

    def retried(self, component: str) -> None:
        """The component will be tried again after its back-off."""
        name = self._controllers[component]
        self._retries.labels(name, name).inc()

    def reconciled(self, component: str, changes: Iterable[Change], *, settled: bool) -> None:
        """One reconcile of the component was carried through."""
        name = self._controllers[component]
        for change in changes:
            self._applies.labels(component, change.action.value).inc()
        self._reconcile_total.labels(name, "success" if settled else "error").inc()
        if settled:
            self._success.labels(component).set(time.time())
        else:
            self._reconcile_errors.labels(name).inc()

    def crashed(self, task: str) -> None:
        """A task hit a bug; a component's worker is named ``worker <component>``."""
        self._crashes.labels(task).inc()
        if controller := self._controllers.get(task.removeprefix("worker ")):
            self._reconcile_panics.labels(controller).inc()

    def watch_restarted(self, kind: str) -> None:
        """The watch of a kind broke and is set up anew."""
        self._watches.labels(kind).inc()

    def requested(self, method: str, host: str, code: int, seconds: float) -> None:
        """The API server at ``host`` has answered; code 0: it has not."""
        self._request_total.labels(str(code), method, host).inc()
        self._request_seconds.labels(method, host).observe(seconds)

    def component(self, component: str, *, managed: bool, ready: bool) -> None:
        """How a component stands now."""
        self._managed.labels(component).set(managed)
        self._ready.labels(component).set(ready)

    def forget_conditions(self) -> None:
        """Start anew: some custom resources or conditions may be gone."""
        self._conditions.clear()

    def conditions(self, kind: str, name: str, found: Mapping[str, str]) -> None:
        """The conditions of one custom resource now: type -> status."""
        for condition, holds in found.items():
            for status in ("True", "False", "Unknown"):
                self._conditions.labels(kind, name, condition, status).set(status == holds)

    def exposition(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        text: bytes = prometheus_client.generate_latest(self.registry)
        return text
