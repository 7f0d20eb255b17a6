from __future__ import annotations

from decimal import Decimal

import pytest

from rhoai_operator.core.quantities import quantity


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        pytest.param("1", 1, id="text"),
        pytest.param(1, 1, id="number"),
        pytest.param("1000m", 1, id="thousandths"),
        pytest.param("0.5", Decimal("0.5"), id="fraction"),
        pytest.param(".5", Decimal("0.5"), id="without-a-leading-zero"),
        pytest.param("100n", Decimal("1e-7"), id="tiny"),
        pytest.param("2k", 2000, id="thousands"),
        pytest.param("1G", 10**9, id="decimal"),
        pytest.param("1Gi", 2**30, id="binary"),
        pytest.param("1024Mi", 2**30, id="binary-the-long-way"),
        pytest.param("1.5Gi", 3 * 2**29, id="binary-fraction"),
        pytest.param("1e3", 1000, id="exponent"),
        pytest.param("2E", 2 * 10**18, id="unit-that-looks-like-an-exponent"),
        pytest.param("-1", -1, id="negative"),
    ],
)
def test_amounts(written: object, amount: Decimal | int) -> None:
    assert quantity(written) == amount


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("", id="empty"),
        pytest.param("Gi", id="unit-only"),
        pytest.param("1 Gi", id="space"),
        pytest.param("1gi", id="unknown-unit"),
        pytest.param("1.2.3", id="version"),
        pytest.param("1e9999", id="huge-exponent"),
        pytest.param("one", id="word"),
        pytest.param(None, id="null"),
        pytest.param({"cpu": "1"}, id="mapping"),
    ],
)
def test_what_is_no_amount(written: object) -> None:
    assert quantity(written) is None
