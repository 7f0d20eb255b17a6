"""What starting a control plane asks of its API server, with the standard library alone."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REQUEST_SECONDS = 5.0


def write_kubeconfig(path: Path, port: int, token: str, authority: Path) -> None:
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(authority)}
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "local",
        "clusters": [{"name": "local", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "local", "context": {"cluster": "local", "user": "admin"}}],
    }
    path.write_text(json.dumps(kubeconfig))


class Api:
    """Speaks to the API server of a kubeconfig that ``write_kubeconfig`` wrote."""

    def __init__(self, kubeconfig: Path) -> None:
        config = json.loads(kubeconfig.read_text())
        self._cluster: dict[str, str] = config["clusters"][0]["cluster"]
        self._token: str = config["users"][0]["user"]["token"]

    def ready(self) -> bool:
        try:
            self._request("/readyz")
        except OSError:  # refused or without a certificate while starting, 500 while its hooks run
            return False
        return True

    def settled(self, node: str) -> bool:
        """Tell whether a pod made now would run: its service account and a Ready node are there."""
        try:
            self._json("/api/v1/namespaces/default/serviceaccounts/default")
            conditions = self._json(f"/api/v1/nodes/{node}")["status"].get("conditions", ())
        except OSError:
            return False
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    def add_node(self, name: str) -> None:
        size = {"cpu": "1000", "memory": "4Ti", "pods": "5000"}
        labels = {
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "node-role.kubernetes.io/worker": "",
        }
        node = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "labels": labels,
                "annotations": {"kwok.x-k8s.io/node": "fake"},
            },
            "status": {"capacity": size, "allocatable": size},
        }
        self._request("/api/v1/nodes", node)

    def _json(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._request(path))
        return answer

    def _request(self, path: str, body: Mapping[str, object] | None = None) -> bytes:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        posted = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self._cluster["server"] + path, posted, headers)
        trusted = ssl.create_default_context(cafile=self._cluster["certificate-authority"])
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),  # it is on loopback, whatever proxy there is
            urllib.request.HTTPSHandler(context=trusted),
        )
        with opener.open(request, timeout=REQUEST_SECONDS) as response:
            content: bytes = response.read()
            return content
