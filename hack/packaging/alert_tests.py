"""The scenarios of ``alert_scenarios.yaml`` as ``promtool test rules`` reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from hack.packaging.alerts import JOB, Alert, alerts
from hack.packaging.operator_objects import NAMESPACE

TABLE = Path(__file__).with_name("alert_scenarios.yaml")
TARGET = {"job": JOB, "namespace": NAMESPACE, "instance": "a"}
"""Labels that every series has that a scrape brings."""
LOOKS = range(10, 121, 10)
"""Minutes at which a quiet alert is looked at."""

Scenario: TypeAlias = Mapping[str, Any]
_SERIES = re.compile(r"(?P<name>\w+)(?:\{(?P<labels>.*)\})?")
_LABEL = re.compile(r'(?P<name>\w+)="(?P<value>[^"]*)"')
_REPEATED = re.compile(r"(?<!\S)(\d+)x(\d+)(?!\S)")
_TEMPLATE = re.compile(r"\{\{ \$(?:labels\.(?P<label>\w+)|(?P<value>value)[^}]*) \}\}")


@cache
def scenarios() -> Mapping[str, Scenario]:
    """Return the scenario of each alert, by its name."""
    # To a loader that looks for numbers 0x20 would be one.
    table: Mapping[str, Scenario] = yaml.load(TABLE.read_text(encoding="utf-8"), yaml.BaseLoader)
    return table


def tests(rules: str) -> dict[str, Any]:
    """Return the file of tests; ``rules`` is the path of the rules, from where that file is."""
    found = [test for alert in alerts() for test in _tests(alert, scenarios()[alert.name])]
    return {"rule_files": [rules], "evaluation_interval": "1m", "tests": found}


def _tests(alert: Alert, scenario: Scenario) -> Iterator[dict[str, Any]]:
    looks = [_look(alert, scenario["fires"]["at"], [_expected(alert, scenario["fires"])])]
    if not scenario.get("always"):
        silent = (scenario["not_yet"], scenario["recovers"])
        looks = sorted([*looks, *(_look(alert, at, []) for at in silent)], key=_minute)
    yield _test(f"{alert.name} fires and recovers", scenario["series"], looks)
    for why, series in scenario.get("quiet", {}).items():
        looks = [_look(alert, at, []) for at in LOOKS]
        yield _test(f"{alert.name} stays quiet: {why}", series, looks)


def _test(
    name: str, series: Mapping[str, str], looks: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    given = [
        {"series": _series(key), "values": _REPEATED.sub(r"\1+0x\2", values)}
        for key, values in series.items()
    ]
    return {
        "name": name,
        "interval": "1m",
        "input_series": given,
        "alert_rule_test": list(looks),
    }


def _series(written: str) -> str:
    match = _SERIES.fullmatch(written)
    assert match, written
    given = {found["name"]: found["value"] for found in _LABEL.finditer(match["labels"] or "")}
    labels = ", ".join(f'{name}="{value}"' for name, value in (TARGET | given).items())
    return f"{match['name']}{{{labels}}}"


def _look(alert: Alert, at: int | str, expected: list[dict[str, Any]]) -> dict[str, Any]:
    return {"eval_time": f"{at}m", "alertname": alert.name, "exp_alerts": expected}


def _minute(look: Mapping[str, Any]) -> int:
    return int(look["eval_time"].removesuffix("m"))


def _expected(alert: Alert, fires: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the alert says when it fires."""
    found = dict(fires.get("labels", {}))
    if "namespace" in alert.expr:
        found["namespace"] = NAMESPACE
    if "instance" in alert.expr:
        found.setdefault("instance", TARGET["instance"])

    def said(match: re.Match[str]) -> str:
        return str(found[match["label"]] if match["label"] else fires["value"])

    written = {k: _TEMPLATE.sub(said, text) for k, text in alert.annotations().items()}
    return {"exp_labels": {**found, **alert.labels()}, "exp_annotations": written}
