from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.rounds import run
from tests.cluster import ControlPlane
from tests.madeup import make_up
from tests.stage import set_up


@pytest.mark.needs("controllers")
def test_after_each_round_of_chaos_all_is_right(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    """A slice of `make chaos`."""
    with set_up(control_plane, make_up(tmp_path / "made-up"), tmp_path) as stage:
        failure = run(stage, seed=5, rounds=20, say=print)
    assert failure is None, str(failure)
