"""Errors become one line and an exit code; a missing right says what to ask for."""

from __future__ import annotations

import click
import pytest

from rhoai_operator.cli.platform import DSC
from rhoai_operator.cli.session import FAILED, Seconds, lacking
from rhoai_operator.cluster.errors import Forbidden, Permission, Unavailable
from tests.unit.cli.conftest import Reached, Rhoai

MAY_NOT = Forbidden("no", Permission("ann", "list", "datascienceclusters", DSC.group))


def test_a_missing_right_is_said_with_the_rule_to_ask_for(rhoai: Rhoai) -> None:
    cluster = Reached()
    cluster.failing["list", DSC] = MAY_NOT

    done = rhoai(cluster, "status")

    assert done.exit_code == FAILED
    assert done.stderr == (
        "you may not list datascienceclusters.datasciencecluster.opendatahub.io: ask for"
        " {apiGroups: [datasciencecluster.opendatahub.io], resources: [datascienceclusters],"
        " verbs: [list]}\n"
    )


def test_a_right_of_one_namespace_names_it() -> None:
    permission = Permission("ann", "list", "deployments", "apps", "redhat-ods-applications")

    said = lacking(permission)

    assert said.startswith("you may not list deployments.apps in redhat-ods-applications: ask for")


@pytest.mark.parametrize("error", [Unavailable("it is away"), ConnectionError("it is away")])
def test_what_fails_is_one_line(rhoai: Rhoai, error: Exception) -> None:
    cluster = Reached()
    cluster.failing["list", DSC] = error  # type: ignore[assignment]

    done = rhoai(cluster, "status")

    assert (done.exit_code, done.stdout, done.stderr) == (FAILED, "", "Error: it is away\n")


def test_what_nobody_expected_is_one_line_too_and_more_if_asked_for(rhoai: Rhoai) -> None:
    cluster = Reached()
    cluster.failing["list", DSC] = TypeError("no string")  # type: ignore[assignment]

    short, long = rhoai(cluster, "status"), rhoai(cluster, "status", "-v")

    assert (short.exit_code, long.exit_code) == (FAILED, FAILED)
    assert short.stderr.startswith("Error: TypeError: no string; that was not expected")
    assert "Traceback" not in short.stderr
    assert "Traceback" in long.stderr


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1.5", 1.5), ("90s", 90), ("5m", 300), ("1h", 3600)]
)
def test_times_are_as_kubectl_takes_them(text: str, seconds: float) -> None:
    assert Seconds().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["0", "-1", "soon", "5d"])
def test_what_is_no_time_is_a_wrong_command_line(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no time"):
        Seconds().convert(text, None, None)
