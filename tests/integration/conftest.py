from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster import ControlPlane
from tests.running import CRDS, Operator, View
from tests.wait import blocking_until


@pytest.fixture
def view(control_plane: ControlPlane) -> View:
    """The cluster as a user sees it, with our API installed."""
    control_plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(CRDS))
    wait = ("wait", "--for=condition=Established", "--timeout=30s", "-f", str(CRDS))
    control_plane.kubectl(*wait)
    return View(control_plane)


@pytest.fixture
def start(view: View, tmp_path: Path) -> Iterator[Callable[..., Operator]]:
    """Start an operator with some environment; it and what it made is gone after the test."""
    started: list[Operator] = []

    def start(**env: str) -> Operator:
        operator = Operator(view.cluster.kubeconfig, tmp_path / f"{len(started)}.log", env)
        started.append(operator)
        operator.start()
        return operator

    yield start
    try:
        if not any(operator.is_alive for operator in started):
            start()
        view.clear()
        blocking_until(lambda: not view.owned("ray"), 20, "nothing of ray is left")
    finally:
        for operator in started:
            operator.kill()
