"""The operator as a program of its own, measured from outside."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60.0
STOP_SECONDS = 30.0
LOOK_SECONDS = 0.05
SAMPLE_SECONDS = 0.02
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return the CPU that a program has used, of the user's and the kernel's, in steps of 0.01 s."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_mb(pid: int) -> float:
    """Return the memory of a program that is resident, in MB of a million bytes."""
    return _status(pid, "VmRSS")


def peak_mb(pid: int) -> float:
    """Return the most that was ever resident, likewise."""
    return _status(pid, "VmHWM")


def _status(pid: int, name: str) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    match = re.search(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)
    if not match:
        raise BenchError(f"the kernel does not tell {name} of {pid}")
    return int(match[1]) * 1024 / 1e6


class Operator:
    """One running operator."""

    def __init__(self, kubeconfig: Path, log: Path, env: Mapping[str, str]) -> None:
        self.log = log
        metrics, probes = _free_ports()
        self._metrics = f"http://127.0.0.1:{metrics}"
        self._probes = f"http://127.0.0.1:{probes}"
        options = {
            "--kubeconfig": str(kubeconfig),
            "--metrics-bind-address": f"127.0.0.1:{metrics}",
            "--health-probe-bind-address": f"127.0.0.1:{probes}",
            "--webhook-bind-address": "0",
            "--platform": "rhoai",
        }
        flat = ["--no-metrics-secure", *(word for option in options.items() for word in option)]
        with log.open("ab") as out:
            self._program = subprocess.Popen(
                [sys.executable, "-m", "rhoai_operator", "--no-create-dsci", *flat],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,  # a Ctrl-C is for the benchmark, which ends it
                env={**os.environ, **env},
            )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._program.pid

    async def ready(self) -> None:
        """Wait until it says that it is ready.

        Raises:
            BenchError: it ended, or took too long.
        """
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers(f"{self._probes}/readyz"):
            self.expect_alive()
            if time.monotonic() > deadline:
                raise BenchError(f"the operator is not ready after {READY_SECONDS:g} s")
            await asyncio.sleep(LOOK_SECONDS)

    def expect_alive(self) -> None:
        """Raise a BenchError if it has ended."""
        if (code := self._program.poll()) is not None:
            raise BenchError(f"the operator ended with exit code {code}:\n{self.last_words()}")

    def last_words(self, lines: int = 5) -> str:
        """Return the end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def metric(self, name: str) -> float:
        """Return the sum of a metric's samples."""
        with _opener().open(f"{self._metrics}/metrics", timeout=5) as answer:
            text: str = answer.read().decode()
        found = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)
        return sum(map(float, found))

    async def stop(self) -> None:
        """Ask it to end as the kubelet does, and wait for it; one that does not is killed."""
        if self._program.poll() is None:
            self._program.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self._program.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise BenchError(f"the operator did not end within {STOP_SECONDS:g} s") from None

    def kill(self) -> None:
        """End it at once; nothing happens if it has ended."""
        self._program.kill()
        self._program.wait()

    def _answers(self, url: str) -> bool:
        try:
            _opener().open(url, timeout=1).close()
        except OSError:  # not there yet, or 503
            return False
        return True


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _free_ports() -> tuple[int, int]:
    with ExitStack() as held:
        found = [held.enter_context(socket.socket()) for _ in range(2)]
        for listener in found:
            listener.bind(("127.0.0.1", 0))
        first, second = (int(listener.getsockname()[1]) for listener in found)
        return first, second


@dataclass(frozen=True, slots=True)
class Course:
    """How much CPU a program had used at which time, in seconds since the epoch."""

    times: Sequence[float]
    used: Sequence[float]

    def between(self, start: float, end: float) -> float:
        """Return CPU seconds used in between, to the nearest samples outside."""
        last = len(self.times) - 1
        first = max(bisect_left(self.times, start) - 1, 0)
        return self.used[min(bisect_left(self.times, end), last)] - self.used[first]


class Sampler:
    """Follows a program's CPU, until it is cancelled: run it as a task."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._times: list[float] = []
        self._used: list[float] = []

    async def run(self) -> None:
        """Take samples for ever."""
        while True:
            self._times.append(time.time())
            self._used.append(cpu_seconds(self._pid))
            await asyncio.sleep(SAMPLE_SECONDS)

    @property
    def course(self) -> Course:
        """What was seen so far."""
        return Course(tuple(self._times), tuple(self._used))
