"""How property tests run where all tests have to be quick: few examples, always the same."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

quickly = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
"""A busy machine is no fault of what is tested."""
