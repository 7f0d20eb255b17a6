"""The TLS profile that an administrator of OpenShift has set for the whole cluster."""

from __future__ import annotations

import logging

from rhoai_operator.cluster.errors import ClusterError
from rhoai_operator.cluster.port import Cluster, Kind
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.tls import Profile, of_cluster

API_SERVER = Kind("config.openshift.io", "v1", "APIServer")
_REF = ObjectRef(API_SERVER.group, API_SERVER.kind, "", "cluster", API_SERVER.version)

log = logging.getLogger(__name__)


async def read_profile(cluster: Cluster) -> Profile | None:
    """Return the cluster's profile; None where there is none, or it cannot be read now."""
    try:
        live = await cluster.get(_REF) if await cluster.serves(API_SERVER) else None
    except ClusterError as error:
        log.warning("cannot read the TLS profile of %s: %s; it stays as it was", _REF, error)
        return None
    return of_cluster(live.get("spec") or {}) if live else None
