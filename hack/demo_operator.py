"""The operator as a process of its own, as it would run anywhere outside a cluster."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from hack.demo_cluster import DemoError

ROOT = Path(__file__).resolve().parent.parent
NAMESPACE = "redhat-ods-operator"
READY_SECONDS = 30.0
STOP_SECONDS = 10.0
EVERY_SECONDS = 0.05


class OperatorProcess:
    """A running operator; its log is a file."""

    def __init__(self, kubeconfig: Path, log: Path) -> None:
        metrics, probes = _free_ports()
        self.metrics_url = f"http://127.0.0.1:{metrics}/metrics"
        self._ready_url = f"http://127.0.0.1:{probes}/readyz"
        self.log = log
        options = {
            "--kubeconfig": str(kubeconfig),
            "--operator-namespace": NAMESPACE,
            "--metrics-bind-address": f"127.0.0.1:{metrics}",
            "--health-probe-bind-address": f"127.0.0.1:{probes}",
            "--webhook-bind-address": "0",
            "--log-format": "plain",
        }
        plain = ["--no-metrics-secure"]  # for the curl that the demo shows, on loopback
        flat = [word for option in options.items() for word in option]
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rhoai_operator", "--no-create-dsci", *plain, *flat],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,  # a Ctrl-C is for the demo, which stops it in order
            )

    def wait_ready(self) -> None:
        """Wait until it says that its caches are filled.

        Raises:
            DemoError: it ended, or took too long.
        """
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            self.expect_alive()
            if time.monotonic() > deadline:
                raise DemoError(f"the operator is not ready after {READY_SECONDS:.0f} s")
            time.sleep(EVERY_SECONDS)

    def expect_alive(self) -> None:
        """Raise a DemoError if it has ended."""
        if (code := self._process.poll()) is not None:
            raise DemoError(f"the operator ended with exit code {code}")

    def last_words(self, lines: int = 15) -> str:
        """Return the end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _is_ready(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            opener.open(self._ready_url, timeout=1.0).close()
        except OSError:  # not there yet, or 503
            return False
        return True


def _free_ports() -> tuple[int, int]:
    with ExitStack() as held:
        found = [held.enter_context(socket.socket()) for _ in range(2)]
        for listener in found:
            listener.bind(("127.0.0.1", 0))
        first, second = (int(listener.getsockname()[1]) for listener in found)
        return first, second
