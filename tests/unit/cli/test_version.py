from __future__ import annotations

import json
from importlib.metadata import version

from rhoai_operator.cli.platform import DSC
from rhoai_operator.cluster.errors import Forbidden
from tests.unit.cli.conftest import Reached, Rhoai, a_dsc


def test_what_is_not_known_is_said_to_be(rhoai: Rhoai) -> None:
    done = rhoai(Reached(), "version")

    assert done.exit_code == 0
    assert done.stdout == (
        f"rhoai:       {version('rhoai-operator')}\n"
        "operator:    <unknown>\n"
        "kubernetes:  <unknown>\n"
        "openshift:   <none>\n"
    )


def test_the_operators_is_that_of_the_status(rhoai: Rhoai) -> None:
    told = json.loads(rhoai(Reached(a_dsc()), "version", "-o", "json").stdout)

    assert told["operator"] == "OpenShift AI Self-Managed 0.1.0"


def test_who_may_not_look_gets_the_rest(rhoai: Rhoai) -> None:
    cluster = Reached()
    cluster.failing["list", DSC] = Forbidden("you may not")

    done = rhoai(cluster, "version")

    assert (done.exit_code, done.stderr) == (3, "you may not\n")
    assert done.stdout.startswith("rhoai: ")
