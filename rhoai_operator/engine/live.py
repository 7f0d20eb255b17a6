"""How objects are right now, from informers instead of requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.backends import backends
from rhoai_operator.core.changes import Action
from rhoai_operator.core.health import Assessment, Health, assess
from rhoai_operator.core.objects import WEBHOOKS, Manifest, ObjectRef
from rhoai_operator.core.report import Outcome
from rhoai_operator.engine.watched import Watched

CURRENT = Assessment(Health.CURRENT)


class LiveHealth:
    """Brings the health in an outcome up to date.

    Kinds that no informer follows stay as the last apply answered.
    """

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._current: dict[ObjectRef, Manifest] = {}

    def refreshed(self, outcome: Outcome) -> Outcome:
        """Return ``outcome`` with the health of its objects as it is now."""
        owned = self._watched.owned
        known = [ref for ref in outcome.health if owned.follows(Kind.of(ref))]
        fresh = {ref: self._assessed(ref, outcome) for ref in known}
        return replace(outcome, health={**outcome.health, **fresh})

    def _assessed(self, ref: ObjectRef, outcome: Outcome) -> Assessment:
        watched = self._watched
        live, defines = watched.owned.get(ref), outcome.defines.get(ref)
        if live is None:
            self._current.pop(ref, None)
            return outcome.health[ref] if _is_left_alone(ref, outcome) else assess(None)
        if self._current.get(ref) is live:
            return CURRENT
        called = backends(live) if ref.kind in WEBHOOKS else ()
        verdict = assess(
            live,
            served=None if defines is None else defines <= watched.served.kinds,
            unbacked=[backend for backend in called if not watched.answers(*backend)],
        )
        if verdict == CURRENT and defines is None and not called:
            self._current[ref] = live  # it stays so until it is replaced by another version
        pods = list(pods_of(live, watched.pods)) if verdict.health is not Health.CURRENT else ()
        return assess(live, pods, watched.warnings.of(pods)) if pods else verdict


def _is_left_alone(ref: ObjectRef, outcome: Outcome) -> bool:
    """Tell whether it is the user's, who may have taken our labels off."""
    return any(c.ref == ref and c.action is Action.SKIPPED for c in outcome.changes)


def pods_of(workload: Manifest, pods: Iterable[Manifest]) -> Iterator[Manifest]:
    """Choose the pods that a workload's selector matches."""
    namespace = workload["metadata"].get("namespace", "")
    selector = (workload.get("spec") or {}).get("selector") or {}
    wanted: Mapping[str, str] = selector.get("matchLabels") or {}
    for pod in pods if wanted else ():
        labels = pod["metadata"].get("labels") or {}
        if pod["metadata"].get("namespace") == namespace and wanted.items() <= labels.items():
            yield pod
