"""The cluster that the demo runs on: a control plane of its own, an existing one, or kind."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hack import control_plane
from hack.control_plane_build import compiled
from hack.demo_signals import Interruptions

EXISTING = "RHOAI_TEST_KUBECONFIG"
KUBECTL_SECONDS = 60.0
KIND_SECONDS = 180


class DemoError(RuntimeError):
    """The demo cannot go on; the message says why and what helps."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster.

    Attributes:
        what: it is, for people.
        kubectl: the command that talks to it.
        stand_ins: pods become Ready without containers.
        lasting: it stays when the demo ends, so that the demo takes away what it put there.
    """

    what: str
    kubeconfig: Path
    kubectl: tuple[str, ...]
    stand_ins: bool
    lasting: bool = False

    def call(self, *args: str, stdin: str = "") -> str:
        """Call kubectl and return what it printed.

        Raises:
            DemoError: it failed; the message is what it said.
        """
        try:
            done = subprocess.run(
                [*self.kubectl, *args],
                check=False,
                input=stdin,
                capture_output=True,
                text=True,
                timeout=KUBECTL_SECONDS,
                start_new_session=True,  # a Ctrl-C is for the demo
                env={**os.environ, "KUBECONFIG": str(self.kubeconfig)},
            )
        except subprocess.TimeoutExpired as error:
            raise DemoError(f"kubectl {' '.join(args)}: no end within {error.timeout} s") from None
        if done.returncode:
            raise DemoError(f"kubectl {' '.join(args)}: {done.stderr.strip()}")
        return done.stdout


def existing() -> Path | None:
    """Return the kubeconfig that the user names; never the current context by accident."""
    named = os.environ.get(EXISTING)
    return Path(named).expanduser().absolute() if named else None


@contextmanager
def own(folder: Path, binary: Path, interruptions: Interruptions) -> Iterator[Cluster]:
    """Run the compiled control plane in the folder."""
    home = folder / "control-plane"
    try:
        with interruptions.held():
            kubeconfig = control_plane.up(home, binary)
        kubectl = (str(home / "kubectl"),)
        yield Cluster("a control plane of its own", kubeconfig, kubectl, stand_ins=True)
    finally:
        if home.exists():
            control_plane.down(home)


def named(kubeconfig: Path) -> Cluster:
    """Take a cluster that exists."""
    home = kubeconfig.parent
    ours = control_plane.runs_all(home)
    kubectl = (str(home / "kubectl"),) if ours else foreign_kubectl()
    return Cluster(f"the cluster of {EXISTING}", kubeconfig, kubectl, stand_ins=ours, lasting=True)


@contextmanager
def kind(folder: Path) -> Iterator[Cluster]:
    """Make a kind cluster, and delete it in the end.

    Raises:
        DemoError: docker or kind is absent, or kind failed.
    """
    _expect_kind()
    kubectl, kubeconfig, name = foreign_kubectl(), folder / "kubeconfig", folder.name.lower()
    options = ["--name", name, "--kubeconfig", str(kubeconfig)]
    try:
        command = ["kind", "create", "cluster", *options, "--wait", f"{KIND_SECONDS}s"]
        if subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode:
            raise DemoError("kind could not create a cluster; what it said stands above")
        yield Cluster("a kind cluster", kubeconfig, kubectl, stand_ins=False)
    finally:
        command = ["kind", "delete", "cluster", *options]
        subprocess.run(command, check=False, start_new_session=True)


def _expect_kind() -> None:
    for program in ("docker", "kind"):
        if not shutil.which(program):
            raise DemoError(
                f"There is no {program} on the PATH, and --kind needs docker and kind."
                " `make demo` needs neither."
            )
    try:
        subprocess.run(["docker", "version"], check=True, capture_output=True, timeout=30)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        why = "docker does not answer: `docker version` says why"
        raise DemoError(f"{why}. `make demo` needs neither docker nor kind.") from None


def foreign_kubectl() -> tuple[str, ...]:
    """Return a kubectl for a cluster that is not ours: preferably the one that logs in to it.

    Raises:
        DemoError: there is none.
    """
    if found := shutil.which("kubectl"):
        return (found,)
    if compiled().exists():
        return (str(compiled()), "kubectl")
    raise DemoError("There is no kubectl on the PATH, and that cluster needs one.")
