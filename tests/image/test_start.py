"""The image as a pod: any user, no capability, only /tmp to write to. It installs a platform."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from hack.image.container import UID
from hack.image.pod import Access, Pod
from hack.image.store import Image
from hack.packaging import operator_objects
from tests.cluster import ControlPlane
from tests.running import CRDS, View
from tests.stage import installed
from tests.wait import blocking_until

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0
READY_SECONDS = 120.0
TMP = "/tmp"  # noqa: S108  the pod's own
COMPONENTS = ("kueue", "ray", "trainingoperator", "trustyai", "kserve", "workbenches")


@pytest.fixture(scope="module")
def view(control_plane: ControlPlane) -> View:
    """A cluster with the operator's own objects but its Deployment, as a package brings them."""
    found = installed(control_plane, CRDS)
    own = [o for o in operator_objects.objects() if o["kind"] != "Deployment"]
    text = yaml.safe_dump_all(own)
    control_plane.kubectl("apply", "--server-side", "-f", "-", stdin=text)
    control_plane.kubectl("apply", "--server-side", "-f", str(ROOT / "config/rbac.yaml"))
    return found


def access(view: View) -> Access:
    """Return the operator's: a token that is bound to its account, and no more."""
    kubectl = view.cluster.kubectl
    told = json.loads(kubectl("config", "view", "--raw", "--flatten", "-o", "json").stdout)
    cluster = told["clusters"][0]["cluster"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    where = (operator_objects.NAME, "-n", operator_objects.NAMESPACE)
    return Access(cluster["server"], authority, kubectl("create", "token", *where).stdout)


def status(pod: Pod) -> dict[str, list[str]]:
    """Return what the kernel says of its first process."""
    lines = Path(f"/proc/{pod.pid}/status").read_text().splitlines()
    fields = (line.partition(":") for line in lines)
    return {name: value.split() for name, _, value in fields}


@pytest.fixture(scope="module")
def pod(view: View, image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pod]:
    found = Pod(image, tmp_path_factory.mktemp("pod"), access(view))
    try:
        blocking_until(found.is_ready, START_SECONDS, f"it is ready; see {found.log}")
        yield found
    finally:
        found.container.kill()


def test_it_runs_as_any_user_of_group_0_without_powers(pod: Pod) -> None:
    told = status(pod)

    assert set(told["Uid"]) == {str(UID)}
    assert set(told["Gid"]) == {"0"}
    assert {name: int(told[name][0], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {
        "CapEff": 0,
        "CapPrm": 0,
        "CapBnd": 0,
    }
    assert told["NoNewPrivs"] == ["1"]
    assert told["Seccomp"] == ["2"]


def test_nothing_but_tmp_can_be_written(pod: Pod) -> None:
    mounts = Path(f"/proc/{pod.pid}/mounts").read_text().splitlines()
    options = {m.split()[1]: m.split()[3].split(",") for m in mounts}

    assert "ro" in options["/"]
    writable = {path for path, option in options.items() if "rw" in option}
    assert {path for path in writable if not path.startswith(("/dev", "/proc"))} == {TMP}


def test_it_installs_a_platform_with_its_own_rights(pod: Pod, view: View) -> None:
    view.dsc(**dict.fromkeys(COMPONENTS, "Managed"))

    blocking_until(
        lambda: view.reason("Ready") == "True/AllReady", READY_SECONDS, "the DSC is Ready"
    )

    assert all(c["status"] == "True" for t, c in view.conditions().items() if t == "Ready")
    assert "forbidden" not in pod.log.read_text()
    assert list(Path(f"/proc/{pod.pid}/root/tmp").iterdir()) == []


def test_it_ends_in_order_when_it_is_told_to(pod: Pod, view: View) -> None:
    view.clear()

    assert pod.container.stop() == 0


def test_the_command_line_works_without_a_cluster(image: Image) -> None:
    command = ["chroot", f"--userspec={UID}:0", str(image.root), "/opt/rhoai-operator/bin/rhoai"]
    done = subprocess.run(
        [*command, "render", "ray", "--platform", "odh"], check=True, capture_output=True, text=True
    )

    assert "kind: Deployment" in done.stdout
