"""A real Prometheus scrapes the operator: the dashboard shows, alerts are quiet without a cause."""

from __future__ import annotations

import http.client
import re
import subprocess
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TypeAlias

import pytest

from hack.packaging import dashboard
from hack.packaging.alert_pages import FOLDER
from hack.packaging.alerts import JOB, alerts
from hack.packaging.operator_objects import NAMESPACE
from rhoai_operator.reconcile.certificates import pki
from rhoai_operator.reconcile.webhook import PATH
from tests.cluster import ControlPlane
from tests.prometheus import Prometheus
from tests.running import Operator, View, free_ports
from tests.scraping import Accounts, scrape, trusting
from tests.tools import needed
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers", "failing-tags")


@dataclass(frozen=True)
class Webhook:
    """Where an operator is asked, and by which certificate it answers."""

    folder: Path
    port: int

    @property
    def env(self) -> dict[str, str]:
        return {
            "RHOAI_WEBHOOK_BIND_ADDRESS": f"127.0.0.1:{self.port}",
            "RHOAI_WEBHOOK_CERT_DIR": str(self.folder),
        }

    def ask(self) -> int:
        """Ask something that is no question; return the status code of the answer."""
        connection = http.client.HTTPSConnection("localhost", self.port, context=trusting())
        try:
            connection.request("POST", PATH, body=b"{}")
            return connection.getresponse().status
        finally:
            connection.close()


Start: TypeAlias = Callable[..., Operator]
ROOT = Path(__file__).parents[2]
RULES = ROOT / FOLDER / "rules.yaml"
RUNBOOKS = ROOT / "docs" / "runbooks"
APPLICATIONS = "redhat-ods-applications"
DEPLOYMENT = ("deployment", "kuberay-operator", "-n", APPLICATIONS)
IMAGE = "RELATED_IMAGE_ODH_KUBERAY_OPERATOR_CONTROLLER_IMAGE"
DEAD_MAN = "RhoaiOperatorDeadMansSwitch"
CHOSEN = {
    "$__rate_interval": "1m",
    "$__range": "5m",
    "$job": JOB,
    "$namespace": NAMESPACE,
    "$instance": ".+",
}
SECONDS = 30.0


@pytest.fixture
def token(control_plane: ControlPlane) -> Iterator[str]:
    accounts = Accounts(control_plane)
    yield accounts.token("monitoring-reader", may_scrape=True)
    accounts.remove()


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Prometheus]:
    folder = tmp_path / "prometheus"
    folder.mkdir()
    found = Prometheus(needed("prometheus"), folder, RULES)
    yield found
    found.stop()


@pytest.fixture
def webhook(tmp_path: Path) -> Webhook:
    """Its certificate is given, so nobody has the API server ask it."""
    folder, now = tmp_path / "webhook-cert", datetime.now(UTC)
    folder.mkdir()
    authority = pki.make_authority("test", timedelta(days=90), now)
    pair = pki.issue(authority, ("localhost",), timedelta(days=90), now)
    (folder / "tls.crt").write_bytes(b64decode(pair.encoded))
    (folder / "tls.key").write_bytes(b64decode(pair.encoded_key))
    return Webhook(folder, free_ports()[0])


@pytest.fixture
def run(start: Start) -> Start:
    """Start an operator that is scraped as it is by default."""

    def secured(**env: str) -> Operator:
        return start(RHOAI_METRICS_SECURE="true", **env)

    return secured


def is_ready(view: View) -> None:
    ready = "True/AllReady"
    blocking_until(
        lambda: view.reason("Ready") == ready, SECONDS, "the DataScienceCluster is Ready"
    )


def test_a_healthy_platform_is_shown_and_alerts_nobody(
    view: View, run: Start, prometheus: Prometheus, token: str, webhook: Webhook
) -> None:
    replicas = [run(**webhook.env), run()]
    prometheus.start([replica.metrics_port for replica in replicas], token)
    view.dsc(ray="Managed")
    is_ready(view)
    view.cluster.kubectl("delete", *DEPLOYMENT)
    blocking_until(lambda: view.get(*DEPLOYMENT[:2], APPLICATIONS), SECONDS, "it is made anew")
    is_ready(view)

    empty = set(dashboard.queries())
    assert len(empty) > 40

    def empties() -> set[str]:
        assert webhook.ask() == HTTPStatus.BAD_REQUEST
        return leave_empty(prometheus, empty)

    blocking_until(lambda: not empties(), SECONDS, "every query shows data")
    assert empty == set()
    drift = 'rhoai_operator_drift_corrections_total{component="ray", resource="Deployment"} == 1'
    assert prometheus.query(drift)

    def healthy() -> bool:
        rules, states = prometheus.rules_now(), prometheus.states()
        assert {rule["health"] for rule in rules} <= {"ok", "unknown"}, rules
        loud = {name: state for name, state in states.items() if state != "inactive"}
        return all(r["health"] == "ok" for r in rules) and loud == {DEAD_MAN: "firing"}

    blocking_until(healthy, SECONDS, f"only the dead man tells: {prometheus.states()}")
    assert prometheus.states().keys() == {alert.name for alert in alerts()}


def leave_empty(prometheus: Prometheus, queries: set[str]) -> set[str]:
    """Take out those that return data, and return what is left."""
    queries -= {query for query in queries if prometheus.query(resolved(query))}
    return queries


def resolved(query: str) -> str:
    for variable, value in CHOSEN.items():
        query = query.replace(variable, value)
    return query


def test_what_goes_wrong_makes_its_alerts_pending(
    view: View, run: Start, prometheus: Prometheus, token: str
) -> None:
    broken = run(**{IMAGE: "example.com/ray:unpullable"})
    prometheus.start([broken.metrics_port], token)
    view.dsc(ray="Managed")

    def becomes(name: str, state: str) -> None:
        blocking_until(lambda: prometheus.states()[name] == state, SECONDS, f"{name} is {state}")

    becomes("RhoaiOperatorComponentNotReady", "pending")

    view.cluster.kubectl("annotate", "dsc", "default-dsc", "rhoai.opendatahub.io/paused=true")
    becomes("RhoaiOperatorComponentNotReady", "inactive")
    view.cluster.kubectl("annotate", "dsc", "default-dsc", "rhoai.opendatahub.io/paused-")

    broken.stop()

    becomes("RhoaiOperatorDown", "pending")
    becomes("RhoaiOperatorReplicaNotScraped", "pending")


def test_what_runbooks_say_to_query_can_be_queried(
    run: Start, prometheus: Prometheus, token: str
) -> None:
    prometheus.start([run().metrics_port], token)
    pages = {path.stem: path.read_text(encoding="utf-8") for path in RUNBOOKS.glob("*.md")}
    blocks = {name: re.findall(r"```promql\n(.*?)```", text, re.S) for name, text in pages.items()}

    for query in (query for queries in blocks.values() for query in queries):
        prometheus.query(query)

    with pytest.raises(AssertionError, match="parse error"):
        prometheus.query("sum(up")


def test_what_the_operator_tells_is_as_prometheus_wants_it(run: Start, token: str) -> None:
    text = scrape(run().metrics_port, token).text

    done = subprocess.run(
        [needed("promtool"), "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, "")
