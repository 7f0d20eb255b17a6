from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from hack.packaging import alert_pages, alert_tests
from hack.packaging.alert_tests import scenarios
from hack.packaging.alerts import (
    JOB,
    SEVERITIES,
    Alert,
    alerts,
    groups,
    prometheus_rule,
    recordings,
)
from hack.packaging.operator_objects import manifest
from tests.promql import faults, grouped, recorded

ROOT = Path(__file__).parents[4]
RUNBOOKS = ROOT / "docs" / "runbooks"
SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation"]
DEAD_MAN = "RhoaiOperatorDeadMansSwitch"

every = pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)


@every
def test_an_alert_says_what_who_and_how_long(alert: Alert) -> None:
    assert re.fullmatch(r"RhoaiOperator([A-Z][A-Za-z]+)+", alert.name)
    assert alert.severity in SEVERITIES
    assert re.fullmatch(r"\d+[mh]", alert.lasting)
    assert len(alert.summary) < 100
    assert alert.summary.endswith(".")
    assert alert.description.endswith(".")
    assert alert.annotations()["runbook_url"].endswith(f"/{alert.name}.html")


@every
def test_an_alert_looks_at_what_the_operator_tells(alert: Alert) -> None:
    assert list(faults(alert.expr)) == []
    assert recorded(alert.expr) <= recordings().keys()


@pytest.mark.parametrize("name", recordings())
def test_a_recorded_series_is_named_after_what_it_holds(name: str) -> None:
    level, metric, _ = name.split(":")
    expr = recordings()[name]

    assert list(faults(expr)) == []
    assert set(level.split("_")) == grouped(expr)
    assert metric.removesuffix("_errors") in expr


@every
def test_an_alert_has_the_namespace_from_its_series_or_says_it(alert: Alert) -> None:
    stated = alert.labels("elsewhere").get("namespace")

    assert stated == (None if "namespace" in alert.expr else "elsewhere")


@every
def test_a_description_names_labels_that_the_alert_has(alert: Alert) -> None:
    said = set(re.findall(r"\$labels\.(\w+)", alert.description + alert.summary))
    named = {label for name in recorded(alert.expr) for label in name.split(":")[0].split("_")}

    assert said <= grouped(alert.expr) | named


def test_no_two_alerts_are_told_apart_by_nothing() -> None:
    told = [(alert.name, tuple(sorted(alert.labels().items()))) for alert in alerts()]

    assert len(told) == len(set(told)) == len({alert.name for alert in alerts()})


def test_only_the_dead_man_has_no_severity() -> None:
    assert [alert.name for alert in alerts() if alert.severity == "none"] == [DEAD_MAN]


def test_the_job_is_what_the_service_monitor_makes() -> None:
    assert manifest("Service", JOB)["spec"]["ports"][0]["name"] == "metrics"
    assert all(
        f'job="{JOB}"' in expr
        for expr in (*recordings().values(), *(a.expr for a in alerts() if a.name != DEAD_MAN))
        if not recorded(expr)
    )


def test_memory_is_near_the_limit_at_nine_tenths_of_it() -> None:
    (alert,) = (alert for alert in alerts() if alert.name == "RhoaiOperatorMemoryHigh")

    assert int(alert.expr.rpartition("> ")[2]) == int(256 * 1024 * 1024 * 0.9)


@every
def test_an_alert_has_a_scenario_in_which_it_fires_stays_quiet_and_recovers(alert: Alert) -> None:
    found = scenarios()[alert.name]

    assert "fires" in found
    if alert.name != DEAD_MAN:
        assert int(found["not_yet"]) < int(found["fires"]["at"]) < int(found["recovers"])
        assert found["quiet"]


def test_no_scenario_is_of_an_alert_that_there_is_not() -> None:
    assert scenarios().keys() == {alert.name for alert in alerts()}


def test_what_promtool_plays_is_all_of_it() -> None:
    played: list[dict[str, Any]] = alert_tests.tests("rules.yaml")["tests"]
    expected = {True: set[str](), False: set[str]()}
    for look in (look for test in played for look in test["alert_rule_test"]):
        expected[bool(look["exp_alerts"])].add(look["alertname"])

    assert expected[True] == {alert.name for alert in alerts()}
    assert expected[False] == expected[True] - {DEAD_MAN}


@every
def test_an_alert_has_a_runbook_with_commands(alert: Alert) -> None:
    text = (RUNBOOKS / f"{alert.name}.md").read_text(encoding="utf-8")
    sections = dict(zip(SECTIONS, re.split(r"^## .*\n", text, flags=re.MULTILINE)[1:], strict=True))

    assert text.startswith(f"# {alert.name}\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    assert all(section.strip() for section in sections.values())
    assert "```sh" in sections["Diagnosis"] or "```promql" in sections["Diagnosis"]


def test_no_runbook_is_orphaned() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == {alert.name for alert in alerts()}


def test_runbooks_look_at_what_the_operator_tells() -> None:
    queries = [
        query
        for path in RUNBOOKS.glob("*.md")
        for query in re.findall(r"```promql\n(.*?)```", path.read_text(), re.DOTALL)
    ]

    assert queries
    found = [fault for query in queries if "ALERTS{" not in query for fault in faults(query)]
    assert found == []


def test_the_prometheus_operator_gets_the_same_rules_in_another_namespace_and_with_labels() -> None:
    made = prometheus_rule("elsewhere", {"release": "mine"})

    assert made["spec"]["groups"] == groups("elsewhere")
    assert made["metadata"]["namespace"] == "elsewhere"
    assert made["metadata"]["labels"].items() >= {"release": "mine", "role": "alert-rules"}.items()
    down = made["spec"]["groups"][1]["rules"][0]
    assert down["labels"]["namespace"] == "elsewhere"


def test_files_say_what_they_are_made_from_and_hold_the_rules() -> None:
    assert yaml.safe_load(alert_pages.rules()) == {"groups": groups()}
    assert yaml.safe_load(alert_pages.manifest()) == prometheus_rule()
    assert alert_pages.tests().startswith("# Made by `make generate` from hack/packaging/")


def test_the_page_has_every_alert_with_its_runbook_worst_first() -> None:
    page = alert_pages.page()
    listed = re.findall(r"^\| \[(\w+)\]\(\.\./runbooks/(\w+)\.md\) \| (\w+)", page, re.MULTILINE)

    assert {name for name, _, _ in listed} == {alert.name for alert in alerts()}
    assert all(name == runbook for name, runbook, _ in listed)
    ranks = [SEVERITIES.index(severity) for _, _, severity in listed]
    assert ranks == sorted(ranks)
    assert all(f"```promql\n{alert.expr}\n```" in page for alert in alerts())


def test_a_metric_is_listed_with_the_alerts_that_look_at_it_by_way_of_a_recorded_series() -> None:
    links = alert_pages.links("leader_election_master_status")

    assert "[RhoaiOperatorNoLeader](runbooks/RhoaiOperatorNoLeader.md)" in links
    assert alert_pages.links("workqueue_adds_total") == ""
