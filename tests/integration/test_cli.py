"""``rhoai`` on a cluster where the operator is at work, by administrators and by others."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tarfile
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest
import yaml

from tests.cluster import ControlPlane
from tests.running import CRDS, Operator, View
from tests.stage import installed
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers")

SECONDS = 120
NAMESPACE = "redhat-ods-applications"
WORKLOAD = ("deployment", "kuberay-operator", "-n", NAMESPACE)
PROGRAM = (sys.executable, "-c", "from rhoai_operator.cli.main import rhoai; rhoai()")
PLANTED = "cGxhbnRlZC1zZWNyZXQ="


class Cli:
    """The command, for somebody."""

    def __init__(self, kubeconfig: Path, folder: Path) -> None:
        self.kubeconfig = kubeconfig
        self.folder = folder

    def __call__(self, *args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, *args, "--kubeconfig", str(self.kubeconfig)],
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


def endpoints(operator: Operator) -> str:
    """Return where its state is told, by what it logs."""
    said = re.findall(r"listening on ([^\s,\"]+)", operator.log.read_text())
    for address in said:
        with suppress(OSError), urllib.request.urlopen(f"http://{address}/readyz", timeout=5):
            return f"http://{address}"
    raise AssertionError(said)


@pytest.fixture(scope="module")
def operator(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Operator]:
    installed(control_plane, CRDS)
    operator = Operator(control_plane.kubeconfig, tmp_path_factory.mktemp("cli") / "operator.log")
    operator.start()
    try:
        yield operator
    finally:
        operator.end()


@pytest.fixture(scope="module")
def view(control_plane: ControlPlane, operator: Operator) -> Iterator[View]:
    assert operator.is_alive
    view = View(control_plane)
    view.dsc(ray="Managed")
    yield view
    view.clear()


@pytest.fixture
def rhoai(view: View, tmp_path: Path) -> Cli:
    """For an administrator, with everything as it should be."""
    cli = Cli(view.cluster.kubeconfig, tmp_path)
    done = cli("status", "--wait", "--timeout", "60")
    assert done.returncode == 0, done.stdout + done.stderr
    return cli


@pytest.fixture
def viewer(view: View, tmp_path: Path) -> Cli:
    """For somebody who may look at what ``view`` covers, and at nothing else."""
    kubectl = view.cluster.kubectl
    kubectl("create", "serviceaccount", "viewer", "-n", "default", check=False)
    binding = (
        "clusterrolebinding",
        "viewer",
        "--clusterrole=view",
        "--serviceaccount=default:viewer",
    )
    kubectl("create", *binding, check=False)
    token = kubectl("create", "token", "viewer", "-n", "default").stdout.strip()
    config = yaml.safe_load(view.cluster.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": token}
    path = tmp_path / "viewer"
    path.write_text(yaml.safe_dump(config))
    return Cli(path, tmp_path)


def test_status_is_a_table_with_a_row_for_each_component(rhoai: Cli) -> None:
    done = rhoai("status")

    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line}
    assert rows["COMPONENT"] == ["COMPONENT", "STATE", "READY", "WORKLOADS", "REASON", "AGE"]
    assert rows["ray"][:5] == ["ray", "Managed", "True", "1/1", "Ready"]
    assert rows["kueue"][:5] == ["kueue", "Removed", "False", "-", "Removed"]
    assert "\x1b" not in done.stdout


def test_status_is_json_for_programs(rhoai: Cli) -> None:
    told = json.loads(rhoai("status", "-o", "json").stdout)

    assert told["ready"] is True
    assert told["dataScienceCluster"]["name"] == "default-dsc"


def test_waiting_in_vain_ends_with_what_timeout_says(view: View, rhoai: Cli) -> None:
    view.dsc(ray="Managed", dashboard="Managed")
    done = rhoai("status", "--wait", "--timeout", "6")
    view.dsc(ray="Managed", dashboard="Removed")

    assert done.returncode == 124
    assert "waiting: " in done.stderr


def test_watching_appends_a_line_for_each_change(view: View, rhoai: Cli) -> None:
    command = [*PROGRAM, "status", "--watch", "--kubeconfig", str(rhoai.kubeconfig)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout
        first = _line_of(watching.stdout, "ray")
        view.dsc(ray="Unmanaged")
        second = _line_of(watching.stdout, "ray")
        view.dsc(ray="Managed")
        watching.send_signal(signal.SIGINT)
        watching.stdout.read()

    assert first.split()[:3] == ["ray", "Managed", "True"]
    assert second.split()[:2] == ["ray", "Unmanaged"]
    assert watching.returncode == 130


def _line_of(stream: IO[str], component: str) -> str:
    return next(line for line in stream if line.startswith(f"{component} "))


def test_diff_finds_nothing_where_all_is_as_it_should_be(rhoai: Cli) -> None:
    done = rhoai("diff")

    assert (done.returncode, done.stdout) == (0, "0 to create, 0 to change, 0 to delete\n")


def test_diff_finds_what_somebody_changed_while_it_is_suspended(view: View, rhoai: Cli) -> None:
    assert "ray suspended" in rhoai("suspend", "ray").stdout
    unmanaged = "Unknown/Unmanaged"
    blocking_until(lambda: view.reason("RayReady") == unmanaged, 20, "ray is left alone")
    view.cluster.kubectl("label", *WORKLOAD, "app.kubernetes.io/part-of=theirs", "--overwrite")
    managed = view.get("dsc", "default-dsc")
    managed["spec"]["components"]["ray"]["managementState"] = "Managed"

    done = rhoai("diff", "-f", "-", stdin=json.dumps(managed))

    assert done.returncode == 1, done.stderr
    assert "-    app.kubernetes.io/part-of: theirs" in done.stdout
    assert done.stdout.endswith("0 to create, 1 to change, 0 to delete\n")
    assert "ray resumed" in rhoai("resume", "ray").stdout


def test_diff_tells_what_another_spec_would_bring_and_take(rhoai: Cli) -> None:
    asked = {
        "apiVersion": "datasciencecluster.opendatahub.io/v1",
        "kind": "DataScienceCluster",
        "metadata": {"name": "default-dsc"},
        "spec": {"components": {"trainingoperator": {"managementState": "Managed"}}},
    }

    done = rhoai("diff", "-f", "-", "-o", "name", stdin=json.dumps(asked))

    assert done.returncode == 1, done.stderr
    assert f"delete   ray   Deployment {NAMESPACE}/kuberay-operator" in done.stdout
    assert f"create   trainingoperator   Deployment {NAMESPACE}/kubeflow-training" in done.stdout


def test_everything_can_be_suspended_and_resumed(view: View, rhoai: Cli) -> None:
    assert rhoai("suspend").stdout.endswith("default-dsc suspended\n")
    blocking_until(lambda: view.reason("Ready") == "Unknown/Paused", 20, "it is paused")
    assert rhoai("resume").stdout.endswith("default-dsc resumed\n")
    assert "unchanged" in rhoai("resume").stdout


def test_what_rhoai_did_not_suspend_it_does_not_resume(view: View, rhoai: Cli) -> None:
    _say(view, "Unmanaged")
    done = rhoai("resume", "ray")
    _say(view, "Managed")

    assert done.returncode == 3
    assert "set spec.components.ray.managementState" in done.stderr


def _say(view: View, state: str) -> None:
    """Set it as ``kubectl edit`` does: by server-side apply it is rhoai's once it was suspended."""
    patch = {"spec": {"components": {"ray": {"managementState": state}}}}
    view.cluster.kubectl(
        "patch", "dsc", "default-dsc", "--type=merge", "--patch", json.dumps(patch)
    )


def test_check_passes_and_tells_what_is_not_there(rhoai: Cli) -> None:
    done = rhoai("check")

    assert done.returncode == 0, done.stdout
    assert "√ DataScienceCluster default-dsc is Ready" in done.stdout
    assert done.stdout.count("is established and up to date") == 2
    assert "‼ Route.route.openshift.io is not served" in done.stdout
    assert rhoai("check", "--strict").returncode == 1
    assert rhoai("check", "--pre").returncode == 0


def test_the_archive_has_what_is_needed_and_no_secret(
    view: View, operator: Operator, rhoai: Cli
) -> None:
    """One is in a Secret, one in the DataScienceCluster and so in a Deployment and its pods."""
    secret = {"apiVersion": "v1", "kind": "Secret", "data": {"password": PLANTED}}
    named = {"metadata": {"name": "planted", "namespace": NAMESPACE}}
    view.cluster.kubectl("apply", "-f", "-", stdin=json.dumps({**secret, **named}))
    env = [{"name": "S3_PASSWORD", "value": "planted-in-a-variable"}]
    ray = {"managementState": "Managed", "overrides": {"env": env}}
    view.apply("DataScienceCluster", "default-dsc", {"components": {"ray": ray}})
    assert rhoai("status", "--wait", "--timeout", "60").returncode == 0

    done = rhoai("diagnose", "--output", "found.tar.gz", "--operator-url", endpoints(operator))
    view.dsc(ray="Managed")

    with tarfile.open(rhoai.folder / "found.tar.gz") as archive:
        members = {m.name: archive.extractfile(m) for m in archive.getmembers()}
        content = {name: member.read().decode() for name, member in members.items() if member}
    assert {"found/findings.txt", "found/DataScienceCluster/default-dsc.yaml"} <= content.keys()
    assert "S3_PASSWORD" in content["found/owned/ray.yaml"]
    assert "managedFields" in content["found/owned/ray.yaml"]
    assert json.loads(content["found/operator/state.json"])["leading"] is True
    for name, text in content.items():
        assert PLANTED not in text, name
        assert "planted-secret" not in text, name
        assert "planted-in-a-variable" not in text, name
    assert "found.tar.gz: " in done.stdout


def test_version_tells_of_all_three(rhoai: Cli) -> None:
    told = json.loads(rhoai("version", "-o", "json").stdout)

    assert told["operator"].startswith("OpenShift AI Self-Managed ")
    assert told["kubernetes"].startswith("1.")
    assert told["openshift"] == "<none>"


def test_who_may_not_look_is_told_which_right_is_missing(viewer: Cli) -> None:
    done = viewer("status")

    assert done.returncode == 3
    assert "resources: [datascienceclusters], verbs: [list]" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def reader(view: View, viewer: Cli) -> Iterator[Cli]:
    """For somebody who may look at our custom resources as well."""
    kubectl = view.cluster.kubectl
    kubectl(
        "create",
        "clusterrole",
        "platform-reader",
        "--verb=get,list,watch",
        "--resource=datascienceclusters.datasciencecluster.opendatahub.io",
        "--resource=dscinitializations.dscinitialization.opendatahub.io",
    )
    subject = ("--clusterrole=platform-reader", "--serviceaccount=default:viewer")
    kubectl("create", "clusterrolebinding", "platform-reader", *subject)
    yield viewer
    kubectl("delete", "clusterrole,clusterrolebinding", "platform-reader")


def test_who_may_look_only_sees_status_and_what_of_a_difference_can_be_told(
    view: View, rhoai: Cli, reader: Cli
) -> None:
    assert reader("status").stdout.startswith("DSC  default-dsc   Ready=True")
    assert rhoai("suspend").returncode == 0
    blocking_until(lambda: view.reason("Ready") == "Unknown/Paused", 20, "it is paused")
    view.cluster.kubectl("label", *WORKLOAD, "app.kubernetes.io/part-of=theirs", "--overwrite")

    done = reader("diff", "ray")
    theirs = rhoai("diff", "ray")

    assert rhoai("resume").returncode == 0
    assert done.returncode == 3
    assert "you may not patch deployments.apps in redhat-ods-applications: ask for" in done.stderr
    assert "you may not get clusterroles.rbac.authorization.k8s.io: ask for" in done.stderr
    assert "-    app.kubernetes.io/part-of: theirs" in done.stdout
    assert (theirs.returncode, theirs.stdout) == (1, done.stdout)


def test_who_may_look_only_can_check_diagnose_and_change_nothing(reader: Cli) -> None:
    check = reader("check")
    diagnose = reader("diagnose", "--output", "found.tar.gz")
    suspend = reader("suspend")

    assert check.returncode == 0, check.stdout
    assert "√ DataScienceCluster default-dsc is Ready" in check.stdout
    assert "‼ not known: Our API is there" in check.stdout
    assert "you may not get customresourcedefinitions.apiextensions.k8s.io" in check.stderr
    with tarfile.open(reader.folder / "found.tar.gz") as archive:
        lacks = archive.extractfile("found/not-collected.txt")
        assert lacks
        assert "you may not get customresourcedefinitions" in lacks.read().decode()
    assert "Traceback" not in check.stderr + diagnose.stderr
    assert suspend.returncode == 3
    assert suspend.stderr.startswith("Error: you may not patch datascienceclusters.")


def test_where_no_cluster_is_nothing_is_said_of_differences(rhoai: Cli) -> None:
    done = Cli(rhoai.folder / "missing", rhoai.folder)("diff")

    assert done.returncode == 3
    assert done.stderr.startswith("Error: no access to an API server: ")
    assert done.stderr.count("\n") == 1
