from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from rhoai_operator.cli.codes import CODES
from rhoai_operator.cli.documents import DSC_VERSION, DSCI_VERSION
from rhoai_operator.cli.main import rhoai

CORPUS = Path(__file__).parents[2] / "corpus"


def body(kind: str = "DataScienceCluster", **spec: Any) -> dict[str, Any]:
    version = DSC_VERSION if kind == "DataScienceCluster" else DSCI_VERSION
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "a"}, "spec": spec}


def dsc(**components: Any) -> dict[str, Any]:
    return body(components=components)


MANAGED = {"managementState": "Managed"}
RAY = dsc(ray=MANAGED)


def lint(*bodies: dict[str, Any], options: tuple[str, ...] = ()) -> Result:
    text = yaml.safe_dump_all(bodies)
    return CliRunner().invoke(rhoai, ["lint", "-f", "-", *options], input=text)


def codes(*bodies: dict[str, Any]) -> set[str]:
    found = json.loads(lint(*bodies, options=("-o", "json")).stdout)
    return {item["code"] for item in found}


CASES = [
    pytest.param([{"kind": "ConfigMap"}], "RHOAI0002", id="another-kind"),
    pytest.param([RAY, RAY], "RHOAI0003", id="two"),
    pytest.param([RAY | {"apiVersion": "v1"}], "RHOAI0101", id="version"),
    pytest.param([RAY | {"metadata": {}}], "RHOAI0102", id="no-name"),
    pytest.param([dsc(ray=MANAGED | {"sise": 1})], "RHOAI0103", id="field"),
    pytest.param([dsc(rai=MANAGED, ray=MANAGED)], "RHOAI0103", id="component"),
    pytest.param([RAY, body("DSCInitialization", namespace="a")], "RHOAI0103", id="dsci-field"),
    pytest.param([dsc(ray={"managementState": "On"})], "RHOAI0104", id="state"),
    pytest.param([dsc(llamastackoperator=MANAGED)], "RHOAI0201", id="not-available"),
    pytest.param([dsc(trustyai=MANAGED)], "RHOAI0202", id="needs-another"),
    pytest.param([dsc(kueue=MANAGED | {"defaultLocalQueueName": "x"})], "RHOAI0203", id="ignored"),
    pytest.param(
        [dsc(ray=MANAGED | {"devFlags": {"manifests": [{"uri": "a"}]}})], "RHOAI0204", id="flags"
    ),
    pytest.param([dsc()], "RHOAI0205", id="nothing"),
]


@pytest.mark.parametrize(("bodies", "code"), CASES)
def test_what_is_wrong_has_a_code(bodies: list[dict[str, Any]], code: str) -> None:
    assert code in codes(*bodies)


def test_every_code_has_a_case() -> None:
    assert {str(case.values[1]) for case in CASES} | {"RHOAI0001"} == set(CODES)


def test_what_is_no_yaml_is_said_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("a: [")

    done = CliRunner().invoke(rhoai, ["lint", "-f", str(path)])

    assert done.exit_code == 1
    assert f"{path}: RHOAI0001 error" in done.stdout


@pytest.mark.parametrize("path", sorted(CORPUS.glob("valid/dsc-*.yaml")), ids=lambda p: p.stem)
def test_what_the_api_takes_has_no_error_of_form(path: Path) -> None:
    done = CliRunner().invoke(rhoai, ["lint", "-f", str(path), "-o", "json"])

    form = {"RHOAI0001", "RHOAI0002", "RHOAI0003", "RHOAI0101", "RHOAI0102", "RHOAI0103"}
    assert {item["code"] for item in json.loads(done.stdout)} & form == set()


@pytest.mark.parametrize(
    ("bodies", "options", "code"),
    [
        pytest.param([RAY], (), 0, id="well"),
        pytest.param([dsc()], (), 0, id="warning"),
        pytest.param([dsc()], ("--strict",), 1, id="warning-that-counts"),
        pytest.param([dsc(trustyai=MANAGED)], (), 1, id="error"),
    ],
)
def test_exit_codes(bodies: list[dict[str, Any]], options: tuple[str, ...], code: int) -> None:
    assert lint(*bodies, options=options).exit_code == code


def test_no_file_is_a_wrong_command_line() -> None:
    assert CliRunner().invoke(rhoai, ["lint"]).exit_code == 2
