"""The control plane that tests run on: which one it is, and what it can do."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from hack import control_plane
from hack.control_plane_build import compiled
from tests.audit import AuditLog, Event

EXISTING = "RHOAI_TEST_KUBECONFIG"
ENVTEST = "KUBEBUILDER_ASSETS"
KUBECTL_SECONDS = 60
UNBORN = ".status.conditions accessor error"
BIRTH_LOOKS = 20
STARTS = "starts"

CAPABILITIES = {
    "controllers": "Deployments become available, what is owned is collected",
    "failing-tags": "pods whose image's tag is unpullable, crashing or unready fail that way",
    "audit-log": "every request can be read back",
    "process-control": "its programs can be killed and started again",
}
OURS = frozenset(CAPABILITIES)
ENVTESTS = frozenset({"audit-log", "process-control"})


@dataclass(frozen=True)
class ControlPlane:
    """A running API server and what goes with it; ``folder`` is where ours runs."""

    kubeconfig: Path
    capabilities: frozenset[str]
    folder: Path | None = None

    def kubectl(
        self, *args: str, stdin: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Call kubectl and wait for it; from a coroutine, through ``asyncio.to_thread``.

        Raises:
            AssertionError: ``check`` is set and kubectl failed; the message is what it said.
        """
        if args[0] == "wait":
            self._outlast_birth(args)
        return _kubectl(self.kubeconfig, self.folder, args, stdin, check=check)

    def _outlast_birth(self, args: tuple[str, ...]) -> None:
        """Ask until what is waited for has conditions at all: kubectl gives up where it has not."""
        for _ in range(BIRTH_LOOKS):
            done = _kubectl(self.kubeconfig, self.folder, args, None, check=False)
            if UNBORN not in done.stderr:
                return

    def audit_mark(self) -> int:
        """Return where the audit log goes on after every request answered so far."""
        return self._audit_log().mark()

    def audit(self, since: int = 0) -> list[Event]:
        """Return the audit events of all requests answered so far, oldest first, from a mark on."""
        return self._audit_log().events(since)

    def audit_of(self, user: str, since: int = 0) -> Iterator[Event]:
        """Go through the audit events of users whose names begin so, from a mark on."""
        for event in self._audit_log().events_with(user, since):
            if event["user"]["username"].startswith(user):
                yield event

    def kill(self, program: str) -> None:
        """Kill one of ``hack.control_plane.PROGRAMS``, until ``start``."""
        control_plane.kill(self._own("process-control"), program)

    def start(self, program: str) -> None:
        folder, began = self._own("process-control"), now()
        control_plane.start(folder, program)
        if program == "kube-apiserver":
            with (folder / STARTS).open("a") as file:
                file.write(f"{began} {now()}\n")

    def starts(self) -> list[tuple[str, str]]:
        """Return from when to when the API server was starting again.

        It answers before it knows what who may, and refuses all then.
        """
        path = self._own("audit-log") / STARTS
        lines = path.read_text().splitlines() if path.exists() else ()
        return [(began, ended) for began, ended in map(str.split, lines)]

    def _audit_log(self) -> AuditLog:
        path = self._own("audit-log") / control_plane.AUDIT_LOG
        return AuditLog(path, lambda uri: self.kubectl("get", "--raw", uri))

    def _own(self, capability: str) -> Path:
        assert self.folder, f'not ours: mark the test with pytest.mark.needs("{capability}")'
        return self.folder


def now() -> str:
    """Return the time as the audit log writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def lacking(wanted: frozenset[str]) -> str:
    """Return why a test with these needs cannot run here; nothing if it can."""
    if unknown := wanted - CAPABILITIES.keys():
        raise ValueError(f"needs {sorted(unknown)}: only {sorted(CAPABILITIES)} are known")
    missing = sorted(wanted - _capabilities()) if wanted else ()
    return "; ".join(f"the control plane lacks {name} ({CAPABILITIES[name]})" for name in missing)


@contextmanager
def running(folder: Path, build: Callable[[], Path]) -> Iterator[ControlPlane]:
    """Give the existing control plane, else start one in the folder and stop it afterwards."""
    if kubeconfig := _existing():
        yield ControlPlane(kubeconfig, _capabilities(), _folder_of(kubeconfig))
        return
    binary = Path(os.environ[ENVTEST]) if _envtest() else build()
    with _termination_as_interrupt():
        try:
            kubeconfig = control_plane.up(folder, binary)
            yield ControlPlane(kubeconfig, _capabilities(), folder)
        finally:
            control_plane.down(folder)


@cache
def _capabilities() -> frozenset[str]:
    kubeconfig = _existing()
    if not kubeconfig:
        return ENVTESTS if _envtest() else OURS
    if _folder_of(kubeconfig):
        return OURS
    # Made by a controller in every namespace, as soon as there are any.
    account = ("get", "serviceaccount", "default", "--namespace=default")
    found = _kubectl(kubeconfig, None, account, check=False).returncode == 0
    return frozenset({"controllers"} if found else ())


def _existing() -> Path | None:
    """Return the kubeconfig that the user names; never the current context by accident."""
    named = os.environ.get(EXISTING)
    return Path(named).expanduser().absolute() if named else None


def _folder_of(kubeconfig: Path) -> Path | None:
    """Return the folder of a control plane that `make control-plane` started."""
    folder = kubeconfig.parent
    return folder if control_plane.runs_all(folder) else None


def _envtest() -> bool:
    """Tell whether envtest's two programs are to do: ours, once compiled, can more."""
    return bool(os.environ.get(ENVTEST)) and not compiled().exists()


def _kubectl(
    kubeconfig: Path,
    folder: Path | None,
    args: tuple[str, ...],
    stdin: str | None = None,
    *,
    check: bool,
) -> subprocess.CompletedProcess[str]:
    command = [str(folder / "kubectl")] if folder else _foreign_kubectl()
    done = subprocess.run(
        [*command, *args],
        input=stdin or "",
        check=False,
        capture_output=True,
        text=True,
        timeout=KUBECTL_SECONDS,
        env={**os.environ, "KUBECONFIG": str(kubeconfig)},
    )
    assert not check or done.returncode == 0, f"kubectl {' '.join(args)}: {done.stderr}"
    return done


def _foreign_kubectl() -> list[str]:
    """Return a kubectl for a cluster that is not ours: preferably the one that logs in to it."""
    own = compiled()
    found = shutil.which("kubectl") or (own.exists() and own)
    assert found, f"{EXISTING} is set, and there is no kubectl on the PATH"
    return [str(found), "kubectl"] if found == own else [str(found)]


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the tests as Ctrl-C does: with what they clean up."""
    signals = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, signal.default_int_handler) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
