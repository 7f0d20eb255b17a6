"""Scrapes the operator as Prometheus would, and makes the accounts to do it with."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass, field
from typing import Any

from rhoai_operator.core.objects import Manifest
from tests.cluster import ControlPlane

READER = "rhoai-operator-metrics-reader"
SECONDS = 15.0
NAMESPACE = "default"


def trusting(
    authority: str = "", newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> ssl.SSLContext:
    """Return what a client needs; without an authority, in PEM, it trusts whoever answers."""
    context = ssl.create_default_context(cadata=authority or None)
    if not authority:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = newest
    return context


@dataclass(frozen=True)
class Scraped:
    """An answer, and the serial number of the certificate that came with it."""

    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)


def scrape(port: int, token: str = "", tls: ssl.SSLContext | None = None) -> Scraped:
    """Scrape over a new HTTPS connection.

    Raises:
        OSError: there is none.
    """
    connection = http.client.HTTPSConnection(
        "localhost", port, timeout=SECONDS, context=tls or trusting()
    )
    try:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request("GET", "/metrics", headers=headers)
        answer = connection.getresponse()
        return Scraped(answer.status, answer.read().decode(), dict(answer.getheaders()))
    finally:
        connection.close()


@dataclass
class Accounts:
    """Service accounts that may scrape, or may not; all of it is gone after ``remove``."""

    cluster: ControlPlane
    _names: list[str] = field(default_factory=list)

    def token(self, name: str, *, may_scrape: bool) -> str:
        """Make an account, and return a new token of it."""
        self._names.append(name)
        self._apply(an("v1", "ServiceAccount", name, namespace=NAMESPACE))
        if may_scrape:
            subject = {"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE}
            role = {"apiGroup": _RBAC, "kind": "ClusterRole", "name": READER}
            rules = [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]
            self._apply({**an(f"{_RBAC}/v1", "ClusterRole", READER), "rules": rules})
            binding = an(f"{_RBAC}/v1", "ClusterRoleBinding", name)
            self._apply({**binding, "roleRef": role, "subjects": [subject]})
        return self.new_token(name)

    def new_token(self, name: str) -> str:
        """Return another token of an account that there is."""
        made = self.cluster.kubectl("create", "token", name, "-n", NAMESPACE)
        return made.stdout.strip()

    def remove(self) -> None:
        for name in self._names:
            self._delete("clusterrolebinding", name)
            self._delete("serviceaccount", name, "-n", NAMESPACE)
        self._delete("clusterrole", READER)

    def _apply(self, manifest: Manifest) -> None:
        self.cluster.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(manifest))

    def _delete(self, *what: str) -> None:
        self.cluster.kubectl("delete", *what, "--ignore-not-found")


_RBAC = "rbac.authorization.k8s.io"


def an(api_version: str, kind: str, name: str, **metadata: str) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **metadata}}
