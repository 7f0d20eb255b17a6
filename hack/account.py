"""A ServiceAccount with the operator's roles and nothing else, and the way in for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from hack.packaging.rights import NAMESPACE
from rhoai_operator.core.objects import Manifest

ROLES = Path(__file__).resolve().parents[1] / "config/rbac.yaml"
TOKEN_LIFE = "24h"


def shipped() -> list[Manifest]:
    """Return the operator's roles and bindings as they are checked in."""
    return [m for m in yaml.safe_load_all(ROLES.read_text(encoding="utf-8")) if m]


def objects(name: str, roles: Iterable[Manifest]) -> Iterator[Manifest]:
    """Go through what makes an account of this name, with the operator's roles and bindings."""
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    metadata = {"name": name, "namespace": NAMESPACE}
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    yield from (_renamed(manifest, name) for manifest in roles)


def stream(manifests: Iterable[Manifest]) -> str:
    """Return objects as kubectl takes them."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})


def token_request(name: str) -> tuple[str, ...]:
    """Return what to ask kubectl for a token of the account."""
    return "create", "token", name, "-n", NAMESPACE, f"--duration={TOKEN_LIFE}"


def signed_in(known: Path, token: str, path: Path) -> Path:
    """Write a kubeconfig of the same cluster for who has a token; return its path."""
    config = yaml.safe_load(known.read_text())
    users = [{"name": user["name"], "user": {"token": token}} for user in config["users"]]
    path.write_text(json.dumps(config | {"users": users}))
    return path


def _renamed(manifest: Manifest, name: str) -> dict[str, Any]:
    renamed = {**manifest, "metadata": {**manifest["metadata"], "name": name}}
    if "roleRef" in manifest:
        renamed["roleRef"] = {**manifest["roleRef"], "name": name}
        renamed["subjects"] = [{**subject, "name": name} for subject in manifest["subjects"]]
    return renamed
