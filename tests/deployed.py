"""The operator as its Deployment says, run on this machine: pods of tests are stand-ins."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.cluster import ControlPlane
from tests.running import Operator

Object = dict[str, Any]


def operator_of(cluster: ControlPlane, namespace: str, name: str, folder: Path) -> Operator:
    """Return the operator that a live Deployment describes, not yet started.

    It runs as the Deployment's ServiceAccount, with its arguments and variables, and finds below
    ``folder`` what is mounted. Only the addresses of metrics and probes are others.
    """
    folder.mkdir(exist_ok=True)
    live = json.loads(
        cluster.kubectl("get", "deployment", name, "-n", namespace, "-o", "json").stdout
    )
    pod = live["spec"]["template"]["spec"]
    account = ("create", "token", pod["serviceAccountName"], "-n", namespace, "--duration=1h")
    kubeconfig = _signed_in(cluster, cluster.kubectl(*account).stdout.strip(), folder)
    mounts = _mounted(cluster, namespace, pod, folder)
    return Operator(kubeconfig, folder / "operator.log", environment(pod, namespace, mounts))


def environment(pod: Object, namespace: str, mounts: Mapping[str, Path]) -> dict[str, str]:
    """Return arguments and variables of the only container as variables: each flag is one, too.

    Args:
        mounts: path in the container -> folder on this machine.
    """
    (container,) = pod["containers"]
    found: dict[str, str] = {}
    for variable in container.get("env", ()):
        path = variable.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath")
        assert path in (None, "metadata.namespace"), f"{variable} is more than this knows"
        found[variable["name"]] = namespace if path else variable["value"]
    for argument in container.get("args", ()):
        flag, has_value, value = argument.removeprefix("--").partition("=")
        assert has_value, f"{argument} is not --flag=value"
        found[f"RHOAI_{flag.replace('-', '_').upper()}"] = str(mounts.get(value, value))
    return found


def _mounted(cluster: ControlPlane, namespace: str, pod: Object, folder: Path) -> dict[str, Path]:
    """Write the Secrets that the container mounts; return where, by path in the container."""
    secrets = {v["name"]: v["secret"] for v in pod.get("volumes", ()) if "secret" in v}
    found: dict[str, Path] = {}
    for mount in pod["containers"][0].get("volumeMounts", ()):
        if source := secrets.get(mount["name"]):
            target = found[mount["mountPath"]] = folder / mount["name"]
            target.mkdir(exist_ok=True)
            named = ("get", "secret", source["secretName"], "-n", namespace, "-o", "json")
            done = cluster.kubectl(*named, check=not source.get("optional"))
            for key, value in json.loads(done.stdout or "{}").get("data", {}).items():
                (target / key).write_bytes(base64.b64decode(value))
    return found


def _signed_in(cluster: ControlPlane, token: str, folder: Path) -> Path:
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    for user in config["users"]:
        user["user"] = {"token": token}
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config))
    return path
