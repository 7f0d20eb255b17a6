"""Profiles of operators, taken from outside by py-spy while a part is measured."""

from __future__ import annotations

import itertools
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from bench.errors import BenchError

RATE = 200
SHOWN = 25
END_SECONDS = 30.0
WAITING = "EpollSelector.select "
_LINE = re.compile(r":\d+\)$")
"""A frame says at which line of its function it is."""


def profiling(folder: Path, part: str) -> Callable[[int], AbstractContextManager[object]]:
    """Return what profiles an operator, by its number, into a file of ``folder``.

    The file holds a line for each stack, ``frame;frame;frame samples``, as flame graphs are made
    from; beside it lies a summary. They are numbered in the order of measuring.

    Raises:
        BenchError: py-spy is not installed.
    """
    own = Path(sys.executable).with_name("py-spy")
    found = str(own) if own.exists() else shutil.which("py-spy")
    if not found:
        raise BenchError("there is no py-spy: pip install py-spy")

    numbers = itertools.count(1)

    @contextmanager
    def attach(pid: int) -> Iterator[None]:
        name = f"{part}-{next(numbers)}"
        stacks = folder / f"{name}.stacks"
        command = [found, "record", "--pid", str(pid), "--format", "raw", "--rate", str(RATE)]
        with subprocess.Popen(
            [*command, "--output", str(stacks)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as recorder:
            assert recorder.stdout
            recorder.stdout.readline()  # it says so when it begins
            try:
                yield
            finally:
                recorder.send_signal(signal.SIGINT)
                recorder.communicate(timeout=END_SECONDS)
                if stacks.exists():
                    (folder / f"{name}.profile.txt").write_text(summary(stacks.read_text()))

    return attach


def summary(stacks: str) -> str:
    """Say which functions took most: share of samples within them, and in them alone.

    Samples in which it waited for something to happen do not count.
    """
    within: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for line in stacks.splitlines():
        stack, _, samples = line.rpartition(" ")
        frames = [_LINE.sub(")", frame) for frame in stack.split(";")]
        if frames[-1].startswith(WAITING):
            continue
        alone[frames[-1]] += int(samples)
        for frame in set(frames):
            within[frame] += int(samples)
    total = max(sum(alone.values()), 1)
    lines = [f"{total} samples at {RATE} a second", "", "within  alone  function"]
    for frame, count in within.most_common(SHOWN * 2):
        lines.append(f"{count / total:6.1%} {alone[frame] / total:6.1%}  {frame}")
    lines += ["", " alone  function"]
    lines += [f"{count / total:6.1%}  {frame}" for frame, count in alone.most_common(SHOWN)]
    return "\n".join(lines) + "\n"
