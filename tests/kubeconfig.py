"""Reads how to reach an API server off a kubeconfig, for what speaks to it without a client."""

from __future__ import annotations

import base64
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml


@dataclass(frozen=True, slots=True)
class Access:
    """Where an API server listens, and how to be let in; no ``tls`` for plain HTTP."""

    host: str
    port: int
    token: str = ""
    tls: ssl.SSLContext | None = None


def access(kubeconfig: Path) -> Access:
    """Read the current context: a token or a client certificate, in it or in files."""
    config = yaml.safe_load(kubeconfig.read_text())
    named = {c["name"]: c["context"] for c in config["contexts"]}[config["current-context"]]
    cluster = {c["name"]: c["cluster"] for c in config["clusters"]}[named["cluster"]]
    user = {u["name"]: u["user"] for u in config["users"]}[named["user"]]
    server = urlsplit(cluster["server"])
    assert server.hostname
    tls = _tls(cluster, user, kubeconfig.parent) if server.scheme == "https" else None
    port = server.port or (443 if tls else 80)
    return Access(server.hostname, port, user.get("token", ""), tls)


def write_kubeconfig(path: Path, server: str) -> None:
    """Write one that reaches ``server``, which asks for nothing."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "it",
        "clusters": [{"name": "it", "cluster": {"server": server}}],
        "users": [{"name": "it", "user": {}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
    }
    path.write_text(yaml.safe_dump(config))


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any], folder: Path) -> ssl.SSLContext:
    authority = _content(cluster, "certificate-authority", folder)
    tls = ssl.create_default_context(cadata=authority.decode() if authority else None)
    if cluster.get("insecure-skip-tls-verify"):
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    certificate = _content(user, "client-certificate", folder)
    if certificate:
        with tempfile.NamedTemporaryFile() as both:
            both.write(certificate + b"\n" + _content(user, "client-key", folder))
            both.flush()
            tls.load_cert_chain(both.name)
    return tls


def _content(part: Mapping[str, Any], name: str, folder: Path) -> bytes:
    """Return what a kubeconfig names: as data in itself, or by a path from where it lies."""
    if inline := part.get(f"{name}-data"):
        return base64.b64decode(inline)
    return (folder / part[name]).read_bytes() if name in part else b""
