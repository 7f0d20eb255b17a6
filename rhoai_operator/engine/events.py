"""Kubernetes Events about the custom resources: what changed, once, in the standard form."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from datetime import datetime

from rhoai_operator.cluster.errors import ClusterError
from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.objects import Manifest

NAMESPACE = "default"
"""Where events about cluster-scoped objects live."""
NOTE_LIMIT = 1024

log = logging.getLogger(__name__)


WAITING = 500
"""Events that wait to be posted at most; more are dropped."""


class Recorder:
    """Posts events, one after the other; a failure to do so is logged and stops nothing.

    Args:
        instance: the name of this replica.
    """

    def __init__(self, cluster: Cluster, instance: str, clock: Callable[[], datetime]) -> None:
        self._cluster = cluster
        self._instance = instance
        self._clock = clock
        self._waiting: asyncio.Queue[Manifest] = asyncio.Queue(WAITING)

    def record(
        self, regarding: Manifest, *, reason: str, note: str, action: str, warning: bool = False
    ) -> None:
        """Have one event posted, soon.

        Args:
            regarding: the custom resource, with its uid.
            reason: CamelCase word, such as ``Created``.
            action: CamelCase word for what the operator was doing, such as ``Reconcile``.
        """
        metadata, kind = regarding["metadata"], regarding["kind"]
        event = {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {
                "name": f"{metadata['name']}.{secrets.token_hex(8)}",
                "namespace": NAMESPACE,
            },
            "regarding": {
                "apiVersion": regarding["apiVersion"],
                "kind": kind,
                "name": metadata["name"],
                "uid": metadata["uid"],
                "resourceVersion": metadata.get("resourceVersion", ""),
            },
            "reason": reason,
            "note": note if len(note) <= NOTE_LIMIT else f"{note[: NOTE_LIMIT - 1]}…",
            "action": action,
            "type": "Warning" if warning else "Normal",
            "eventTime": self._clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "reportingController": f"rhoai-operator.opendatahub.io/{kind.lower()}",
            "reportingInstance": self._instance,
        }
        if self._waiting.full():
            log.warning("event %s about %s %s was dropped", reason, kind, metadata["name"])
        else:
            self._waiting.put_nowait(event)

    async def run(self) -> None:
        """Post for ever."""
        while True:
            event = await self._waiting.get()
            try:
                await self._cluster.create(event)
            except ClusterError as error:
                log.warning("event %s was not taken: %s", event["reason"], error)
