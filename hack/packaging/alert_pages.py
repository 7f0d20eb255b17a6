"""The rules and their tests as files, and the page that lists the alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hack.packaging import alert_tests, dashboard
from hack.packaging.alerts import SEVERITIES, Alert, alerts, groups, prometheus_rule, recordings
from hack.packaging.text import documents

FOLDER = "config/monitoring"
RULES = "rules.yaml"
_HEADER = "# Made by `make generate` from hack/packaging/{}; changes here get lost.\n"
_PAGE = """\
<!-- Made by `make generate` from hack/packaging/alerts.yaml. -->
# Alerts

`config/monitoring/` has them as a PrometheusRule (`prometheusrule.yaml`) and as a plain file of rules
(`rules.yaml`). They select the job `rhoai-operator-metrics`, which is what a ServiceMonitor makes of the operator's
Service.

| severity | means |
| --- | --- |
| `critical` | somebody has to look now: nothing is kept right, or soon will not be |
| `warning` | somebody has to look within the day |
| `info` | good to know beside another alert |
| `none` | no alert at all: [it tells by its absence](../runbooks/RhoaiOperatorDeadMansSwitch.md) |

Thresholds fit the operator's defaults. Where a component is down, one alert tells the effect
(`RhoaiOperatorComponentNotReady`) and another may tell the cause.

"""


def rules() -> str:
    """Return the rules as a file for Prometheus itself."""
    return _HEADER.format("alerts.yaml") + dump({"groups": groups()})


def manifest() -> str:
    """Return the rules as a file for the Prometheus operator."""
    return _HEADER.format("alerts.yaml") + dump(prometheus_rule())


def dashboard_manifest() -> str:
    """Return the ConfigMap that carries the dashboard as a file."""
    return _HEADER.format("dashboard.yaml") + dump(dashboard.config_map())


def tests() -> str:
    """Return the file for ``promtool test rules``, which lies beside the rules."""
    return _HEADER.format("alert_scenarios.yaml") + dump(alert_tests.tests(RULES))


def page() -> str:
    """Return the page about all alerts."""
    return _PAGE + "\n".join([*_overview(), *_recordings(), *_each()])


def dump(content: Mapping[str, Any]) -> str:
    """Return YAML of which each expression is a line, or as many as it was written in."""
    return documents(content, width=1000)


def _overview() -> Iterator[str]:
    yield "| alert | severity | after | what it says |\n| --- | --- | --- | --- |"
    for alert in sorted(alerts(), key=lambda alert: SEVERITIES.index(alert.severity)):
        yield f"| {_link(alert)} | {alert.severity} | {alert.lasting} | {alert.summary} |"
    yield ""


def _recordings() -> Iterator[str]:
    yield "## Recorded series\n\nAlerts look at these.\n"
    for name, expr in recordings().items():
        yield f"`{name}`:\n\n```promql\n{expr}\n```\n"


def _each() -> Iterator[str]:
    yield "## What they look at\n"
    for alert in alerts():
        yield f"### {alert.name}\n\n{alert.summary} ([runbook]({_runbook(alert)}))\n"
        yield f"```promql\n{alert.expr}\n```\n"


def _link(alert: Alert) -> str:
    return f"[{alert.name}]({_runbook(alert)})"


def _runbook(alert: Alert) -> str:
    return f"../runbooks/{alert.name}.md"


def links(metric: str) -> str:
    """Return links to the alerts that look at a metric, by way of a recorded series too."""
    by_way = [name for name, expr in recordings().items() if metric in expr]
    found = [a for a in alerts() if any(name in a.expr for name in (metric, *by_way))]
    return ", ".join(f"[{a.name}](runbooks/{a.name}.md)" for a in found)
