"""``rhoai status`` tells what conditions and workloads say, and whether all is Ready."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from rhoai_operator.cli.platform import DSC
from rhoai_operator.cli.session import FOUND, TIME_IS_UP
from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.core.objects import Manifest
from tests.manifests import an
from tests.unit.cli.conftest import Reached, Rhoai, a_dsc, a_dsci, condition

WAITING = "Deployment ns/kuberay-operator 0/1 available: its image cannot be pulled"
AGE = re.compile(r"\b\d+[smhd]\b")


def workload(ready: int) -> Manifest:
    labels = {"app.opendatahub.io/ray": "true", "app.kubernetes.io/managed-by": "rhoai-operator"}
    status = {"readyReplicas": ready}
    return an("Deployment", "ray", metadata={"labels": labels}, spec={"replicas": 1}, status=status)


def platform(status: str, reason: str, message: str = "", ready: int = 1) -> Reached:
    dsc = a_dsc(
        condition("Ready", status, reason, message),
        condition("KueueReady", "False", "Removed"),
        condition("RayReady", status, reason, message),
        ray="Managed",
    )
    return Reached(dsc, a_dsci(condition("Ready", "True", "AllReady")), workload(ready))


def told(text: str) -> str:
    return AGE.sub("1d", text)


def test_what_is_ready(rhoai: Rhoai) -> None:
    done = rhoai(platform("True", "AllReady"), "status")

    assert done.exit_code == 0
    assert (
        told(done.stdout)
        == """\
DSC  default-dsc   Ready=True   AllReady   OpenShift AI Self-Managed 0.1.0
DSCI default-dsci   Ready=True   AllReady   OpenShift AI Self-Managed 0.1.0

COMPONENT   STATE     READY   WORKLOADS   REASON     AGE
kueue       Removed   False   -           Removed    1d
ray         Managed   True    1/1         AllReady   1d
"""
    )


def test_what_is_not_ready_comes_with_the_cause(rhoai: Rhoai) -> None:
    done = rhoai(platform("False", "Progressing", WAITING, ready=0), "status")

    assert done.exit_code == FOUND
    assert (
        told(done.stdout)
        == f"""\
DSC  default-dsc   Ready=False   Progressing   OpenShift AI Self-Managed 0.1.0
DSCI default-dsci   Ready=True   AllReady   OpenShift AI Self-Managed 0.1.0

COMPONENT   STATE     READY   WORKLOADS   REASON        AGE
kueue       Removed   False   -           Removed       1d
ray         Managed   False   0/1         Progressing   1d

ray: {WAITING}
"""
    )


def test_where_nothing_is(rhoai: Rhoai) -> None:
    done = rhoai(Reached(), "status")

    assert done.exit_code == FOUND
    assert done.stdout.startswith("DSC  there is none\nDSCI there is none\n")


def test_wide_has_the_messages_in_a_column(rhoai: Rhoai) -> None:
    done = rhoai(platform("False", "Progressing", WAITING), "status", "-o", "wide")

    rows = {line.split()[0]: line for line in done.stdout.splitlines() if line}
    assert rows["COMPONENT"].endswith("MESSAGE")
    assert rows["ray"].endswith(WAITING)


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_programs_get_the_same(rhoai: Rhoai, form: str, read: Any) -> None:
    done = rhoai(platform("True", "AllReady"), "status", "-o", form)

    found = read(done.stdout)
    assert found["ready"] is True
    assert [row["component"] for row in found["components"]] == ["kueue", "ray"]
    assert found["components"][1]["workloads"] == "1/1"


def test_waiting_ends_when_time_is_up_and_says_for_what(rhoai: Rhoai) -> None:
    cluster = platform("False", "Progressing", WAITING)

    done = rhoai(cluster, "status", "--wait", "--timeout", "0.01")

    assert done.exit_code == TIME_IS_UP
    assert done.stderr == f"waiting: Progressing: {WAITING}\n"


def test_waiting_outlasts_an_api_server_that_is_away_but_not_for_ever(rhoai: Rhoai) -> None:
    cluster = platform("True", "AllReady")
    cluster.failing["list", DSC] = Unavailable("it is away")

    done = rhoai(cluster, "status", "--wait", "--timeout", "0.01")

    assert (done.exit_code, done.stderr) == (TIME_IS_UP, "it is away\n")


def test_quiet_leaves_notes_out(rhoai: Rhoai) -> None:
    cluster = platform("False", "Progressing", WAITING)

    done = rhoai(cluster, "status", "--wait", "--timeout", "0.01", "--quiet")

    assert done.stderr == ""


def test_waiting_for_what_is_ready_takes_no_time(rhoai: Rhoai) -> None:
    assert rhoai(platform("True", "AllReady"), "status", "--wait").exit_code == 0


def test_what_was_said_of_an_older_spec_does_not_count(rhoai: Rhoai) -> None:
    stale = {**condition("Ready", "True", "AllReady"), "observedGeneration": 0}

    assert rhoai(Reached(a_dsc(stale, ray="Managed")), "status").exit_code == FOUND
