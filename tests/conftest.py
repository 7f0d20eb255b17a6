from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hack.control_plane import build
from tests import cluster
from tests.account import accounted


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Rewrite golden files.")
    what = "Add to a file the rights on the API server of which operators made use."
    parser.addoption("--record-rights", metavar="FILE", help=what)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what takes minutes, unless it is asked for: ``make image-check``."""
    asked = any("tests/image" in argument for argument in config.args)
    return True if collection_path == Path(__file__).with_name("image") and not asked else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    wanted = frozenset(name for mark in item.iter_markers("needs") for name in mark.args)
    if reason := cluster.lacking(wanted):
        pytest.skip(reason)


@pytest.fixture(scope="session")
def control_plane(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[cluster.ControlPlane]:
    """A real one: RHOAI_TEST_KUBECONFIG's, else one of our own for this run."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def build_visibly() -> Path:
        with capture.global_and_fixture_disabled():
            return build()

    folder = tmp_path_factory.mktemp("control-plane")
    record = pytestconfig.getoption("--record-rights")
    with cluster.running(folder, build_visibly) as running, accounted(running, record):
        yield running
