"""A real Prometheus that scrapes operators on this host, and what it knows."""

from __future__ import annotations

import json
import math
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hack.packaging.alerts import JOB
from hack.packaging.operator_objects import NAMESPACE
from tests.running import free_ports
from tests.wait import blocking_until

EVERY = "1s"
START_SECONDS = 30.0
STOP_SECONDS = 10.0


@dataclass
class Prometheus:
    """Scrapes over HTTPS with a token, as by a ServiceMonitor; ``folder`` is its own."""

    program: Path
    folder: Path
    rules: Path
    _process: subprocess.Popen[bytes] | None = None
    _port: int = 0

    def start(self, ports: Sequence[int], token: str) -> None:
        """Start it, and wait until it has scraped the operators on these ports."""
        self._port, _ = free_ports()
        config = self.folder / "prometheus.yaml"
        config.write_text(yaml.safe_dump(self._config(ports, token)))
        log = (self.folder / "prometheus.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [
                    *(self.program, f"--config.file={config}"),
                    f"--storage.tsdb.path={self.folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self._port}",
                ],
                stdout=log,
                stderr=log,
            )
        scraped = f'up{{job="{JOB}"}} == 1'
        blocking_until(
            lambda: self._is_ready() and len(self.query(scraped)) == len(ports),
            START_SECONDS,
            f"all operators are scraped; see {log.name}",
        )

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(STOP_SECONDS)

    def query(self, expr: str) -> dict[str, float]:
        """Return the values of a query by their labels, as JSON; without those that are no number.

        Raises:
            AssertionError: it is no valid query; the message says why.
        """
        answer = self._get("query", query=expr)
        found = {json.dumps(item["metric"]): float(item["value"][1]) for item in answer["result"]}
        return {labels: value for labels, value in found.items() if not math.isnan(value)}

    def rules_now(self) -> list[dict[str, Any]]:
        """Return all rules as they were evaluated last."""
        answer = self._get("rules")
        return [rule for group in answer["groups"] for rule in group["rules"]]

    def states(self) -> dict[str, str]:
        """Return the state of each alert: inactive, pending or firing."""
        return {r["name"]: r["state"] for r in self.rules_now() if r["type"] == "alerting"}

    def _config(self, ports: Sequence[int], token: str) -> dict[str, Any]:
        targets = [f"127.0.0.1:{port}" for port in ports]
        job = {
            "job_name": JOB,
            "scheme": "https",
            "tls_config": {"insecure_skip_verify": True},
            "authorization": {"credentials": token},
            "static_configs": [{"targets": targets, "labels": {"namespace": NAMESPACE}}],
        }
        often = {"scrape_interval": EVERY, "scrape_timeout": EVERY, "evaluation_interval": EVERY}
        return {"global": often, "rule_files": [str(self.rules)], "scrape_configs": [job]}

    def _is_ready(self) -> bool:
        assert self._process
        assert self._process.poll() is None, (self.folder / "prometheus.log").read_text()[-2000:]
        ready = f"http://127.0.0.1:{self._port}/-/ready"
        with suppress(OSError), urllib.request.urlopen(ready, timeout=5):
            return True
        return False

    def _get(self, what: str, **parameters: str) -> Any:
        asked = urllib.parse.urlencode(parameters)
        url = f"http://127.0.0.1:{self._port}/api/v1/{what}?{asked}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {json.load(error).get('error')}") from error
