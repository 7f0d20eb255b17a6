"""What can go wrong in a benchmark."""

from __future__ import annotations


class BenchError(RuntimeError):
    """A figure could not be taken; the message says why."""
