"""What is measured: a value, and the bar that it must not pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, TypeAlias

TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table.

    Attributes:
        value: infinite where it could not be taken.
        bar: the most it may be; None for what is only told.
        detail: what it was made from, JSON values.
    """

    part: str
    name: str
    value: float
    unit: str = ""
    bar: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether it is within its bar; without one it is."""
        return math.isfinite(self.value) if self.bar is None else self.value <= self.bar

    def row(self) -> tuple[str, str, str, str, str]:
        """Return it as text: part, name, value, bar, verdict."""
        value, unit = number(self.value), f" {self.unit}" if self.unit else ""
        verdict = ("ok" if self.holds else "missed") if self.bar is not None else ""
        bar = "" if self.bar is None else f"≤ {number(self.bar)}{unit}"
        return (self.part, self.name, f"{value}{unit}", bar, verdict if self.holds else "missed")

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "part": self.part,
            "name": self.name,
            "value": self.value if math.isfinite(self.value) else None,
            "unit": self.unit,
            "bar": self.bar,
            "holds": self.holds,
            "detail": _finite(self.detail),
        }


def _finite(value: Any) -> Any:  # noqa: ANN401 - JSON values, and infinity, which JSON has not
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and math.isinf(value) else value


Report: TypeAlias = Callable[[Figure], None]
"""Takes each figure as soon as it is known."""


def number(value: float) -> str:
    """Write a number as people read it: three digits, or all of a large whole one."""
    if math.isinf(value):
        return "never"
    return f"{value:.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` (0 to 1) of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def ratio(ours: Sequence[float], base: Sequence[float]) -> float:
    """Return the median of the ratios of runs made in pairs."""
    return median(a / b for a, b in zip(ours, base, strict=True))


def rounded(values: Sequence[float]) -> list[float]:
    """Return values for a detail: milliseconds are enough."""
    return [round(value, 3) for value in values]
