from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.account import account
from tests.cluster import ControlPlane
from tests.madeup import MadeUp, make_up
from tests.running import CRDS, Operator, View
from tests.stage import installed
from tests.wait import blocking_until

__all__ = ["GONE_SECONDS", "installed"]

Start: TypeAlias = Callable[..., Operator]
"""Start an operator with some environment."""

GONE_SECONDS = 20.0


@pytest.fixture
def view(control_plane: ControlPlane) -> View:
    """The cluster as a user sees it, with our API installed."""
    return installed(control_plane, CRDS)


@pytest.fixture
def start(view: View, tmp_path: Path) -> Iterator[Start]:
    """Start an operator with some environment; it and what it made is gone after the test."""

    def gone() -> None:
        blocking_until(lambda: not view.owned("ray"), GONE_SECONDS, "nothing of ray is left")

    kubeconfig = account(view.cluster, tmp_path / "kubeconfig")
    with _operators(view, kubeconfig, tmp_path, {}, gone) as start:
        yield start


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> MadeUp:
    return make_up(tmp_path_factory.mktemp("made-up"))


@contextmanager
def _operators(
    view: View, kubeconfig: Path, folder: Path, base: Mapping[str, str], gone: Callable[[], None]
) -> Iterator[Start]:
    """Give what starts operators; in the end one that lives removes all, as ``gone`` checks."""
    started: list[Operator] = []

    def start(**env: str) -> Operator:
        operator = Operator(kubeconfig, folder / f"{len(started)}.log", {**base, **env})
        started.append(operator)
        operator.start()
        return operator

    try:
        yield start
        if not any(operator.is_alive for operator in started):
            start()
        view.clear()
        gone()
    finally:
        for operator in started:
            operator.end()
