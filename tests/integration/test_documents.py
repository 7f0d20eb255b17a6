"""Every command of the documentation is typed as it stands there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import ControlPlane
from tests.documents import ROOT, Block, blocks, pages
from tests.running import CRDS, Operator
from tests.stage import installed

pytestmark = pytest.mark.needs("controllers")

COMMANDS_SECONDS = 300
LEFT_OUT = (".git", ".venv", ".cluster", ".*_cache", "__pycache__", "build", "dist", "results")


def commands(page: Path) -> list[Block]:
    """Return what is typed, and the files that it needs."""
    found = [b for b in blocks(page) if b.title or (b.language == "sh" and not b.not_run)]
    return found if any(block.language == "sh" for block in found) else []


RUN = [page for page in pages() if commands(page)]


@pytest.fixture(scope="module")
def checkout(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout, so that nothing here changes, with its packages and a kubectl."""
    folder = tmp_path_factory.mktemp("documents") / "checkout"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (folder / ".venv").symlink_to(Path(sys.prefix))
    assert control_plane.folder
    (folder / ".cluster").symlink_to(control_plane.folder)
    return folder


@pytest.fixture(scope="module")
def operator(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Operator]:
    """One that is at work, and a DataScienceCluster for it, as the pages take for granted."""
    view = installed(control_plane, CRDS)
    operator = Operator(
        control_plane.kubeconfig, tmp_path_factory.mktemp("documents") / "operator.log"
    )
    operator.start()
    try:
        view.dsc(ray="Managed")
        yield operator
        view.clear()
    finally:
        operator.end()


@pytest.mark.parametrize("page", RUN, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_the_page_says_can_be_typed(
    page: Path, checkout: Path, operator: Operator, control_plane: ControlPlane
) -> None:
    programs = (checkout / ".venv/bin", checkout / ".cluster")
    env = {
        **os.environ,
        "PATH": ":".join([*map(str, programs), os.environ["PATH"]]),
        "PYTHONPATH": str(checkout),
        "KUBECONFIG": str(control_plane.kubeconfig),
    }
    for block in commands(page):
        if block.title:
            path = checkout / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
            continue
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text],
            cwd=checkout,
            env=env,
            capture_output=True,
            text=True,
            timeout=COMMANDS_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert operator.is_alive
