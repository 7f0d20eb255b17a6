"""What the operator's pods tell beside objects: logs, metrics, and what it does right now."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import aiohttp

from rhoai_operator.cli.session import Session
from rhoai_operator.cluster.errors import Forbidden, Permission
from rhoai_operator.cluster.kubernetes import KubernetesCluster
from rhoai_operator.cluster.port import Kind

POD = Kind("", "v1", "Pod")
LABEL = "app.kubernetes.io/name=rhoai-operator"
LOG_LINES = 5000
ENDPOINTS = {"state.json": "/debug/state", "metrics.txt": "/metrics"}
METRICS = "pods/https:{pod}:8443/proxy/metrics"
"""How the API server asks a pod for its metrics."""
_OK, _FORBIDDEN = 200, 403
_LIMIT = aiohttp.ClientTimeout(total=10.0)

File = tuple[str, str]
"""Name and content."""


async def of_operator(session: Session, url: str) -> AsyncIterator[File]:
    """Go through what there is of it; what cannot be reached is said and passed over.

    Args:
        url: where its own endpoints are forwarded to; empty if nowhere.
    """
    for pod in await session.all_of(POD, session.namespace, LABEL):
        name = pod["metadata"]["name"]
        query = {"container": "manager", "tailLines": str(LOG_LINES)}
        if text := await _of_pod(session, f"pods/{name}/log", query):
            yield f"operator/{name}.log", text
        if text := await _of_pod(session, METRICS.format(pod=name), {}):
            yield f"operator/{name}-metrics.txt", text
    if not url:
        session.fail("/debug/state was not asked for: forward port 8081, and give --operator-url")
        return
    for name, path in ENDPOINTS.items():
        async with aiohttp.ClientSession() as http:
            if text := await _read(session, http, url.rstrip("/") + path, {}):
                yield f"operator/{name}", text


async def _of_pod(session: Session, path: str, query: Mapping[str, str]) -> str:
    cluster = session.cluster
    if not isinstance(cluster, KubernetesCluster):
        return ""
    address = f"{cluster.server}/api/v1/namespaces/{session.namespace}/{path}"
    async with cluster.session() as http:
        return await _read(session, http, address, query)


async def _read(
    session: Session, http: aiohttp.ClientSession, address: str, query: Mapping[str, str]
) -> str:
    """Return an answer; empty if there is none, for a reason that is said."""
    try:
        async with http.get(address, params=query, timeout=_LIMIT) as answer:
            text = await answer.text()
            code = answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        session.fail(f"{address}: {error or 'no answer in time'}")
        return ""
    if code == _OK:
        return text
    if code == _FORBIDDEN and "/pods/" in address:
        resource = "pods/log" if address.endswith("/log") else "pods/proxy"
        session.deny(Forbidden("", Permission("", "get", resource, "", session.namespace)))
    else:
        session.fail(f"{address}: {code} {' '.join(text.split())[:200]}")
    return ""
