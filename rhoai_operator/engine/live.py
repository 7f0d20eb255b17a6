"""How objects are right now, from informers instead of requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from rhoai_operator.core.health import Assessment, assess
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.report import Outcome
from rhoai_operator.engine.informer import Informer


class LiveHealth:
    """Brings the health in an outcome up to date.

    Kinds that no informer follows stay as the last apply answered.
    """

    def __init__(self, informers: Iterable[Informer], pods: Informer) -> None:
        self._informers = {informer.kind.kind: informer for informer in informers}
        self._pods = pods

    def refreshed(self, outcome: Outcome) -> Outcome:
        """Return ``outcome`` with the health of its objects as it is now."""
        fresh = {ref: self._assess(ref) for ref in outcome.health if ref.kind in self._informers}
        return replace(outcome, health={**outcome.health, **fresh})

    def _assess(self, ref: ObjectRef) -> Assessment:
        live = self._informers[ref.kind].get(ref.namespace, ref.name)
        return assess(live, pods_of(live, self._pods) if live else ())


def pods_of(workload: Manifest, pods: Iterable[Manifest]) -> Iterator[Manifest]:
    """Choose the pods that a workload's selector matches."""
    namespace = workload["metadata"].get("namespace", "")
    selector = (workload.get("spec") or {}).get("selector") or {}
    wanted: Mapping[str, str] = selector.get("matchLabels") or {}
    for pod in pods if wanted else ():
        labels = pod["metadata"].get("labels") or {}
        if pod["metadata"].get("namespace") == namespace and wanted.items() <= labels.items():
            yield pod
