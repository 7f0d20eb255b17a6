"""Programs of `hack/tools.yaml` that tests call, and how to do without."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hack.tools import tool

WITHOUT = "RHOAI_TEST_WITHOUT"
"""Names of tools, with commas, whose tests are skipped; they take minutes to compile, once."""


def needed(name: str) -> Path:
    """Return the program, made if it is not there yet; skip the test if it is not wanted."""
    if name in os.environ.get(WITHOUT, "").split(","):
        pytest.skip(f"{WITHOUT} says that {name} is not to be used")
    return tool(name)
