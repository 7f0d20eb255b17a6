from __future__ import annotations

import pytest

from rhoai_operator.engine import informer


@pytest.mark.parametrize(
    ("failures", "longest"),
    [
        pytest.param(0, 0.2, id="resumed"),
        pytest.param(1, 1.0, id="first"),
        pytest.param(3, 4.0, id="doubled"),
        pytest.param(9, 30.0, id="capped"),
        pytest.param(5000, 30.0, id="for-days"),
    ],
)
def test_pauses_grow_up_to_a_limit(
    failures: int, longest: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(informer, "FIRST_PAUSE", 1.0)
    monkeypatch.setattr(informer, "RESUME_PAUSE", 0.2)
    assert all(longest / 2 <= informer._pause(failures) <= longest for _ in range(20))
