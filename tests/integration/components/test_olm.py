"""The bundle as OLM installs it: on a cluster with OpenShift's kinds, by what it says alone."""

from __future__ import annotations

import json
import ssl
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from hack import openshift
from hack.packaging import bundle as packaging
from hack.packaging.operator_objects import METRICS_SERVICE, NAME, NAMESPACE
from rhoai_operator.catalog.loader import load_catalog
from tests import olm
from tests.account import USERS, refused
from tests.cluster import ControlPlane
from tests.integration.components.conftest import MANIFESTS
from tests.olm import Bundle, Olm
from tests.running import Operator, View
from tests.scraping import scrape
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers", "audit-log")

BUNDLE = Path(__file__).parents[3] / "bundle" / "manifests"
MONITORING = Path(__file__).parents[3] / "config" / "monitoring" / "servicemonitor.yaml"
READY_SECONDS = 120.0
SECONDS = 30.0
SETTLED = "True/AllReady"


@dataclass
class Installed:
    """A cluster with the bundle's predecessor, and its operator."""

    olm: Olm
    view: View
    before: Bundle
    now: Bundle
    operator: Operator

    @property
    def ready(self) -> str:
        return self.view.reason("Ready")

    @property
    def leader(self) -> str:
        lease = self.view.get("lease", NAME, NAMESPACE)
        return str(lease["spec"].get("holderIdentity", ""))

    def start(self, bundle: Bundle) -> None:
        """Have the operator of a bundle in place of the one that runs."""
        self.operator.end()
        self.operator = self.olm.operator(bundle)
        self.operator.start()


@pytest.fixture(scope="module")
def installed(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installed]:
    kubectl = (str(control_plane.kubeconfig.parent / "kubectl"),)
    installer = Olm(control_plane, NAMESPACE, tmp_path_factory.mktemp("olm"))
    now = olm.read(BUNDLE)
    catalog = load_catalog(MANIFESTS)
    previous = packaging.csv(catalog, packaging.written()["previous"], replaces="")
    before = replace(now, csv=yaml.safe_load(yaml.safe_dump(previous)))
    with ExitStack() as stack:
        openshift.install(kubectl)
        stack.enter_context(openshift.stand_ins(kubectl))
        installer.install(before)
        blocking_until(lambda: _authority(control_plane), SECONDS, "the metrics' certificate")
        made = Installed(installer, View(control_plane), before, now, installer.operator(before))
        stack.callback(lambda: made.operator.end())  # noqa: PLW0108 - of the one that runs then
        made.operator.start()
        yield made


def _authority(cluster: ControlPlane) -> str:
    """Return the certificate that the service CA has made for metrics, in PEM."""
    asked = ("get", "secret", f"{METRICS_SERVICE}-cert", "-n", NAMESPACE, "--ignore-not-found")
    found = cluster.kubectl(*asked, "-o", "json").stdout
    return b64decode(json.loads(found)["data"]["tls.crt"]).decode() if found else ""


def offered(bundle: Bundle) -> dict[str, Any]:
    """Return what the console offers to create."""
    marks = bundle.csv["metadata"]["annotations"]
    found: dict[str, Any] = json.loads(marks["operatorframework.io/initialization-resource"])
    return found


def test_both_pods_are_let_in_by_pod_securitys_restricted(installed: Installed) -> None:
    labels = installed.view.get("namespace", NAMESPACE)["metadata"]["labels"]
    status = installed.view.get("deployment", NAME, NAMESPACE)["status"]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert status["availableReplicas"] == 2


def test_what_the_console_offers_becomes_ready(installed: Installed) -> None:
    sample = json.dumps(offered(installed.now))
    installed.view.cluster.kubectl("create", "-f", "-", stdin=sample)

    blocking_until(lambda: installed.ready == SETTLED, READY_SECONDS, "the platform is Ready")
    assert not refused(installed.view.cluster.audit_of(USERS))


def test_openshifts_prometheus_reads_metrics(installed: Installed) -> None:
    cluster = installed.view.cluster
    account = {"name": "prometheus-k8s", "namespace": "openshift-monitoring"}
    place = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": account["namespace"]}}
    user = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account}
    for manifest in (place, user):
        cluster.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(manifest))
    cluster.kubectl("apply", "--server-side", "-f", str(MONITORING))
    token = cluster.kubectl("create", "token", account["name"], "-n", account["namespace"])
    tls = ssl.create_default_context(cadata=_authority(cluster))
    tls.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    tls.check_hostname = False  # the certificate is for the Service, and we are on loopback

    answer = scrape(installed.operator.metrics_port, token.stdout.strip(), tls)

    assert answer.status == 200
    assert "rhoai_operator_component_ready" in answer.text
    assert scrape(installed.operator.metrics_port, "", tls).status == 401


def test_a_second_one_is_refused_by_the_webhook(installed: Installed) -> None:
    second = offered(installed.now)
    second["metadata"]["name"] = "second"
    sent = installed.view.cluster.kubectl(
        "create", "-f", "-", stdin=json.dumps(second), check=False
    )

    assert sent.returncode
    assert "operator.opendatahub.io" in sent.stderr
    assert installed.ready == SETTLED


def test_an_upgrade_keeps_the_platform_as_it_is(installed: Installed) -> None:
    before, leader = installed.view.versions(), installed.leader
    installed.olm.install(installed.now)
    installed.olm.retire(installed.before)
    installed.start(installed.now)

    others = {"", leader}
    blocking_until(lambda: installed.leader not in others, SECONDS, "the new version leads")
    blocking_until(lambda: installed.ready == SETTLED, SECONDS, "the platform is Ready")
    after = installed.view.versions()
    components = {key for key in before if key[1] not in {"", NAMESPACE, "kube-system"}}
    assert {k for k in components if before[k] != after.get(k)} == set()
    assert not refused(installed.view.cluster.audit_of(USERS))


def test_everything_goes_in_the_order_of_the_documentation(installed: Installed) -> None:
    installed.view.clear()
    assert installed.view.owned("ray") == []
    installed.operator.end()
    installed.olm.uninstall(installed.now)

    assert installed.view.get("deployment", NAME, NAMESPACE) == {}
    assert installed.view.get("crd", "datascienceclusters.datasciencecluster.opendatahub.io")
    assert not refused(installed.view.cluster.audit_of(USERS))
