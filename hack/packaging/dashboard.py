"""The Grafana dashboard, made from ``dashboard.yaml``: as JSON, and as a ConfigMap that carries it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from hack.packaging import operator_objects
from hack.packaging.alerts import JOB
from hack.packaging.operator_objects import NAME, NAMESPACE
from rhoai_operator.core.objects import Manifest

TABLE = Path(__file__).with_name("dashboard.yaml")
UID = NAME
"""Stays for ever: links and bookmarks have it."""
TITLE = "OpenShift AI operator"
SCHEMA = 39
"""The version of Grafana's own that this is written in; newer ones migrate it."""
OPERATOR = 'job=~"$job", namespace=~"$namespace", instance=~"$instance"'
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
KNOWN_BY = "rhoai_operator_build_info"
"""The series that tell where there is an operator."""

_COLUMNS = 24
_SIZES = {"stat": (4, 4), "state-timeline": (8, 9), "timeseries": (8, 8)}
_REFRESH_WITH_TIME = 2

Panel: TypeAlias = dict[str, Any]
Row: TypeAlias = Mapping[str, Any]


def dashboard() -> dict[str, Any]:
    """Return the dashboard, as Grafana imports it."""
    return {
        "uid": UID,
        "title": TITLE,
        "description": "What the operator does, how its components stand, and what stands in its way.",
        "tags": [NAME, "kubernetes"],
        "schemaVersion": SCHEMA,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": list(_variables())},
        "annotations": {"list": []},
        "links": [],
        "panels": list(_panels()),
    }


def as_json() -> str:
    """Return the dashboard as a file."""
    return json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n"


def config_map(namespace: str = NAMESPACE) -> Manifest:
    """Return the ConfigMap that Grafana's sidecar finds by its label."""
    labels = {**operator_objects.labels(), "grafana_dashboard": "1"}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"{NAME}-dashboard", "namespace": namespace, "labels": labels},
        "data": {f"{NAME}.json": as_json()},
    }


def queries() -> list[str]:
    """Return every query, variables left in."""
    return [q["expr"] for row in rows() for panel in row["panels"] for q in _targets(panel)]


@cache
def rows() -> tuple[Row, ...]:
    """Return the table."""
    return tuple(yaml.safe_load(TABLE.read_text(encoding="utf-8")))


def _variables() -> Iterator[dict[str, Any]]:
    source = {"name": "datasource", "label": "Data source", "type": "datasource"}
    yield {**source, "query": "prometheus", "refresh": 1, "hide": 0, "regex": ""}
    chosen: list[str] = []
    for name in ("job", "namespace", "instance"):
        yield _variable(name, ", ".join(chosen))
        chosen.append(f'{name}=~"${name}"')


def _variable(name: str, chosen: str) -> dict[str, Any]:
    """Return a variable whose values are those of a label, of the series chosen so far.

    All jobs together would be all programs that tell what Go's operators do, so job has no All.
    """
    series = f"{KNOWN_BY}{{{chosen}}}" if chosen else KNOWN_BY
    query = f"label_values({series}, {name})"
    has_all = name != "job"
    value = {"text": ["All"], "value": ["$__all"]} if has_all else {"text": [JOB], "value": [JOB]}
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": DATASOURCE,
        "definition": query,
        "query": {"query": query, "refId": "StandardVariableQuery"},
        "refresh": _REFRESH_WITH_TIME,
        "sort": 1,
        "multi": True,
        "includeAll": has_all,
        "allValue": ".+",
        "current": {"selected": True, **value},
    }


def _panels() -> Iterator[Panel]:
    """Go through rows and panels, each with a number and a place."""
    place = _Place()
    for row in rows():
        yield place.put({"type": "row", "title": row["row"], "collapsed": False}, _COLUMNS, 1)
        for panel in row["panels"]:
            yield place.put(_panel(panel), *_SIZES[_type(panel)])


@dataclass(slots=True)
class _Place:
    """Puts panels side by side, and below what is there where the line is full."""

    x: int = 0
    y: int = 0
    height: int = 0
    number: int = 0

    def put(self, panel: Panel, width: int, height: int) -> Panel:
        if self.x + width > _COLUMNS or panel["type"] == "row":
            self.x, self.y, self.height = 0, self.y + self.height, 0
        self.number += 1
        grid = {"x": self.x, "y": self.y, "w": width, "h": height}
        self.x, self.height = self.x + width, max(self.height, height)
        return {"id": self.number, **panel, "gridPos": grid}


def _panel(row: Row) -> Panel:
    defaults: dict[str, Any] = {"unit": row["unit"], "min": 0, "color": _color(row)}
    if _type(row) == "stat":
        defaults["thresholds"] = _thresholds(row.get("alarm"))
    if _type(row) == "timeseries":
        defaults["custom"] = {"fillOpacity": 10, "showPoints": "never", "spanNulls": False}
    return {
        "type": _type(row),
        "title": row["title"],
        "description": row["description"],
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _options(row),
        "targets": list(_targets(row)),
    }


def _color(row: Row) -> dict[str, str]:
    return {
        "mode": {"stat": "thresholds", "timeseries": "palette-classic"}.get(
            _type(row), "continuous-RdYlGr"
        )
    }


def _thresholds(alarm: float | None) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if alarm is not None:
        steps.append({"color": "red", "value": alarm})
    return {"mode": "absolute", "steps": steps}


def _options(row: Row) -> dict[str, Any]:
    if _type(row) == "stat":
        text = "name" if row.get("text") else "value"
        reduced = {"calcs": ["lastNotNull"], "fields": "", "values": False}
        return {
            "reduceOptions": reduced,
            "textMode": text,
            "colorMode": "value",
            "graphMode": "none",
        }
    legend = {"displayMode": "list", "placement": "bottom", "showLegend": True}
    if _type(row) == "timeseries":
        return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
    return {"legend": {**legend, "showLegend": False}, "showValue": "never", "mergeValues": True}


def _targets(row: Row) -> Iterator[dict[str, Any]]:
    for letter, query in zip("ABCDEF", _queries(row), strict=False):
        yield {
            "refId": letter,
            "datasource": DATASOURCE,
            "expr": query["expr"].replace("$operator", OPERATOR),
            "legendFormat": query["legend"],
            "instant": _type(row) == "stat",
            "range": _type(row) != "stat",
        }


def _queries(row: Row) -> Iterable[Mapping[str, str]]:
    found: list[Mapping[str, str]] = row["queries"]
    return found


def _type(row: Row) -> str:
    return str(row.get("type", "timeseries"))
