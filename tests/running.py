"""The operator as users run it, a process of its own, and what its users see of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cluster import ControlPlane
from tests.wait import blocking_until

CRDS = Path(__file__).parents[1] / "crds"
START_SECONDS = 30.0
STOP_SECONDS = 10.0
USUAL = {"RHOAI_METRICS_SECURE": "false", "RHOAI_WEBHOOK_BIND_ADDRESS": "0"}
LEADING = 'leader_election_master_status{name="rhoai-operator"} 1.0'
EVERYTHING = (
    "deployments,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,services,"
    "customresourcedefinitions,namespaces,configmaps,datascienceclusters,dscinitializations"
)


@dataclass
class Operator:
    """One operator process; ``env`` is added to this process's environment.

    Every setting is a variable, so ``RHOAI_LEASE_DURATION_SECONDS=3`` goes there as well. Metrics
    are served to everybody over plain HTTP, and no webhook is, unless that says otherwise. ``args``
    come last.
    """

    kubeconfig: Path
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    args: Sequence[str] = ()
    _process: subprocess.Popen[bytes] | None = None
    _metrics: int = 0
    _probes: int = 0

    def start(self) -> None:
        """Start it and wait until it is ready, as leader or on standby."""
        self._metrics, self._probes = free_ports()
        options = {
            "--kubeconfig": str(self.kubeconfig),
            "--metrics-bind-address": f"127.0.0.1:{self._metrics}",
            "--health-probe-bind-address": f"127.0.0.1:{self._probes}",
        }
        command = [sys.executable, "-m", "rhoai_operator", *sum(options.items(), ()), *self.args]
        env = {**os.environ, **USUAL, **self.env}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=env)
        blocking_until(self._is_ready, START_SECONDS, f"the operator is ready; see {self.log}")

    def stop(self) -> float:
        """Ask it to end as the kubelet does; return the seconds it took."""
        assert self._process
        start = time.monotonic()
        self.signal(signal.SIGTERM)
        assert self.wait(STOP_SECONDS) == 0, self.log.read_text()[-2000:]
        return time.monotonic() - start

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait(self, seconds: float) -> int:
        """Wait until it has ended; return its exit code."""
        assert self._process
        return self._process.wait(seconds)

    def kill(self) -> None:
        """End it without giving it the time to do anything, such as releasing its lease."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def end(self) -> None:
        """End it in order if it can, so that nobody has to wait for its lease to expire."""
        if self.is_alive:
            self.resume()
            self.signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.wait(STOP_SECONDS)
        self.kill()

    def pause(self) -> None:
        """Let it not run, as if its host were suspended, until ``resume``."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(number)

    @property
    def is_leading(self) -> bool:
        """Whether it says that it holds the lease; nothing that does not answer does."""
        try:
            return LEADING in self.get("/metrics")
        except OSError:
            return False

    @property
    def metrics_port(self) -> int:
        """Where it is to be scraped, on loopback."""
        return self._metrics

    def get(self, path: str) -> str:
        """Read one of its endpoints."""
        port = self._metrics if path == "/metrics" else self._probes
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            text: str = answer.read().decode()
            return text

    def lines(self) -> list[dict[str, Any]]:
        """Return its log, a JSON object a line."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def _is_ready(self) -> bool:
        assert self._process
        assert self._process.poll() is None, self.log.read_text()[-2000:]
        try:
            return self.get("/readyz") == "ok\n"
        except OSError:
            return False


def free_ports() -> tuple[int, int]:
    """Return two ports of loopback that nobody listens on."""
    with socket.socket() as one, socket.socket() as other:
        for listener in (one, other):
            listener.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@dataclass(frozen=True)
class View:
    """What a user with kubectl sees and does."""

    cluster: ControlPlane

    def apply(self, kind: str, name: str, spec: Mapping[str, Any]) -> None:
        groups = {
            "DataScienceCluster": "datasciencecluster",
            "DSCInitialization": "dscinitialization",
        }
        manifest = {
            "apiVersion": f"{groups[kind]}.opendatahub.io/v1",
            "kind": kind,
            "metadata": {"name": name},
            "spec": spec,
        }
        self.cluster.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(manifest))

    def dsc(self, name: str = "default-dsc", **states: str) -> None:
        """Apply a DataScienceCluster with these components in these states."""
        components = {component: {"managementState": state} for component, state in states.items()}
        self.apply("DataScienceCluster", name, {"components": components})

    def get(self, what: str, name: str, namespace: str = "") -> dict[str, Any]:
        """Return an object; empty if there is none."""
        scope = ("-n", namespace) if namespace else ()
        done = self.cluster.kubectl(
            "get", what, name, *scope, "--ignore-not-found", "-o", "json", check=True
        )
        found: dict[str, Any] = json.loads(done.stdout or "{}")
        return found

    def all_of(self, what: str, *more: str) -> list[dict[str, Any]]:
        found = json.loads(self.cluster.kubectl("get", what, *more, "-o", "json").stdout)
        items: list[dict[str, Any]] = found["items"]
        return items

    def conditions(self, name: str = "default-dsc", kind: str = "dsc") -> dict[str, dict[str, Any]]:
        """Return the conditions that speak of the newest generation, by type."""
        live = self.get(kind, name)
        generation = live.get("metadata", {}).get("generation")
        found = live.get("status", {}).get("conditions", [])
        return {c["type"]: c for c in found if c.get("observedGeneration") == generation}

    def reason(self, condition: str, name: str = "default-dsc", kind: str = "dsc") -> str:
        """Return ``status/reason`` of a condition; empty if there is none of this generation."""
        found = self.conditions(name, kind).get(condition)
        return f"{found['status']}/{found['reason']}" if found else ""

    def versions(self) -> dict[tuple[str, str, str], str]:
        """Return the resourceVersion of everything that the operator may have written."""
        return {
            (i["kind"], i["metadata"].get("namespace", ""), i["metadata"]["name"]): i["metadata"][
                "resourceVersion"
            ]
            for i in self.all_of(EVERYTHING, "-A")
        }

    def owned(self, label: str) -> list[str]:
        """Return what carries a component's label and is not a definition."""
        items = self.all_of(EVERYTHING, "-A", "-l", f"app.opendatahub.io/{label}=true")
        named = [f"{i['kind']} {i['metadata']['name']}" for i in items]
        return sorted(n for n in named if not n.startswith("CustomResourceDefinition"))

    def clear(self) -> None:
        """Remove all custom resources, with an operator running, and wait until they are gone."""
        for kind in ("datascienceclusters", "dscinitializations"):
            self.cluster.kubectl("delete", kind, "--all", "--timeout=30s")
