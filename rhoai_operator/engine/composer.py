"""Composes the status of every custom resource from attempts and live workloads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator

from rhoai_operator.api.metadata import Metadata
from rhoai_operator.core.conditions import conditions_of
from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.report import Report
from rhoai_operator.engine.attempts import Attempts, Stamp
from rhoai_operator.engine.live import LiveHealth
from rhoai_operator.engine.reporter import Before, Reporter, Standings
from rhoai_operator.engine.status import Due
from rhoai_operator.engine.watched import DSC, DSCI, Watched
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.platform import Intent, Plan

PATIENCE_SECONDS = 2.0
"""How long status waits for every component to be attempted after a change of intent."""


class Composer:
    """Says what every custom resource's status should be now, in ``due``.

    Args:
        poke: has ``due`` called again.

    Attributes:
        ready: names of the components that were Ready when last composed.
    """

    def __init__(
        self,
        reporter: Reporter,
        plan: Plan,
        watched: Watched,
        attempts: Attempts,
        *,
        poke: Callable[[], None],
        metrics: Metrics,
    ) -> None:
        self.ready: frozenset[str] = frozenset()
        self._reporter = reporter
        self._plan = plan
        self._watched = watched
        self._attempts = attempts
        self._poke = poke
        self._metrics = metrics
        self._live = LiveHealth(watched)
        self._stamp = Stamp()
        self._since = time.monotonic()

    def due(self) -> Iterator[Due]:
        """Compose them all; those of components not attempted yet wait for some seconds."""
        if not self._watched.is_synced:
            return
        intent = self._watched.intent()
        stamp = Stamp.of(intent)
        if stamp != self._stamp:
            self._stamp, self._since = stamp, time.monotonic()
        newest = self._attempts.outcomes(stamp)
        outcomes = {name: self._live.refreshed(outcome) for name, outcome in newest.items()}
        standings = {
            kind: self._reporter.standings(kind, lambda name: self._plan(name, intent), outcomes)
            for kind in (DSCI.kind, DSC.kind)
        }
        self.ready = self._measure(standings.values())
        self._metrics.forget_conditions()
        for kind, standing in standings.items():
            ready = self._is_time_for(kind, stamp)
            for live in self._watched.custom_resources(kind):
                report = self._report(kind, live, intent, standing) if ready else None
                found = report.conditions if report else conditions_of(live)
                statuses = {condition.type: condition.status.value for condition in found}
                self._metrics.conditions(kind, live["metadata"]["name"], statuses)
                if report:
                    yield Due(live, report)

    def _is_time_for(self, kind: str, stamp: Stamp) -> bool:
        names = [d.name for d in self._reporter.planner.catalog.owned_by(kind)]
        left = self._since + PATIENCE_SECONDS - time.monotonic()
        if left <= 0 or self._attempts.conclusive(names, stamp):
            return True
        asyncio.get_running_loop().call_later(left, self._poke)
        return False

    def _report(self, kind: str, live: Manifest, intent: Intent, standings: Standings) -> Report:
        metadata = Metadata.of(live)
        before = Before(metadata.generation, conditions_of(live))
        first = intent.dsc if kind == DSC.kind else intent.dsci
        if first is None or first.metadata.uid != metadata.uid:
            name = first.metadata.name if first else ""
            return self._reporter.on_duplicate(kind, name, before)
        if kind == DSC.kind:
            return self._reporter.on_dsc(standings, before)
        return self._reporter.on_dsci(standings, intent, before)

    def _measure(self, found: Iterable[Standings]) -> frozenset[str]:
        everything = {name: standing for part in found for name, standing in part.items()}
        for name, standing in everything.items():
            self._metrics.component(name, managed=standing.managed, ready=standing.ready)
        return frozenset(name for name, standing in everything.items() if standing.ready)
