"""The TLS profile that an administrator of OpenShift has set for the whole cluster."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from rhoai_operator.cluster.errors import ClusterError
from rhoai_operator.cluster.port import Cluster, Kind
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.tls import Profile, of_cluster

API_SERVER = Kind("config.openshift.io", "v1", "APIServer")
_REF = ObjectRef(API_SERVER.group, API_SERVER.kind, "", "cluster", API_SERVER.version)

log = logging.getLogger(__name__)


async def follow_profile(
    cluster: Cluster, accept: Callable[[Profile], None], seconds: float
) -> None:
    """Hand on the cluster's profile, and do so again each time so many seconds have passed.

    Ends where there is no such kind: a cluster does not become OpenShift later.
    """
    trouble = ""
    while True:
        try:
            if not await cluster.serves(API_SERVER):
                return
            if live := await cluster.get(_REF):
                accept(of_cluster(live.get("spec") or {}))
            trouble = ""
        except ClusterError as error:
            if str(error) != trouble:
                log.warning(
                    "cannot read the TLS profile of %s: %s; it stays as it was", _REF, error
                )
            trouble = str(error)
        await asyncio.sleep(seconds)
