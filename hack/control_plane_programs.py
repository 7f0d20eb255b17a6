"""The programs of the control plane and their flags: values in, values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from hack.go_toolchain import RECIPE

SERVER = ("etcd", "kube-apiserver")
CONTROLLERS = ("kube-controller-manager", "kube-scheduler", "kwok")
PROGRAMS = SERVER + CONTROLLERS
AUDIT_LOG = "audit.log"
KUBECONFIG = "kubeconfig"
TOKENS = "tokens.csv"
SIGNING_KEY = "service-account.key"
SERVER_CERTIFICATE = "apiserver.crt"  # the API server's own, made when it first starts

Flags: TypeAlias = Mapping[str, Mapping[str, object]]
"""More flags for some programs: ``{"kube-apiserver": {"v": 4}}``."""
NO_FLAGS: Flags = MappingProxyType({})


@dataclass(frozen=True)
class Ports:
    """Loopback ports of the programs that listen."""

    etcd: int
    peer: int
    apiserver: int


def programs(binary: Path) -> Sequence[str]:
    """Return which programs there are: a folder has no controllers."""
    return SERVER if binary.is_dir() else PROGRAMS


def program(binary: Path, name: str) -> list[str]:
    """Return how to call a program of the compiled binary, or of a folder that has it."""
    return [str(binary / name)] if binary.is_dir() else [str(binary), name]


def command_lines(
    directory: Path, binary: Path, ports: Ports, more: Flags = NO_FLAGS
) -> dict[str, list[str]]:
    """Return the command line of each program, in the order of starting."""
    flags: Flags = {
        "etcd": _etcd(directory, ports),
        "kube-apiserver": _apiserver(directory, ports),
        "kube-controller-manager": _controller_manager(directory),
        "kube-scheduler": _scheduler(directory),
        "kwok": _kwok(directory),
    }
    return {
        name: program(binary, name)
        + [f"--{flag}={value}" for flag, value in {**flags[name], **more.get(name, {})}.items()]
        for name in programs(binary)
    }


def _etcd(directory: Path, ports: Ports) -> dict[str, object]:
    client, peer = f"http://127.0.0.1:{ports.etcd}", f"http://127.0.0.1:{ports.peer}"
    return {
        "name": "default",
        "data-dir": directory / "etcd",
        "unsafe-no-fsync": "true",
        "log-level": "error",
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"default={peer}",
    }


def _apiserver(directory: Path, ports: Ports) -> dict[str, object]:
    return {
        "etcd-servers": f"http://127.0.0.1:{ports.etcd}",
        "bind-address": "127.0.0.1",
        "secure-port": ports.apiserver,
        "cert-dir": directory,
        "token-auth-file": directory / TOKENS,
        "authorization-mode": "RBAC",
        "allow-privileged": "true",  # as on any cluster that a kubelet's installer sets up
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": directory / SIGNING_KEY,
        "service-account-signing-key-file": directory / SIGNING_KEY,
        "service-cluster-ip-range": "10.96.0.0/16",
        "endpoint-reconciler-type": "none",  # loopback is refused as an advertised address
        "audit-policy-file": RECIPE / "audit.yaml",
        "audit-log-path": directory / AUDIT_LOG,
        "audit-log-mode": "batch",
        "audit-log-maxsize": 4096,  # MB: a log that was rotated away would look like no requests
        "disable-admission-plugins": "TaintNodesByCondition",  # a new node takes pods at once
        "enable-admission-plugins": "OwnerReferencesPermissionEnforcement",  # as OpenShift has it
    }


def _controller_manager(directory: Path) -> dict[str, object]:
    return {
        "kubeconfig": directory / KUBECONFIG,
        "leader-elect": "false",
        "secure-port": 0,
        "service-account-private-key-file": directory / SIGNING_KEY,
        "root-ca-file": directory / SERVER_CERTIFICATE,
        # kwok renews no leases: the node would turn NotReady every 50 s and take its pods with it.
        "node-monitor-grace-period": "24h",
    }


def _scheduler(directory: Path) -> dict[str, object]:
    return {"kubeconfig": directory / KUBECONFIG, "leader-elect": "false", "secure-port": 0}


def _kwok(directory: Path) -> dict[str, object]:
    return {
        "config": RECIPE / "kubelet.yaml",
        "kubeconfig": directory / KUBECONFIG,
        "manage-all-nodes": "true",
        "server-address": "",
    }
