"""The DSCInitialization that the operator makes when users make none."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from rhoai_operator.api import dscinitialization
from rhoai_operator.catalog.platforms import Platform
from rhoai_operator.cluster.port import Cluster, Kind
from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.plan import ManagementState
from rhoai_operator.engine.attempts import Attempts
from rhoai_operator.engine.watched import Watched

NAME = "default-dsci"
WAIT_SECONDS = 10.0
"""How long a DataScienceCluster waits for its users' own DSCInitialization."""
MESH = Kind("maistra.io", "v2", "ServiceMeshControlPlane")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Initialization:
    """Makes ``default-dsci`` at start, and whenever a DataScienceCluster waits for one."""

    cluster: Cluster
    platform: Platform
    watched: Watched
    attempts: Attempts

    async def run(self) -> None:
        """Watch over it for ever."""
        await self.watched.synced()
        if self.watched.intent().dsci is None:
            await self._create()
        while True:
            await self.attempts.until(self._is_wanted)
            await asyncio.sleep(WAIT_SECONDS)
            if self._is_wanted():
                await self._create()
                await self.attempts.until(lambda: not self._is_wanted())

    def _is_wanted(self) -> bool:
        intent = self.watched.intent()
        return intent.dsci is None and intent.dsc is not None and not intent.dsc.metadata.deleting

    async def _create(self) -> None:
        mesh = await self.cluster.serves(MESH)
        if await self.cluster.create(default_dsci(self.platform, mesh=mesh)):
            log.info("there was no DSCInitialization: created %s", NAME)


def default_dsci(platform: Platform, *, mesh: bool) -> Manifest:
    """Return the object for a platform; ``mesh`` tells whether the service mesh's API is served."""
    spec = {
        "applicationsNamespace": platform.applications_namespace,
        "monitoring": {"managementState": platform.monitoring.value},
        "trustedCABundle": {"managementState": "Managed", "customCABundle": ""},
    }
    if mesh:
        spec["serviceMesh"] = {"managementState": ManagementState.MANAGED.value}
    return {
        "apiVersion": f"{dscinitialization.GROUP}/{dscinitialization.VERSION}",
        "kind": dscinitialization.KIND,
        "metadata": {"name": NAME},
        "spec": spec,
    }
