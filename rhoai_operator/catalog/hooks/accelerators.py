"""The accelerators that nodes have, for the profiles of which users choose."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rhoai_operator.core.fields import FIELD_MANAGER
from rhoai_operator.core.objects import MANAGED_BY, Manifest

_FAMILIES = (
    (re.compile(r"nvidia\.com/(gpu|mig-.+)"), "NVIDIA GPU", "nvidia.com/gpu.product"),
    (re.compile(r"amd\.com/gpu"), "AMD GPU", "amd.com/gpu.product-name"),
    (re.compile(r"habana\.ai/gaudi"), "Intel Gaudi", "habana.ai/gaudi.product"),
    (re.compile(r"gpu\.intel\.com/.+"), "Intel GPU", "gpu.intel.com/product"),
    (re.compile(r"aws\.amazon\.com/neuron.*"), "AWS Neuron", "node.kubernetes.io/instance-type"),
)
"""A resource, what it is, and the label of nodes that names the product."""
_PASSING = "node.kubernetes.io/"
"""Prefix of taints that come and go with a node's health."""


def accelerators(nodes: Sequence[Manifest], profiles: Sequence[Manifest]) -> list[dict[str, Any]]:
    """Return a profile for each resource that nodes have, or had while we made one.

    Returns:
        The fields of a profile's spec, its ``name``, and ``present``: whether a node has it now.
        What users have a profile for is left out.
    """
    found: dict[str, list[Manifest]] = {}
    for node in nodes:
        for resource, amount in (node.get("status", {}).get("allocatable") or {}).items():
            if str(amount) != "0" and _family(resource):
                found.setdefault(resource, []).append(node)
    makers = [p["metadata"].get("labels", {}).get(MANAGED_BY) for p in profiles]
    specs = [(maker == FIELD_MANAGER, p["spec"]) for maker, p in zip(makers, profiles, strict=True)]
    gone = {s["identifier"]: {**s, "present": False} for ours, s in specs if ours}
    users = {s.get("identifier") for ours, s in specs if not ours}
    everything = gone | {resource: _profile(resource, having) for resource, having in found.items()}
    return [
        {**everything[resource], "name": re.sub(r"[^a-z0-9]+", "-", resource.lower()).strip("-")}
        for resource in sorted(everything.keys() - users)
    ]


def _family(resource: str) -> tuple[str, str] | None:
    found = ((what, label) for pattern, what, label in _FAMILIES if pattern.fullmatch(resource))
    return next(found, None)


def _profile(resource: str, nodes: Sequence[Manifest]) -> dict[str, Any]:
    what, label = _family(resource) or (resource, "")
    products = sorted({n["metadata"].get("labels", {}).get(label, "") for n in nodes} - {""})
    named = f"{what}: {', '.join(products)}" if products else what
    taints = [taint for node in nodes for taint in node.get("spec", {}).get("taints") or ()]
    tolerations = [_toleration(t) for t in taints if not t["key"].startswith(_PASSING)]
    unique = {tuple(sorted(t.items())): t for t in tolerations}
    return {
        "identifier": resource,
        "displayName": named,
        "description": f"{', '.join(products) or what}, requested as {resource}.",
        "enabled": True,
        "tolerations": [unique[key] for key in sorted(unique)],
        "present": True,
    }


def _toleration(taint: Mapping[str, str]) -> dict[str, str]:
    if value := taint.get("value"):
        return {"key": taint["key"], "operator": "Equal", "value": value, "effect": taint["effect"]}
    return {"key": taint["key"], "operator": "Exists", "effect": taint["effect"]}
