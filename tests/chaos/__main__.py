"""Chaos on a real control plane: `make chaos`; ARGS="--rounds 20 --seed N".

Ends with exit code 1 at the first round after which something is wrong, and says what.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

import click

from hack.control_plane import build
from tests import cluster
from tests.chaos.rounds import run
from tests.madeup import make_up
from tests.stage import set_up


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311
    asked = parser.parse_args()
    click.echo(f"seed {asked.seed}, {asked.rounds} rounds")
    folder, began = Path(tempfile.mkdtemp(prefix="chaos-")), time.monotonic()
    made_up, logs = make_up(folder / "made-up"), folder / "logs"
    logs.mkdir()
    with (
        cluster.running(folder / "control-plane", build) as control_plane,
        set_up(control_plane, made_up, logs, asked.seed) as stage,
    ):
        failure = run(stage, asked.seed, asked.rounds, click.echo)
    click.echo(str(failure) if failure else f"nothing wrong; {time.monotonic() - began:.0f} s")
    click.echo(f"the operators' logs are in {logs}")
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main())
