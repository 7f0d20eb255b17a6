"""What a run of the benchmarks was asked for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from bench.generated import Shape


@dataclass(frozen=True, slots=True)
class Options:
    """The same for all parts.

    Attributes:
        runs: how often a ratio is taken; its median counts.
        seed: for what is chosen at random.
        share: of the objects that a figure is defined for; bars mean little unless it is 1.
        attach: what goes along while an operator is measured, as ``Stage.attach``.
    """

    runs: int
    seed: int
    share: float
    attach: Callable[[int], AbstractContextManager[object]]

    def scaled(self, count: int) -> int:
        """Return how many of ``count`` there are to be in this run."""
        return max(round(count * self.share), 1)

    def shape(self, shape: Shape) -> Shape:
        """Return a shape with as many objects and definitions as there are to be in this run."""
        definitions = self.scaled(shape.definitions) if shape.definitions else 0
        return replace(shape, objects=self.scaled(shape.objects), definitions=definitions)
