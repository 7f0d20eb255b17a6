"""Text that must not come into logs, tracebacks or messages."""

from __future__ import annotations

GENERATED = "<generated>"
"""What people are shown in place of it."""


class Hidden(str):
    """Text like any other to JSON and to templates; ``repr``, also of what holds it, is silent."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return what stands in place of the text."""
        return GENERATED
