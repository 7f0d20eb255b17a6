"""The one writer of ``status``: coalesced, and silent when nothing changed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from rhoai_operator.cluster.errors import ClusterError, Missing
from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.conditions import conditions_of
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.report import Report
from rhoai_operator.engine.events import Recorder
from rhoai_operator.engine.notices import notices
from rhoai_operator.reconcile.succession import inherit

COALESCE_SECONDS = 0.3
"""How long changes are gathered before they are written."""
BUSY_SECONDS = 0.75
"""Between writes while changes go on."""
RETRY_SECONDS = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """A custom resource as it is, and what its status should say."""

    live: Manifest
    report: Report


Compose: TypeAlias = Callable[[], Iterable[Due]]
"""Says what every custom resource's status should be now."""


class StatusWriter:
    """Writes what ``compose`` says whenever somebody thinks it has changed."""

    def __init__(
        self,
        cluster: Cluster,
        compose: Compose,
        recorder: Recorder,
        written: Callable[[Manifest], None],
    ) -> None:
        self._cluster = cluster
        self._compose = compose
        self._recorder = recorder
        self._written = written
        self._poked = asyncio.Event()
        self._composed = float("-inf")
        self._inherited: set[str] = set()

    def poke(self) -> None:
        """Something that status rests on may have changed."""
        self._poked.set()

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._poked.wait()
            busy = self._composed + BUSY_SECONDS - time.monotonic()
            await asyncio.sleep(max(COALESCE_SECONDS, busy))
            self._poked.clear()
            self._composed = time.monotonic()
            for due in tuple(self._compose()):
                await self._write(due)

    async def _write(self, due: Due) -> None:
        status = due.report.to_status()
        if says(due.live, status):
            return
        identity = {key: due.live[key] for key in ("apiVersion", "kind")}
        name = due.live["metadata"]["name"]
        body = {**identity, "metadata": {"name": name}, "status": status}
        try:
            await self._inherit(due.live, status)
            applied = await self._cluster.apply(body, subresource="status")
        except Missing:  # it has just been deleted
            return
        except ClusterError as error:
            log.warning("status of %s %s was not taken: %s", due.live["kind"], name, error)
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self.poke)
            return
        self._written({**identity, **applied.live})
        for notice in notices(conditions_of(due.live), due.report.conditions):
            self._recorder.record(due.live, action="Reconcile", **notice.fields)

    async def _inherit(self, live: Manifest, status: Mapping[str, Any]) -> None:
        """Have what the Go operator left in the status go with the next write."""
        uid, own = live["metadata"]["uid"], {c["type"] for c in status["conditions"]}
        strange = {c.type for c in conditions_of(live)} - own - _PASSING_TYPES
        if strange and uid not in self._inherited:
            if fresh := await self._cluster.get(ObjectRef.of(live)):
                await inherit(self._cluster, fresh, live["metadata"]["name"], "status")
            self._inherited.add(uid)


_PASSING_TYPES = frozenset({"Reconciling", "Stalled"})


def says(live: Manifest, status: Mapping[str, Any]) -> bool:
    """Tell whether an object's status says all of ``status`` already.

    Conditions are compared by type; those of other writers do not count.
    """
    there = live.get("status") or {}
    flat = {key: value for key, value in status.items() if key != "conditions"}
    if any(there.get(key) != value for key, value in flat.items()):
        return False
    wanted = {c["type"]: c for c in status["conditions"]}
    ours = wanted.keys() | _PASSING_TYPES
    found = {c["type"]: c for c in there.get("conditions") or () if c.get("type") in ours}
    return bool(found == wanted)
