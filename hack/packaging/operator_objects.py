"""The operator's own objects as plain manifests, read from the files beside this one.

What runs as the operator's account, its rights, is not among them: that is made from the catalog.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from rhoai_operator.core.objects import Manifest

ROOT = Path(__file__).resolve().parents[2]
OBJECTS = Path(__file__).with_name("operator.yaml")
MONITORING = Path(__file__).with_name("monitoring.yaml")

NAME = "rhoai-operator"
"""Of the Deployment, its ServiceAccount and most else; the rest begins with it."""
NAMESPACE = "redhat-ods-operator"
CONTAINER = "manager"
METRICS_SERVICE = f"{NAME}-metrics"
WEBHOOK_SERVICE = f"{NAME}-webhook"
METRICS_READER = f"{NAME}-metrics-reader"
PROMETHEUS = f"{NAME}-prometheus"
SELECTOR: Manifest = {
    "app.kubernetes.io/name": NAME,
    "control-plane": "controller-manager",
}
"""Labels that pods have and keep; the Deployment's selector cannot be changed."""


def version() -> str:
    """Return the version that the project says it is, which an installed package may be behind."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def image() -> str:
    """Return the operator's image as long as no release names one: it is in no registry."""
    return f"{NAME}:{version()}"


def labels() -> dict[str, str]:
    """Return the labels that every object of the operator's has."""
    return {"app.kubernetes.io/name": NAME, "app.kubernetes.io/version": version()}


def manifest(kind: str, name: str = NAME) -> dict[str, Any]:
    """Return one object, the caller's own to change.

    Raises:
        KeyError: there is none of that kind and name.
    """
    return copy.deepcopy((_read(OBJECTS) | _read(MONITORING))[kind, name])


def objects() -> list[Manifest]:
    """Return what every cluster takes, in the order to apply it; without rights and webhooks."""
    return [manifest(*key) for key in _read(OBJECTS)]


def monitoring() -> list[Manifest]:
    """Return what OpenShift's Prometheus needs besides; its ServiceMonitor comes last."""
    return [manifest(*key) for key in _read(MONITORING)]


def deployment(
    *, of: str = "", args: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the Deployment; ``of`` is its image, ``args`` and ``env`` are added to what it has."""
    found = manifest("Deployment")
    container = found["spec"]["template"]["spec"]["containers"][0]
    container["image"] = of or image()
    container["args"] += args
    container["env"] += [{"name": name, "value": value} for name, value in (env or {}).items()]
    return found


@cache
def _read(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for item in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        metadata = item["metadata"]
        metadata["labels"] = {**labels(), **metadata.get("labels", {})}
        if item["kind"] == "Deployment":
            item["spec"]["template"]["spec"]["containers"][0]["image"] = image()
        found[item["kind"], metadata["name"]] = item
    return found
