"""Rules that watch the operator, for Prometheus, its operator and people, from ``alerts.yaml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hack.packaging import operator_objects
from hack.packaging.operator_objects import METRICS_SERVICE, NAME, NAMESPACE
from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.quantities import quantity

TABLE = Path(__file__).with_name("alerts.yaml")
JOB = METRICS_SERVICE
"""A target that a ServiceMonitor finds carries its Service's name as its job."""
RUNBOOKS = "https://example.com/rhoai-operator/docs/runbooks"
"""Where a release publishes docs/runbooks/."""
SEVERITIES = ("critical", "warning", "info", "none")
RECORDINGS = "rhoai-operator.recordings"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, as rules have it.

    Attributes:
        group: of the rules that it is in.
        lasting: how long ``expr`` must hold before it fires, as ``5m``.
    """

    name: str
    group: str
    severity: str
    lasting: str
    expr: str
    summary: str
    description: str

    @property
    def runbook(self) -> str:
        """Where to read what to do."""
        return f"{RUNBOOKS}/{self.name}.html"

    def labels(self, namespace: str = NAMESPACE) -> dict[str, str]:
        """Return the labels that the rule adds; the namespace where no series has it."""
        found = {"severity": self.severity, "kubernetes_operator_part_of": NAME}
        if "namespace" not in self.expr:
            found["namespace"] = namespace
        return found

    def annotations(self) -> dict[str, str]:
        return {
            "summary": self.summary,
            "description": self.description,
            "runbook_url": self.runbook,
        }


@cache
def alerts() -> tuple[Alert, ...]:
    """Return all alerts in the order of the table."""
    return tuple(
        Alert(
            row["alert"],
            group["name"],
            row["severity"],
            row["for"],
            _resolved(row["expr"]),
            row["summary"],
            row["description"],
        )
        for group in _table()["groups"]
        for row in group["alerts"]
    )


def recordings() -> dict[str, str]:
    """Return the expressions that are recorded, by the names of their series."""
    return {row["record"]: _resolved(row["expr"]) for row in _table()["recordings"]}


def groups(namespace: str = NAMESPACE) -> list[dict[str, Any]]:
    """Return the groups of rules, as Prometheus reads them.

    Args:
        namespace: the operator's, for alerts that rest on the absence of series.
    """
    recorded = [{"record": name, "expr": expr} for name, expr in recordings().items()]
    names = dict.fromkeys(alert.group for alert in alerts())
    return [
        {"name": RECORDINGS, "rules": recorded},
        *({"name": name, "rules": list(_rules(name, namespace))} for name in names),
    ]


def prometheus_rule(
    namespace: str = NAMESPACE, labels: Mapping[str, str] | None = None
) -> Manifest:
    """Return the rules as the Prometheus operator reads them; ``labels`` come to its own."""
    own = {**operator_objects.labels(), "prometheus": "k8s", "role": "alert-rules"}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": NAME, "namespace": namespace, "labels": {**own, **(labels or {})}},
        "spec": {"groups": groups(namespace)},
    }


def _rules(group: str, namespace: str) -> Iterator[dict[str, Any]]:
    for alert in alerts():
        if alert.group == group:
            yield {
                "alert": alert.name,
                "expr": alert.expr,
                "for": alert.lasting,
                "labels": alert.labels(namespace),
                "annotations": alert.annotations(),
            }


def _resolved(expr: str) -> str:
    return expr.replace("$operator", f'job="{JOB}"').replace("$memory", str(_memory()))


def _memory() -> int:
    (container,) = operator_objects.deployment()["spec"]["template"]["spec"]["containers"]
    limit = quantity(container["resources"]["limits"]["memory"])
    assert limit, "the Deployment limits its memory"
    return int(limit * 9 / 10)


@cache
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return table
