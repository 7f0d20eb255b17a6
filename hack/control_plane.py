"""A real Kubernetes control plane on loopback, for the demo, the tests and the benchmarks.

etcd, kube-apiserver, kube-controller-manager and kube-scheduler are upstream's own code, compiled
from their Go modules. kwok stands in for the kubelets: pods run as soon as they are scheduled, but
containers there are none. An image's tag asks for trouble: `unpullable`, `crashing`, `unready`.

Its folder holds its kubeconfig, a `kubectl` that uses it, logs and audit.log.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from hack import daemons
from hack.control_plane_api import Api, write_kubeconfig
from hack.control_plane_build import BuildError, build
from hack.control_plane_programs import (
    AUDIT_LOG,
    CONTROLLERS,
    KUBECONFIG,
    NO_FLAGS,
    PROGRAMS,
    SERVER,
    SERVER_CERTIFICATE,
    SIGNING_KEY,
    TOKENS,
    Flags,
    Ports,
    command_lines,
    program,
    programs,
)

__all__ = [
    "AUDIT_LOG",
    "PROGRAMS",
    "BuildError",
    "NotReady",
    "build",
    "down",
    "kill",
    "runs_all",
    "start",
    "up",
]

READY_SECONDS = 60.0


class NotReady(RuntimeError):
    """The control plane did not come up; the message holds the last words of what failed."""


def up(directory: Path, binary: Path, flags: Flags = NO_FLAGS) -> Path:
    """Start a control plane in this folder and return its kubeconfig; one that runs there stays.

    ``binary`` is what ``build`` returns, or a folder with etcd and kube-apiserver such as envtest's:
    then there are no controllers and no node. ``flags`` are added to those of a program, by its name.

    Raises:
        NotReady: a program ended, or they were not ready within ``READY_SECONDS``.
    """
    directory, binary = directory.absolute(), binary.absolute()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with daemons.alone(directory / "up.lock"):
        if not _runs(directory, binary):
            down(directory)
            _remove_leftovers(directory)
            _bring_up(directory, binary, flags)
    return directory / KUBECONFIG


def down(directory: Path) -> None:
    """Stop what runs in this folder; logs and kubeconfig stay for a look."""
    for name in reversed(PROGRAMS):
        daemons.kill(directory, name)
    shutil.rmtree(directory / "etcd", ignore_errors=True)


def kill(directory: Path, name: str) -> None:
    """Kill one of ``PROGRAMS``, as a fault would."""
    daemons.kill(directory, name)


def start(directory: Path, name: str) -> None:
    """Start one of ``PROGRAMS`` again, on its own port and with what it had stored."""
    daemons.start(directory, name)
    if name in SERVER:
        _wait(directory, SERVER, Api(directory / KUBECONFIG).ready)


def runs_all(directory: Path) -> bool:
    """Tell whether a whole control plane of ours, controllers and all, runs in this folder."""
    return all(daemons.alive(directory, name) for name in PROGRAMS)


def _runs(directory: Path, binary: Path) -> bool:
    """Tell whether all of this binary's programs run here, and answer."""
    for name in programs(binary):
        called = program(binary, name)
        if daemons.argv_of(directory, name)[: len(called)] != called:
            return False
        if not daemons.alive(directory, name):
            return False
    return Api(directory / KUBECONFIG).ready()


def _remove_leftovers(directory: Path) -> None:
    """Remove what an earlier control plane left, and nothing else that may lie there."""
    for cache in ("etcd", "kubectl-cache"):
        shutil.rmtree(directory / cache, ignore_errors=True)
    ours = [f"{name}.{end}" for name in PROGRAMS for end in ("argv", "log", "pid", "lock")]
    for name in (*ours, AUDIT_LOG, SERVER_CERTIFICATE, "apiserver.key"):
        (directory / name).unlink(missing_ok=True)


def _bring_up(directory: Path, binary: Path, flags: Flags) -> None:
    ports = _free_ports()
    token = secrets.token_hex(16)
    (directory / TOKENS).write_text(f"{token},admin,admin,system:masters\n")
    (directory / SIGNING_KEY).write_bytes(_signing_key(binary))
    write_kubeconfig(directory / KUBECONFIG, ports.apiserver, token, directory / SERVER_CERTIFICATE)
    _write_kubectl(directory, binary)
    lines = command_lines(directory, binary, ports, flags)
    for name, argv in lines.items():
        daemons.define(directory, name, argv)
    api = Api(directory / KUBECONFIG)
    for name in SERVER:
        daemons.start(directory, name)
    _wait(directory, SERVER, api.ready)
    if set(CONTROLLERS) <= lines.keys():
        api.add_node("node-0")
        for name in CONTROLLERS:
            daemons.start(directory, name)
        _wait(directory, PROGRAMS, lambda: api.settled("node-0"))


def _signing_key(binary: Path) -> bytes:
    """Return a key pair that signs service account tokens."""
    command = program(binary, "service-account-key")
    if binary.is_dir():
        command = shlex.split("openssl ecparam -name prime256v1 -genkey -noout")
    return subprocess.run(command, check=True, capture_output=True).stdout


def _write_kubectl(directory: Path, binary: Path) -> None:
    script = directory / "kubectl"
    settings = {"KUBECONFIG": directory / KUBECONFIG, "KUBECACHEDIR": directory / "kubectl-cache"}
    exports = " ".join(f"{name}={shlex.quote(str(path))}" for name, path in settings.items())
    own = program(binary, "kubectl")
    call = shlex.join(own if Path(own[0]).exists() else ["kubectl"])
    script.write_text(f'#!/bin/sh\nexport {exports}\nexec {call} "$@"\n')
    script.chmod(0o755)


def _free_ports() -> Ports:
    """Find ports below those that outgoing connections take, so that none is lost before its use."""
    with ExitStack() as held:
        return Ports(*(_free_port(held) for _ in range(3)))


def _free_port(held: ExitStack) -> int:
    while True:
        port = random.randrange(20000, 30000)
        listener = held.enter_context(socket.socket())
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            continue
        return port


def _wait(directory: Path, names: tuple[str, ...], condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not condition():
        for name in names:
            if not daemons.alive(directory, name):
                raise NotReady(f"{name} ended:\n{daemons.last_words(directory, name)}")
        if time.monotonic() > deadline:
            raise NotReady(f"not ready within {READY_SECONDS:.0f} s; the logs are in {directory}")
        time.sleep(0.05)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m hack.control_plane", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="compile it once, and print where the binary is")
    for name, text in {
        "up": "start it, compiled if need be, and print its kubeconfig's path",
        "down": "stop it",
        "kubectl": "call kubectl on it: kubectl DIR get nodes",
    }.items():
        commands.add_parser(name, help=text).add_argument("directory", type=Path)
    return parser


def _up(directory: Path) -> None:
    binary = build()
    began = time.monotonic()
    print(up(directory, binary))
    kubectl = directory / "kubectl"
    print(
        f"A control plane runs in {directory} ({time.monotonic() - began:.1f} s). Pods are"
        f" stand-ins: they become Ready without containers.\n  {kubectl} get nodes",
        file=sys.stderr,
    )


def main() -> None:
    arguments, rest = _parser().parse_known_args()
    try:
        match arguments.command:
            case "build":
                print(build())
            case "up":
                _up(arguments.directory)
            case "down":
                down(arguments.directory)
            case "kubectl":
                kubectl = arguments.directory / "kubectl"
                os.execv(kubectl, [str(kubectl), *rest])
    except (BuildError, NotReady) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
