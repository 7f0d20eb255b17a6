"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def machine() -> dict[str, Any]:
    """Describe this machine: JSON values."""
    memory = re.search(r"^MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    model = re.search(r"^model name\s+: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": model[1] if model else platform.machine(),
        "memory GB": round(int(memory[1]) * 1024 / 1e9, 1) if memory else None,
        "python": platform.python_version(),
        "kernel": platform.release(),
    }


def load() -> list[float]:
    """Return how busy it was over the last 1, 5 and 15 minutes: programs that ran or wanted to."""
    return [round(average, 1) for average in os.getloadavg()]


def commit() -> str:
    """Name the commit that is measured, with a + if files differ from it; empty if unknown."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--abbrev=12"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    return said.stdout.strip()
