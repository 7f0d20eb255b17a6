"""The dashboard keeps the rules of Grafana's own linter."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest

from hack.packaging import dashboard
from hack.packaging.alerts import JOB
from hack.packaging.dashboard import DATASOURCE, OPERATOR, config_map
from rhoai_operator.metric_table import METRICS
from tests.promql import faults, grouped, selectors

BOARD = dashboard.dashboard()
PANELS: list[dict[str, Any]] = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
ROWS = [panel["title"] for panel in BOARD["panels"] if panel["type"] == "row"]
TARGETS = [
    pytest.param(target, id=f"{panel['title']}-{target['refId']}")
    for panel in PANELS
    for target in panel["targets"]
]
UNITS = {"short", "string", "bool_yes_no", "s", "bytes", "ops", "reqps"}
"""Names of units that Grafana knows, as far as they are of use here."""
COUNTED = {m.name for m in METRICS if m.kind == "counter"} | {"process_cpu_seconds_total"}

each_panel = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
each_target = pytest.mark.parametrize("target", TARGETS)


def test_it_has_a_name_that_links_can_have_and_nobody_edits_it() -> None:
    assert BOARD["uid"] == "rhoai-operator"
    assert BOARD["editable"] is False
    assert BOARD["schemaVersion"] >= 39


def test_what_is_shown_can_be_chosen() -> None:
    first, *others = BOARD["templating"]["list"]

    assert (first["name"], first["type"], first["query"]) == (
        *("datasource", "datasource", "prometheus"),
    )
    assert [variable["name"] for variable in others] == ["job", "namespace", "instance"]
    assert [variable["includeAll"] for variable in others] == [False, True, True]
    assert others[0]["current"]["value"] == [JOB]
    for variable in others:
        assert variable["datasource"] == DATASOURCE
        assert (variable["multi"], variable["allValue"], variable["refresh"]) == (True, ".+", 2)
        assert re.fullmatch(
            rf"label_values\(rhoai_operator_build_info(\{{.+\}})?, {variable['name']}\)",
            variable["query"]["query"],
        )


def test_every_subject_has_a_row() -> None:
    assert [
        *("Overview", "Components", "Reconciles", "Queue", "Requests to the API server"),
        *("Drift and fights", "Watches", "Lease", "Serving", "Process"),
    ] == ROWS


@each_panel
def test_a_panel_says_what_it_shows(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["datasource"] == DATASOURCE
    assert panel["targets"]


def test_no_two_panels_have_one_title_number_or_place() -> None:
    for field in ("title", "id"):
        assert len({panel[field] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    places = [panel["gridPos"] for panel in BOARD["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert not [(a, b) for a, b in combinations(places, 2) if overlap(a, b)]


def overlap(a: dict[str, int], b: dict[str, int]) -> bool:
    beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
    below = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
    return not (beside or below)


@each_target
def test_a_query_asks_the_chosen_operators_for_what_they_tell(target: dict[str, Any]) -> None:
    assert list(faults(target["expr"])) == []
    assert selectors(target["expr"])
    assert all(OPERATOR in selector.text for selector in selectors(target["expr"]))
    assert target["datasource"] == DATASOURCE


@each_target
def test_a_query_spans_what_the_scrapes_and_the_zoom_ask_for(target: dict[str, Any]) -> None:
    ranges = re.findall(r"(\w+)\(\w+\{[^{}]*\}\[([^\]]+)\]", target["expr"])

    assert target["expr"].count("[") == len(ranges)
    for function, span in ranges:
        assert span == "$__rate_interval" or (function, span) == ("increase", "$__range")


@each_target
def test_what_only_grows_is_shown_by_how_fast_it_does(target: dict[str, Any]) -> None:
    for selector in selectors(target["expr"]):
        if selector.name in COUNTED or selector.name.endswith("_bucket"):
            assert re.search(rf"(rate|increase)\({selector.name}\{{[^{{}}]*\}}\[", target["expr"])


@each_target
def test_a_legend_names_labels_that_the_query_leaves(target: dict[str, Any]) -> None:
    named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))

    assert target["legendFormat"]
    assert named <= grouped(target["expr"])


def test_every_metric_of_ours_is_shown() -> None:
    shown = {
        re.sub(r"_(bucket|sum|count)$", "", selector.name)
        for panel in PANELS
        for target in panel["targets"]
        for selector in selectors(target["expr"])
    }
    assert {metric.name for metric in METRICS} - shown == set()


def test_the_config_map_is_what_grafanas_sidecar_looks_for() -> None:
    made = config_map("elsewhere")

    assert made["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert made["metadata"]["namespace"] == "elsewhere"
    assert [json.loads(text) for text in made["data"].values()] == [BOARD]
