"""Amounts as Kubernetes writes them: ``1000m`` is ``1``, and ``1024Mi`` is ``1Gi``. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

_QUANTITY = re.compile(r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)(?P<unit>\w*)")
_POWERS = {unit: 3 * power for power, unit in enumerate(("n", "u", "m", "", *"kMGTPE"), start=-3)}
_BINARY = {f"{unit}i": 10 * power for power, unit in enumerate("KMGTPE", start=1)}


def quantity(written: object) -> Decimal | None:
    """Read a ``resource.Quantity``; None if it is none."""
    found = _QUANTITY.fullmatch(str(written)) if isinstance(written, str | int | float) else None
    if found is None:
        return None
    number, unit = Decimal(found["number"]), found["unit"]
    if unit in _POWERS:
        return number.scaleb(_POWERS[unit])
    return number * 2 ** _BINARY[unit] if unit in _BINARY else None
