"""Connects to the real cluster. The only module that knows the Kubernetes client.

The client reads configuration and credentials, and renews tokens; requests go around it.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from kubernetes.aio import client as kubernetes_client
from kubernetes.aio import config as kubernetes_config
from yarl import URL

from rhoai_operator.cluster.access import Access
from rhoai_operator.cluster.client import KubernetesCluster
from rhoai_operator.cluster.sender import MayWrite, Observe
from rhoai_operator.cluster.wire import Wire
from rhoai_operator.core.errors import OperatorError

__all__ = ["ConfigurationError", "KubernetesCluster", "connect"]


class ConfigurationError(OperatorError):
    """There is no usable way to reach an API server."""


async def connect(
    *,
    kubeconfig: Path | None = None,
    context: str = "",
    observe: Observe = lambda *_: None,
    may_write: MayWrite = lambda: True,
) -> KubernetesCluster:
    """Connect as ``kubeconfig`` says, else as the pod's service account, else as ``KUBECONFIG``.

    Args:
        may_write: asked before anything is written; while it says no, ``NotLeading`` is raised.

    Raises:
        ConfigurationError: none of these is there, or the file cannot be used.
    """
    load = partial(_load, kubeconfig, context)
    return KubernetesCluster.on(Wire(await load(), load), observe, may_write)


async def _load(kubeconfig: Path | None, context: str) -> Access:
    configuration = kubernetes_client.Configuration()
    try:
        if kubeconfig is None and "KUBERNETES_SERVICE_HOST" in os.environ:
            kubernetes_config.load_incluster_config(configuration)
        else:
            await kubernetes_config.load_kube_config(
                config_file=str(kubeconfig) if kubeconfig else None,
                context=context or None,
                client_configuration=configuration,
            )
        tls = kubernetes_client.rest.RESTClientObject(configuration).ssl_context
    except (kubernetes_config.ConfigException, OSError) as error:
        remedy = "give --kubeconfig, or run inside a cluster"
        raise ConfigurationError(f"no access to an API server: {error}; {remedy}") from error
    options = {"server_hostname": configuration.tls_server_name or None, **_proxy(configuration)}
    return Access(configuration.host, tls, partial(_credentials, configuration), options)


async def _credentials(configuration: kubernetes_client.Configuration) -> Mapping[str, str]:
    """Tokens as they are now: those in files change."""
    try:
        token = await configuration.get_api_key_with_prefix("BearerToken")
    except kubernetes_config.ConfigException as error:
        raise OSError(f"no credentials: {error}") from error
    return {"Authorization": token} if token else {}


def _proxy(configuration: kubernetes_client.Configuration) -> dict[str, Any]:
    """That of the kubeconfig, else that of the environment."""
    host = urlsplit(configuration.host)
    chosen = configuration.proxy
    if not chosen and not proxy_bypass(host.hostname or ""):
        chosen = getproxies().get(host.scheme)
    if not chosen:
        return {}
    proxy = URL(chosen)
    login = base64.b64encode(f"{proxy.user or ''}:{proxy.password or ''}".encode()).decode()
    headers = {"Proxy-Authorization": f"Basic {login}"} if proxy.user else {}
    return {"proxy": proxy.with_user(None), "proxy_headers": headers}
