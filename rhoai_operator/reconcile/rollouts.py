"""Workloads whose pods are replaced when what they are configured by changes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rhoai_operator.core.objects import Manifest, digest

CONFIG_HASH = "rhoai.opendatahub.io/config-hash"
"""Annotation of a pod template: digest of the contents of ConfigMaps and Secrets."""


def with_config_hash(workload: Manifest, value: str) -> Manifest:
    """Return a workload whose pods carry ``value``: another one replaces them."""
    spec = workload["spec"]
    template = spec.get("template") or {}
    metadata = template.get("metadata") or {}
    annotations = {**(metadata.get("annotations") or {}), CONFIG_HASH: value}
    pods = {**template, "metadata": {**metadata, "annotations": annotations}}
    return {**workload, "spec": {**spec, "template": pods}}


def config_hash(contents: Mapping[str, Manifest | None]) -> str:
    """Return the digest of what ConfigMaps and Secrets hold.

    Args:
        contents: by a name that tells them apart; None for one that is not there.
    """
    return digest({name: content and _content(content) for name, content in contents.items()})


def after_apply(ours: Manifest, live: Manifest | None) -> Manifest:
    """Return our ConfigMap with the keys that only the live one has, as pods will see it."""
    theirs = (live or {}).get("data") or {}
    return {**ours, "data": {**theirs, **(ours.get("data") or {})}}


def _content(manifest: Manifest) -> dict[str, Any]:
    fields = {key: manifest.get(key) or {} for key in ("data", "binaryData", "stringData")}
    return {key: value for key, value in fields.items() if value}
