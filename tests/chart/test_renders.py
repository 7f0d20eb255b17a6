"""What the chart renders is what was reviewed: one file for each of its ci/*-values.yaml."""

from __future__ import annotations

import pytest

from tests.chart.rendering import CHART, cases, golden, golden_text, helm, of_case, template


@pytest.mark.parametrize("name", cases())
def test_it_renders_as_reviewed(name: str, pytestconfig: pytest.Config) -> None:
    found = golden_text(of_case(name))
    path = golden(name)

    if pytestconfig.getoption("update_golden"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param("replica=3", "'replica' not allowed", id="misspelt"),
        pytest.param("settings.logLvl=debug", "'logLvl' not allowed", id="no-such-setting"),
        pytest.param("settings.logLevel=loud", "/settings/logLevel", id="no-such-level"),
        pytest.param("certificates.provider=vault", "/certificates/provider", id="no-provider"),
        pytest.param("image.digest=latest", "/image/digest", id="no-digest"),
        pytest.param(
            "certificates.provider=files",
            "is needed where certificates.provider is files",
            id="no-files",
        ),
    ],
)
def test_a_mistake_in_values_is_refused_and_named(values: str, said: str) -> None:
    done = helm("template", "rhoai-operator", str(CHART), "--set", values, check=False)

    assert done.returncode
    assert said in done.stderr


def test_a_cluster_too_old_is_refused() -> None:
    args = ("template", "rhoai-operator", str(CHART), "--kube-version", "1.28.0")

    assert "kubeVersion" in helm(*args, check=False).stderr


@pytest.mark.parametrize(("version", "policies"), [("1.29.9", 0), ("1.30.0", 2)])
def test_the_guard_is_there_where_kubernetes_has_what_it_takes(version: str, policies: int) -> None:
    kinds = [item["kind"] for item in template("--kube-version", version)]

    assert kinds.count("ValidatingAdmissionPolicy") == policies


def test_a_global_value_of_a_chart_around_it_is_no_mistake() -> None:
    assert template("--set", "global.registry=mirror.example.com")
