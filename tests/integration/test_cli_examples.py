"""What the documentation shows of ``rhoai`` is what it prints on a real platform.

``--update-golden`` writes the examples anew; then ``make generate`` puts them into docs/cli.md.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from hack.cli_page import EXAMPLES, cut
from tests.cluster import ControlPlane
from tests.integration.test_cli import NAMESPACE, WORKLOAD, Cli
from tests.running import CRDS, Operator, View
from tests.stage import installed
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers")

HOLDER = re.compile(r"\S+_[0-9a-f]{8}-[0-9a-f-]{27}")
AGE = re.compile(r"\b\d+[smhd]$", re.MULTILINE)
TIME = re.compile(r"\d{8}-\d{6}")
WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LINES = {
    "check": ("check",),
    "status": ("status", "status -o json"),
    "version": ("version",),
    "diff": ("diff", "diff ray"),
    "diagnose": ("diagnose",),
    "suspend": ("suspend",),
    "resume": ("resume",),
}


@pytest.fixture(scope="module")
def view(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    view = installed(control_plane, CRDS)
    operator = Operator(control_plane.kubeconfig, tmp_path_factory.mktemp("cli") / "operator.log")
    operator.start()
    try:
        view.dsc(ray="Managed", trainingoperator="Managed", kueue="Removed")
        yield view
        view.clear()
    finally:
        operator.end()


def told(printed: str) -> str:
    """Replace what is another in each run."""
    printed = HOLDER.sub("rhoai-operator-7d9c5b6f4-x2x8l_0b5c", printed)
    printed = WHEN.sub("2026-01-01T12:00:00Z", printed)
    return TIME.sub("20260101-120000", AGE.sub("21s", printed))


def test_examples(view: View, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    rhoai = Cli(view.cluster.kubeconfig, tmp_path)
    assert rhoai("status", "--wait", "--timeout", "90").returncode == 0
    printed: dict[str, str] = {}
    for name in ("version", "check", "status", "diagnose", "suspend", "diff", "resume"):
        printed[name] = "".join(_run(rhoai, line) for line in LINES[name])
        if name == "suspend":
            blocking_until(lambda: "Paused" in view.reason("Ready"), 20, "it is paused")
            image = "kuberay-operator=example.com/mirror/kuberay:v1"
            view.cluster.kubectl("set", "image", WORKLOAD[0], WORKLOAD[1], image, "-n", NAMESPACE)

    if pytestconfig.getoption("update_golden"):
        EXAMPLES.mkdir(exist_ok=True)
        for name, text in printed.items():
            (EXAMPLES / f"{name}.txt").write_text(text)
    stored = {name: (EXAMPLES / f"{name}.txt").read_text() for name in printed}
    assert printed == stored


def _run(rhoai: Cli, line: str) -> str:
    done = rhoai(*shlex.split(line))
    assert done.returncode in (0, 1), done.stderr
    status = f"# exit code {done.returncode}\n" if done.returncode else ""
    return f"$ rhoai {line}\n{cut(told(done.stdout))}{status}"
