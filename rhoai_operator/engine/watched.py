"""Everything the operator watches: the custom resources, and what it made of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core import trim
from rhoai_operator.core.backends import SERVICE_NAME, has_endpoints
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.engine.informer import Informer, OnChange
from rhoai_operator.engine.owned import Owned
from rhoai_operator.engine.served import OnServed, Served
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.warnings import Warnings
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile import store
from rhoai_operator.reconcile.platform import ENDPOINTS, Intent
from rhoai_operator.reconcile.ruling import ruling

DSC = Kind(datasciencecluster.GROUP, datasciencecluster.VERSION, datasciencecluster.KIND)
DSCI = Kind(dscinitialization.GROUP, dscinitialization.VERSION, dscinitialization.KIND)
POD = Kind("", "v1", "Pod")
CONFIG_MAP = Kind("", "v1", "ConfigMap")
SILENCE_SECONDS = 420.0
"""An informer that gives no sign of life for so long is not alive."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told of what.

    Attributes:
        intent: a custom resource has changed.
        owned: an object that carries our label has changed.
        pod: a pod of a component has changed.
        inventory: an inventory's ConfigMap has changed.
        served: kinds are served since, or no longer.
    """

    intent: Callable[[], None]
    owned: OnChange
    pod: OnChange
    inventory: OnChange
    served: OnServed


class Watched:
    """The informers and what follows from them.

    The ruling objects are the same values until what users want changes.

    Args:
        labels: values of ``app.kubernetes.io/part-of`` on the pods of components.
        namespace: the operator's, where the inventories are.
    """

    def __init__(
        self,
        cluster: Cluster,
        labels: Iterable[str],
        namespace: str,
        *,
        listeners: Listeners,
        supervisor: Supervisor,
        metrics: Metrics,
    ) -> None:
        def warned(_namespace: str, _pod: str) -> None:
            listeners.pod(None, None)

        def informer(selection: Selection, on_change: OnChange) -> Informer:
            return Informer(
                cluster,
                selection,
                keep=trim.pod if selection.kind == POD else trim.whole,
                on_change=on_change,
                metrics=metrics,
            )

        part_of = f"app.kubernetes.io/part-of in ({','.join(sorted(labels))})"
        inventories = Selection(CONFIG_MAP, namespace=namespace, labels=store.LABEL, brief=True)
        self.dscs = informer(Selection(DSC), self._intent_changed)
        self.dscis = informer(Selection(DSCI), self._intent_changed)
        self.pods = informer(Selection(POD, labels=part_of), listeners.pod)
        self.inventories = informer(inventories, listeners.inventory)
        self.cluster = cluster
        self._listeners = listeners
        self._intent, self._is_intent_old = Intent(), True
        self.owned = Owned(cluster, supervisor, listeners.owned, metrics)
        self.served = Served(cluster, listeners.served, metrics)
        self.warnings = Warnings(cluster, self._is_ours, on_change=warned, metrics=metrics)
        self._fixed = (self.dscs, self.dscis, self.pods, self.inventories)
        self._supervisor = supervisor

    def start(self) -> None:
        """Start watching."""
        for informer in self._fixed:
            self._supervisor.start(f"informer {informer.selection.kind}", informer.run)
        self.served.start(self._supervisor)

    def expect_warnings(self, namespace: str) -> None:
        """Follow what is warned of in a namespace, too: there is a pod of ours in it."""
        if namespace not in self.warnings.informers:
            self.warnings.follow({*self.warnings.informers, namespace}, self._supervisor)

    def _intent_changed(self, _before: Manifest | None, _after: Manifest | None) -> None:
        self._is_intent_old = True
        self._listeners.intent()

    def _is_ours(self, namespace: str, pod: str) -> bool:
        return self.pods.get(namespace, pod) is not None

    async def synced(self) -> None:
        """Wait until every first list is in, and it is known what is served."""
        lists = (informer.listed.wait() for informer in self._fixed)
        await asyncio.gather(self.served.known(), *lists)

    @property
    def is_synced(self) -> bool:
        """Whether every first list is in."""
        return all(informer.listed.is_set() for informer in self._fixed)

    @property
    def is_alive(self) -> bool:
        """Whether every informer has given a sign of life lately."""
        now = time.monotonic()
        return all(now - informer.heard < SILENCE_SECONDS for informer in self.informers)

    @property
    def informers(self) -> tuple[Informer, ...]:
        """All that are at work."""
        owned = self.owned.informers.values()
        warned = self.warnings.informers.values()
        return (*self._fixed, *self.served.informers, *owned, *warned)

    def intent(self) -> Intent:
        """Read what users want now: the oldest object of each kind."""
        if self._is_intent_old:
            self._is_intent_old = False
            found = Intent(
                ruling(map(datasciencecluster.parse, self.dscs)),
                ruling(map(dscinitialization.parse, self.dscis)),
            )
            if found != self._intent:  # most changes are of status
                self._intent = found
        return self._intent

    def custom_resources(self, kind: str) -> Informer:
        """Return the informer of DataScienceClusters or of DSCInitializations."""
        return self.dscs if kind == DSC.kind else self.dscis

    def refresh(self, live: Manifest) -> None:
        """Take in a custom resource whose status we have just written."""
        self.custom_resources(live["kind"]).took(live)

    def answers(self, namespace: str, name: str) -> bool:
        """Tell whether a Service has a ready endpoint; one that is not ours is believed to."""
        if self.owned.get(ObjectRef("", "Service", namespace, name, "v1")) is None:
            return True
        return has_endpoints(
            found
            for found in self.owned.of(ENDPOINTS)
            if found["metadata"]["namespace"] == namespace
            and found["metadata"].get("labels", {}).get(SERVICE_NAME) == name
        )
