"""Everything the operator watches: the custom resources, and what it made of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.cluster.port import Cluster, Kind
from rhoai_operator.core.objects import Manifest
from rhoai_operator.engine.informer import Informer, OnChange
from rhoai_operator.engine.ruling import ruling
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.platform import Intent

DSC = Kind(datasciencecluster.GROUP, datasciencecluster.VERSION, datasciencecluster.KIND)
DSCI = Kind(dscinitialization.GROUP, dscinitialization.VERSION, dscinitialization.KIND)
_DEFINITION = Kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
OURS = "app.kubernetes.io/managed-by=rhoai-operator"
SILENCE_SECONDS = 420.0
"""An informer that hears nothing for so long, not even a bookmark, is not alive."""


class Watched:
    """The informers and what follows from them."""

    def __init__(
        self,
        cluster: Cluster,
        labels: Iterable[str],
        *,
        on_intent: Callable[[], None],
        on_workload: OnChange,
        metrics: Metrics,
    ) -> None:
        def intent_changed(_before: Manifest | None, _after: Manifest | None) -> None:
            on_intent()

        def informer(
            kind: Kind, on_change: OnChange, labels: str = "", without: frozenset[str] = frozenset()
        ) -> Informer:
            return Informer(
                cluster, kind, labels=labels, without=without, on_change=on_change, metrics=metrics
            )

        part_of = f"app.kubernetes.io/part-of in ({','.join(sorted(labels))})"
        self.dscs = informer(DSC, intent_changed)
        self.dscis = informer(DSCI, intent_changed)
        self.deployments = informer(Kind("apps", "v1", "Deployment"), on_workload, OURS)
        self.pods = informer(Kind("", "v1", "Pod"), on_workload, part_of)
        self.definitions = informer(_DEFINITION, on_workload, OURS, frozenset({"spec"}))
        self._all = (self.dscs, self.dscis, self.deployments, self.pods, self.definitions)

    def start(self, supervisor: Supervisor) -> None:
        """Start watching."""
        for informer in self._all:
            supervisor.start(f"informer {informer.kind}", informer.run)

    async def synced(self) -> None:
        """Wait until every first list is in."""
        await asyncio.gather(*(informer.synced.wait() for informer in self._all))

    @property
    def is_synced(self) -> bool:
        """Whether every first list is in."""
        return all(informer.synced.is_set() for informer in self._all)

    @property
    def is_alive(self) -> bool:
        """Whether every informer has given a sign of life lately."""
        return all(time.monotonic() - i.heard < SILENCE_SECONDS for i in self._all)

    def intent(self) -> Intent:
        """Read what users want now: the oldest object of each kind."""
        return Intent(
            ruling(map(datasciencecluster.parse, self.dscs)),
            ruling(map(dscinitialization.parse, self.dscis)),
        )

    def custom_resources(self, kind: str) -> Informer:
        """Return the informer of DataScienceClusters or of DSCInitializations."""
        return self.dscs if kind == DSC.kind else self.dscis

    def refresh(self, live: Manifest) -> None:
        """Take in a custom resource whose status we have just written."""
        self.custom_resources(live["kind"]).refresh(live)
