"""The operator as its Deployment says, run on this machine: pods of tests are stand-ins."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hack.account import signed_in
from tests.cluster import ControlPlane
from tests.mounted import mount
from tests.running import Operator

AS_BY_DEFAULT = {"RHOAI_METRICS_SECURE": "true"}
"""What other tests have otherwise."""

Object = dict[str, Any]


def operator_of(cluster: ControlPlane, namespace: str, name: str, folder: Path) -> Operator:
    """Return the operator that a live Deployment describes, not yet started.

    It runs as the Deployment's ServiceAccount, with its arguments and variables, and finds below
    ``folder`` what is mounted. Only the addresses of metrics and probes are others, and the
    webhook is off unless the Deployment says where it is: nobody could call it.
    """
    folder.mkdir(exist_ok=True)
    pod = _get(cluster, "deployment", name, namespace)["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    account = ("create", "token", pod["serviceAccountName"], "-n", namespace, "--duration=1h")
    token = cluster.kubectl(*account).stdout.strip()
    kubeconfig = signed_in(cluster.kubeconfig, token, folder / "kubeconfig")
    mounts = _mounted(cluster, namespace, pod, folder)
    args = tuple(_moved(argument, mounts) for argument in container.get("args", ()))
    env = {**AS_BY_DEFAULT, **_variables(container, namespace)}
    return Operator(kubeconfig, folder / "operator.log", env, args=args)


def _variables(container: Object, namespace: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for variable in container.get("env", ()):
        path = variable.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath")
        assert path in (None, "metadata.namespace"), f"{variable} is more than this knows"
        found[variable["name"]] = namespace if path else variable["value"]
    return found


def _mounted(cluster: ControlPlane, namespace: str, pod: Object, folder: Path) -> dict[str, Path]:
    """Lay out the Secrets that the container mounts; return where, by path in the container."""
    secrets = {v["name"]: v["secret"] for v in pod.get("volumes", ()) if "secret" in v}
    found: dict[str, Path] = {}
    for item in pod["containers"][0].get("volumeMounts", ()):
        if source := secrets.get(item["name"]):
            target = found[item["mountPath"]] = folder / item["name"]
            target.mkdir(exist_ok=True)
            contents = _get(cluster, "secret", source["secretName"], namespace).get("data", {})
            assert contents or source.get("optional"), f"no Secret {source['secretName']}"
            mount(target, {key: base64.b64decode(text) for key, text in contents.items()})
    return found


def _moved(argument: str, mounts: Mapping[str, Path]) -> str:
    """Point an argument that names a mounted folder to the one that stands for it."""
    flag, _, value = argument.partition("=")
    return f"{flag}={mounts[value]}" if value in mounts else argument


def _get(cluster: ControlPlane, kind: str, name: str, namespace: str) -> Object:
    asked = ("get", kind, name, "-n", namespace, "--ignore-not-found", "-o", "json")
    found: Object = json.loads(cluster.kubectl(*asked).stdout or "{}")
    return found
