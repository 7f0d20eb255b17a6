"""What the chart renders, as helm does it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from hack.packaging import alerts, dashboard, rights
from hack.packaging.operator_objects import NAME, NAMESPACE, ROOT
from tests.tools import needed

CHART = ROOT / "charts" / "rhoai-operator"
CI = CHART / "ci"
GOLDEN = ROOT / "tests" / "golden" / "chart"
KUBERNETES = "1.36.0"

Rendered = list[dict[str, Any]]


ELSEWHERE: Mapping[str, tuple[tuple[str, str, Callable[[], object]], ...]] = {
    "ClusterRole": (("rules", "config/rbac.yaml", lambda: rights.cluster_role()["rules"]),),
    "PrometheusRule": (
        ("spec", "config/monitoring/prometheusrule.yaml", lambda: alerts.prometheus_rule()["spec"]),
    ),
    "ConfigMap": (
        (
            "data",
            "config/monitoring/grafana-dashboard.yaml",
            lambda: dashboard.config_map()["data"],
        ),
    ),
}
"""Kind -> field, the file that has the same word for word, and what makes it."""


def cases() -> list[str]:
    return sorted(path.name.removesuffix("-values.yaml") for path in CI.glob("*-values.yaml"))


def helm(*args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [str(needed("helm")), *args]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert not check or done.returncode == 0, f"helm {' '.join(args)}: {done.stderr}"
    return done


def template(*args: str) -> Rendered:
    """Return what the chart renders with these arguments, in the order of the templates."""
    base = ("template", NAME, str(CHART), "--namespace", NAMESPACE, "--kube-version", KUBERNETES)
    found = yaml.load_all(helm(*base, *args).stdout, Loader=yaml.CSafeLoader)
    return [item for item in found if item]


def of_case(name: str) -> Rendered:
    return template("--values", str(CI / f"{name}-values.yaml"))


def golden(name: str) -> Path:
    return GOLDEN / f"{name}.yaml"


def golden_text(rendered: Rendered) -> str:
    """Return objects as text for people to read, without what other files have word for word."""
    return yaml.safe_dump_all((_shortened(item) for item in rendered), sort_keys=False, width=100)


def _shortened(item: dict[str, Any]) -> dict[str, Any]:
    name = item["metadata"]["name"]
    for field, path, text in ELSEWHERE.get(item["kind"], ()):
        if item.get(field) == text():
            return {**item, field: f"as in {path}"}
    if item["kind"] == "CustomResourceDefinition":
        plural, _, group = name.partition(".")
        path = f"crds/{group}_{plural}.yaml"
        if item["spec"] == yaml.load((ROOT / path).read_text(), Loader=yaml.CSafeLoader)["spec"]:
            return {**item, "spec": f"as in {path}"}
    return item
