"""Suspending says who is left alone, and resuming brings back what was."""

from __future__ import annotations

from typing import Any

from rhoai_operator.cluster.errors import Forbidden, Permission
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.reconcile.gates import PAUSE
from tests.unit.cli.conftest import Reached, Rhoai, a_dsc

NAME = "datasciencecluster.datasciencecluster.opendatahub.io/default-dsc"


def state(cluster: Reached) -> Any:
    return cluster.now(a_dsc())["spec"]["components"]["ray"]["managementState"]


def test_all_of_it(rhoai: Rhoai) -> None:
    cluster = Reached(a_dsc(ray="Managed"))

    assert rhoai(cluster, "suspend").stdout == f"{NAME} suspended\n"
    assert cluster.now(a_dsc())["metadata"]["annotations"] == {PAUSE: "true"}
    assert rhoai(cluster, "resume").stdout == f"{NAME} resumed\n"
    assert not cluster.now(a_dsc())["metadata"]["annotations"]


def test_a_component_becomes_what_it_was(rhoai: Rhoai) -> None:
    cluster = Reached(a_dsc(ray="Removed"))

    assert rhoai(cluster, "suspend", "ray").stdout == f"{NAME} ray suspended\n"
    assert state(cluster) == "Unmanaged"
    assert rhoai(cluster, "suspend", "ray").stdout.startswith(f"{NAME} unchanged")
    assert rhoai(cluster, "resume", "ray").stdout == f"{NAME} ray resumed\n"
    assert state(cluster) == "Removed"
    assert not cluster.now(a_dsc())["metadata"]["annotations"]


def test_a_component_that_there_is_not_is_a_wrong_command_line(rhoai: Rhoai) -> None:
    done = rhoai(Reached(a_dsc()), "suspend", "rai")

    assert done.exit_code == 2
    assert "no component 'rai': one of " in done.stderr


def test_without_the_right_nothing_changes_and_it_is_said(rhoai: Rhoai) -> None:
    cluster, dsc = Reached(a_dsc(ray="Managed")), ObjectRef.of(a_dsc())
    may_not = Permission("ann", "patch", "datascienceclusters", dsc.group)
    cluster.failing["patch", dsc] = Forbidden("no", may_not)

    done = rhoai(cluster, "suspend")

    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.startswith("Error: you may not patch datascienceclusters.")


def test_where_there_is_none(rhoai: Rhoai) -> None:
    assert rhoai(Reached(), "suspend").exit_code == 3
