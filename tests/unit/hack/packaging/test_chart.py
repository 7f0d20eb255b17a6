"""The chart's reviewed renders, held against the sources that it has in common with the bundle."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import yaml
from pydantic.alias_generators import to_camel

from hack.packaging import alerts, chart_values, dashboard, guard
from hack.packaging.chart import values_yaml
from hack.packaging.operator_objects import ROOT, manifest, monitoring, objects
from rhoai_operator.settings import Settings

RENDERS = ROOT / "tests" / "golden" / "chart"
HELMS = {"app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "helm.sh/chart"}


@cache
def rendered(case: str) -> dict[tuple[str, str], dict[str, Any]]:
    text = (RENDERS / f"{case}.yaml").read_text(encoding="utf-8")
    found = yaml.load_all(text, Loader=yaml.CSafeLoader)
    return {(item["kind"], item["metadata"]["name"]): item for item in found}


def without_helms(item: dict[str, Any]) -> dict[str, Any]:
    labels = {k: v for k, v in item["metadata"]["labels"].items() if k not in HELMS}
    return {**item, "metadata": {**item["metadata"], "labels": labels}}


@pytest.mark.parametrize(
    "key",
    [
        ("ClusterRole", "rhoai-operator-metrics-reader"),
        ("ClusterRoleBinding", "rhoai-operator-metrics-reader"),
        ("NetworkPolicy", "rhoai-operator"),
        ("PodDisruptionBudget", "rhoai-operator"),
        ("Role", "rhoai-operator-prometheus"),
        ("RoleBinding", "rhoai-operator-prometheus"),
        ("Service", "rhoai-operator-metrics"),
        ("ServiceAccount", "rhoai-operator"),
        ("ServiceMonitor", "rhoai-operator"),
    ],
    ids=" ".join,
)
def test_on_openshift_an_object_is_the_one_of_the_bundle(key: tuple[str, str]) -> None:
    assert without_helms(rendered("openshift")[key]) == manifest(*key)


def test_on_openshift_the_deployment_is_the_bundles_with_the_webhooks_certificate() -> None:
    found, wanted = rendered("openshift")["Deployment", "rhoai-operator"], manifest("Deployment")
    pod = found["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert container["args"].pop() == "--webhook-cert-dir=/etc/rhoai-operator/webhook-cert"
    assert container["volumeMounts"].pop()["name"] == pod["volumes"].pop()["name"] == "webhook-cert"
    for volume in wanted["spec"]["template"]["spec"]["volumes"]:
        volume.get("secret", {}).pop("optional", None)  # here it has to come

    assert without_helms(found) == wanted


def test_nothing_of_the_operators_is_missing() -> None:
    wanted = {(item["kind"], item["metadata"]["name"]) for item in (*objects(), *monitoring())}

    assert wanted - rendered("openshift").keys() == {("Namespace", "redhat-ods-operator")}


def test_rights_are_the_derived_ones() -> None:
    text = (ROOT / "config" / "rbac.yaml").read_text(encoding="utf-8")
    for item in yaml.load_all(text, Loader=yaml.CSafeLoader):
        if not item or item["kind"] == "ClusterRole":
            continue
        found = rendered("default")[item["kind"], item["metadata"]["name"]]
        for field in item.keys() - {"metadata"}:
            assert found[field] == item[field]
    assert rendered("default")["ClusterRole", "rhoai-operator"]["rules"] == "as in config/rbac.yaml"


def test_alerts_and_dashboard_are_those_for_other_ways_to_install() -> None:
    rule = rendered("openshift")["PrometheusRule", "rhoai-operator"]
    board = rendered("cert-manager")["ConfigMap", "rhoai-operator-dashboard"]

    assert without_helms(rule)["metadata"] == alerts.prometheus_rule()["metadata"]
    assert rule["spec"] == "as in config/monitoring/prometheusrule.yaml"
    assert without_helms(board)["metadata"] == dashboard.config_map()["metadata"]
    assert board["data"] == "as in config/monitoring/grafana-dashboard.yaml"


def test_the_guard_is_the_plain_manifests() -> None:
    for item in guard.objects():
        found = rendered("default")[item["kind"], item["metadata"]["name"]]
        assert found["spec"] == item["spec"]


def test_every_setting_is_a_value_but_what_the_chart_itself_says() -> None:
    settings = chart_values.schema()["properties"]["settings"]["properties"]
    named = {to_camel(name) for name in Settings.model_fields.keys() - chart_values.CHARTS_OWN}

    assert settings.keys() == named


def test_no_value_is_accepted_that_is_not_listed() -> None:
    def closed(schema: dict[str, Any]) -> bool:
        below = [part for part in schema["properties"].values() if "properties" in part]
        return schema["additionalProperties"] is False and all(map(closed, below))

    assert closed(chart_values.schema())


def test_the_written_values_are_the_defaults() -> None:
    def defaults(schema: dict[str, Any]) -> Any:
        if "properties" not in schema:
            return schema["default"]
        return {name: defaults(below) for name, below in schema["properties"].items()}

    written = yaml.safe_load(values_yaml())

    assert written == defaults(chart_values.schema())
