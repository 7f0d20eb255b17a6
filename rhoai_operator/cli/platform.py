"""What a cluster says of the platform: custom resources, workloads, and the platform it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.api.datasciencecluster import DataScienceCluster
from rhoai_operator.api.dscinitialization import DSCInitialization
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.platforms import Platform
from rhoai_operator.cli.session import Session
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import Manifest
from rhoai_operator.engine.ruling import ruling

DSC = Kind(datasciencecluster.GROUP, datasciencecluster.VERSION, datasciencecluster.KIND)
DSCI = Kind(dscinitialization.GROUP, dscinitialization.VERSION, dscinitialization.KIND)
DEPLOYMENT = Kind("apps", "v1", "Deployment")
OURS = "app.kubernetes.io/managed-by=rhoai-operator"


@dataclass(frozen=True, slots=True)
class Found:
    """What there is.

    Attributes:
        dscs: all DataScienceClusters.
        dscis: all DSCInitializations.
        deployments: those of components.
    """

    dscs: tuple[Manifest, ...]
    dscis: tuple[Manifest, ...]
    deployments: tuple[Manifest, ...]
    platform: Platform

    @property
    def dsc(self) -> Manifest | None:
        """The DataScienceCluster that rules."""
        return _ruling(self.dscs)

    @property
    def dsci(self) -> Manifest | None:
        """The DSCInitialization that rules."""
        return _ruling(self.dscis)

    def parsed(self) -> tuple[DataScienceCluster | None, DSCInitialization | None]:
        """Read those that rule, as the operator does."""
        dsc, dsci = self.dsc, self.dsci
        return (
            datasciencecluster.parse(dsc) if dsc else None,
            dscinitialization.parse(dsci) if dsci else None,
        )

    def state(self, component: ComponentDefinition) -> str:
        """Return what is asked of a component; of a shared one, what its users add up to."""
        dsc = self.dsc
        if not dsc:
            return "-"
        given = (dsc.get("spec") or {}).get("components") or {}
        names = component.shared_by or {component.name}
        states = {(given.get(name) or {}).get("managementState") or "Removed" for name in names}
        return next((s for s in ("Managed", "Unmanaged") if s in states), "Removed")

    def workloads(self, component: ComponentDefinition) -> tuple[Manifest, ...]:
        """Return the Deployments of a component."""
        label = f"app.opendatahub.io/{component.label_on(self.platform.id)}"
        return tuple(
            d for d in self.deployments if (d["metadata"].get("labels") or {}).get(label) == "true"
        )


async def look(session: Session) -> Found:
    """Ask the cluster."""
    dscs, dscis, deployments = await asyncio.gather(
        session.all_of(DSC), session.all_of(DSCI), session.all_of(DEPLOYMENT, labels=OURS)
    )
    platforms = session.catalog.platforms
    released = {condition_release(item) for item in (*dscs, *dscis)}
    default = next(iter(platforms.values()))
    platform = next((p for p in platforms.values() if p.name in released), default)
    return Found(tuple(dscs), tuple(dscis), tuple(deployments), platform)


def condition_release(live: Manifest) -> str:
    """Return the platform that an object's status names; empty if none."""
    return str(((live.get("status") or {}).get("release") or {}).get("name") or "")


def release_of(live: Manifest | None) -> tuple[str, ...]:
    """Return the platform and the version of the operator that an object's status names."""
    release = ((live or {}).get("status") or {}).get("release") or {}
    return tuple(filter(None, (release.get("name"), release.get("version"))))


def conditions(live: Manifest | None) -> Mapping[str, Mapping[str, Any]]:
    """Return an object's conditions by type."""
    found = ((live or {}).get("status") or {}).get("conditions") or ()
    return {item["type"]: item for item in found}


def _ruling(objects: tuple[Manifest, ...]) -> Manifest | None:
    names = {item["metadata"]["name"]: item for item in objects}
    first = ruling(map(datasciencecluster.parse, objects))
    return names[first.metadata.name] if first else None
