"""What a webhook configuration calls, and whether anybody answers there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from rhoai_operator.core.assessment import mapping
from rhoai_operator.core.objects import Manifest

Backend: TypeAlias = tuple[str, str]
"""Namespace and name of a Service."""

SERVICE_NAME = "kubernetes.io/service-name"
"""Label of an EndpointSlice: the name of the Service that it belongs to."""


def backends(config: Manifest) -> frozenset[Backend]:
    """Return the Services that its webhooks call; those called by URL are nobody's Service.

    Args:
        config: a ValidatingWebhookConfiguration, MutatingWebhookConfiguration, or APIService.
    """
    return frozenset((s["namespace"], s["name"]) for s in _services(config))


def has_endpoints(slices: Iterable[Manifest]) -> bool:
    """Tell whether one endpoint at least is ready.

    Args:
        slices: the EndpointSlices (``discovery.k8s.io/v1``) of one Service.
    """
    return any(
        endpoint.get("addresses") and _is_ready(endpoint)
        for found in slices
        for endpoint in found.get("endpoints") or ()
    )


def _is_ready(endpoint: Mapping[str, Any]) -> bool:
    """Where the controller does not know, the API says to count it as ready."""
    return mapping(endpoint.get("conditions")).get("ready") is not False


def _services(config: Manifest) -> Iterator[Mapping[str, Any]]:
    clients = [mapping(hook.get("clientConfig")) for hook in config.get("webhooks") or ()]
    for client in (*clients, mapping(config.get("spec"))):
        if service := client.get("service"):
            yield service
