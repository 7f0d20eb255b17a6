"""The operator installed by Helm, upgraded and uninstalled, on a control plane of its own.

Pods are stand-ins there, so the operator runs on this machine as its Deployment says. Nothing
listens behind Services either, so it has no webhook.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from hack.control_plane import build
from hack.packaging.operator_objects import NAME, NAMESPACE, WEBHOOK_SERVICE
from rhoai_operator.reconcile.certificates.pki import issue, make_authority
from tests import cluster
from tests.cluster import ControlPlane
from tests.running import View, free_ports
from tests.site import CHART, CRDS, MANIFEST, READY_SECONDS, Site
from tests.tools import needed
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers", "audit-log")

EARLIER = "0.0.9"
OPTIONS = ("--wait", "--timeout=60s")
REFUSAL = re.compile(r"there is still the (\w+) (\S+), and .* first: kubectl delete dsci? \2")
"""By one of the two policies; which of them the API server tells is not said."""
ONCE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: once}\n"
NEEDED = (
    "deployment",
    "serviceaccount",
    "clusterrole",
    "clusterrolebinding",
    "role",
    "rolebinding",
)
MADE_FOR_EVERY_NAMESPACE = {"ServiceAccount default", "ConfigMap kube-root-ca.crt"}
LEFT_AT_HOME = {"Lease rhoai-operator"}
LEFT_ELSEWHERE = {
    "APIService",  # of definitions
    "ConfigMap",  # of namespaces, as above
    "CustomResourceDefinition",
    "Namespace",
    "ServiceAccount",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
}
RAY = "redhat-ods-applications"
"""Where the component is that these tests install."""


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with cluster.running(tmp_path_factory.mktemp("install"), build) as running:
        yield running


@pytest.fixture
def site(plane: ControlPlane, tmp_path: Path) -> Iterator[Site]:
    """The cluster with nothing of ours on it; its operators are ended after the test."""
    site = Site(plane, View(plane), tmp_path)
    yield site
    site.clean()


def earlier(folder: Path) -> Path:
    """Package a chart of before: with less in its API, other probes, and one object more."""
    chart = folder / "earlier"
    shutil.copytree(CHART, chart)
    replace(chart / "Chart.yaml", "version: 0.1.0", f"version: {EARLIER}")
    replace(chart / "templates/crds/dscinitializations.yaml", "    shortNames:\n    - dsci\n", "")
    replace(chart / "templates/deployment.yaml", "periodSeconds: 20", "periodSeconds: 60")
    (chart / "templates" / "once.yaml").write_text(ONCE)
    subprocess.run(
        [needed("helm"), "package", chart, "-d", folder], check=True, capture_output=True
    )
    return folder / f"{NAME}-{EARLIER}.tgz"


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def short_names(site: Site) -> list[str]:
    names: list[str] = site.view.get("crd", CRDS[1])["spec"]["names"].get("shortNames", [])
    return names


def test_helm_installs_upgrades_and_uninstalls(site: Site) -> None:
    before = site.everything()
    site.helm("install", NAME, str(earlier(site.folder)), "--create-namespace", *OPTIONS)
    operator = site.deployed()
    site.view.dsc(ray="Managed")
    site.wait_ready()
    assert not short_names(site)
    pods, roles = site.uids("deployments"), site.uids("clusterroles")

    site.helm("upgrade", NAME, str(CHART), *OPTIONS)
    operator.stop()
    operator = site.deployed()
    assert short_names(site) == ["dsci"]
    assert not site.view.get("configmap", "once", NAMESPACE)
    site.view.dsc(ray="Managed", trainingoperator="Managed")
    site.wait_ready()
    assert (site.uids("deployments"), site.uids("clusterroles")) == (pods, roles)
    assert site.release() == f"{NAME}-0.1.0 deployed"

    site.view.clear()
    assert not site.refused()
    operator.stop()  # as its pods would
    site.helm("uninstall", NAME, "--wait")
    left = site.everything() - before
    at_home = {f"{ref.kind} {ref.name}" for ref in left if ref.namespace == NAMESPACE}
    assert at_home - MADE_FOR_EVERY_NAMESPACE == LEFT_AT_HOME
    assert {ref.kind for ref in left if ref.namespace != NAMESPACE} == LEFT_ELSEWHERE


def test_helm_cannot_uninstall_what_is_needed(site: Site) -> None:
    site.helm("install", NAME, str(CHART), "--create-namespace", *OPTIONS)
    operator = site.deployed()
    site.view.dsc(ray="Managed")
    site.wait_ready()
    site.wait_guarded()

    done = site.helm("uninstall", NAME, "--debug", check=False)

    assert done.returncode
    assert REFUSAL.search(done.stderr), done.stderr
    for kind in NEEDED:
        assert site.view.get(kind, NAME, NAMESPACE), f"the {kind} is there"
    assert site.helm("uninstall", NAME, check=False).returncode, "it is refused again"
    site.plane.kubectl("delete", "deployment", "kuberay-operator", "-n", RAY)
    blocking_until(lambda: site.uids("deployments"), READY_SECONDS, "it is made again")
    site.helm("rollback", NAME, "1", "--wait")
    assert site.release() == f"{NAME}-0.1.0 deployed"

    site.view.clear()
    operator.stop()
    site.helm("uninstall", NAME)
    assert not site.release()


def test_helm_hands_the_operator_the_certificate_that_it_is_given(site: Site) -> None:
    port, now, year = free_ports()[0], datetime.now(UTC), timedelta(days=365)
    host = f"{WEBHOOK_SERVICE}.{NAMESPACE}.svc"
    authority = make_authority("the site's own", year, now)
    pair = issue(authority, (host,), year, now)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "webhook-tls"}}
    files = {"tls.crt": pair.encoded, "tls.key": pair.encoded_key}
    site.plane.kubectl("create", "namespace", NAMESPACE)
    stream = json.dumps({**secret, "type": "kubernetes.io/tls", "data": files})
    site.plane.kubectl("apply", "-n", NAMESPACE, "-f", "-", stdin=stream)
    values = {
        "settings": {"webhookBindAddress": f"127.0.0.1:{port}", "createDsci": False},
        "certificates": {
            "provider": "files",
            "webhookSecret": "webhook-tls",
            "caBundle": authority.encoded,
        },
    }
    path = site.folder / "values.json"
    path.write_text(json.dumps(values))
    site.helm("install", NAME, str(CHART), "--values", str(path), *OPTIONS)

    operator = site.deployed()
    trusted = site.view.get("validatingwebhookconfiguration", NAME)["webhooks"][0]["clientConfig"]
    tls = ssl.create_default_context(cadata=base64.b64decode(trusted["caBundle"]).decode())
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        tls.wrap_socket(plain, server_hostname=host) as served,
    ):
        shown = served.getpeercert(binary_form=True)
    assert shown == pair.certificate.public_bytes(Encoding.DER)

    operator.stop()
    site.helm("uninstall", NAME)
    assert not site.view.get("validatingwebhookconfiguration", NAME)


def test_the_plain_manifest_is_applied_again_without_a_change(site: Site) -> None:
    site.plane.kubectl("apply", "--server-side", "-f", str(MANIFEST))
    before = site.generations()
    site.plane.kubectl("apply", "--server-side", "-f", str(MANIFEST))

    assert site.generations() == before
    site.plane.kubectl("delete", "-f", str(MANIFEST))


def test_the_plain_manifest_cannot_be_deleted_before_its_time(site: Site) -> None:
    site.plane.kubectl("apply", "--server-side", "-f", str(MANIFEST))
    site.plane.kubectl("rollout", "status", f"deployment/{NAME}", "-n", NAMESPACE, "--timeout=60s")
    operator = site.deployed()
    site.view.dsc(ray="Managed")
    site.wait_ready()
    site.wait_guarded()
    delete = ("delete", "--ignore-not-found", "-f", str(MANIFEST))

    first = site.plane.kubectl(*delete, check=False)

    assert first.returncode
    assert REFUSAL.search(first.stderr), first.stderr
    for crd in CRDS:
        site.plane.kubectl("wait", "--for=delete", "crd", crd, "--timeout=50s")
    assert not site.uids("deployments")
    operator.end()
    site.plane.kubectl(*delete)
    assert not site.view.get("namespace", NAMESPACE)


@pytest.fixture
def guarded(site: Site) -> Site:
    """A site with the chart, and no operator that runs."""
    site.helm("install", NAME, str(CHART), "--create-namespace", *OPTIONS)
    return site


GUARDED = [
    ("namespace", NAMESPACE),
    *((kind, NAME, "-n", NAMESPACE) for kind in ("deployment", "serviceaccount")),
    *((kind, NAME, "-n", NAMESPACE) for kind in ("role", "rolebinding")),
    *((kind, NAME) for kind in ("clusterrole", "clusterrolebinding")),
    ("deployments", "-n", NAMESPACE, "--all"),
]


def test_the_guard_refuses_to_let_go_what_the_operator_needs(guarded: Site) -> None:
    for what in GUARDED:
        assert not guarded.deletion(*what), what

    guarded.view.dsc()
    guarded.wait_guarded()

    for what in GUARDED:
        assert "kubectl delete dsc default-dsc" in guarded.deletion(*what), what


def test_the_guard_holds_for_an_initialization_alone(guarded: Site) -> None:
    guarded.view.apply("DSCInitialization", "default-dsci", {})

    assert "kubectl delete dsci default-dsci" in guarded.wait_guarded()


def test_the_guard_lets_go_what_is_not_the_operators(guarded: Site) -> None:
    guarded.view.dsc()
    guarded.wait_guarded()
    guarded.plane.kubectl("create", "serviceaccount", NAME, "-n", "default")

    assert not guarded.deletion("serviceaccount", NAME, "-n", "default")
    assert not guarded.deletion("pods", "-n", NAMESPACE, "--all")
    assert not guarded.deletion("poddisruptionbudget", NAME, "-n", NAMESPACE)


def test_the_guard_lets_go_everything_when_the_definitions_are_gone(site: Site) -> None:
    site.helm("install", NAME, str(CHART), "--create-namespace", *OPTIONS)

    site.plane.kubectl("delete", "crd", *CRDS)

    site.helm("uninstall", NAME)
    assert not site.release()
