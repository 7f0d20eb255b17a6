"""Values that components read from the cluster, followed so that a change is noticed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any

from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.values import ObjectValue, Value, read_values
from rhoai_operator.engine.informer import Informer
from rhoai_operator.engine.owned import FIRST_LIST_SECONDS
from rhoai_operator.engine.supervisor import Supervisor, Task
from rhoai_operator.metrics import Metrics


class Values:
    """Follows single objects, each by a watch of its own.

    Args:
        on_change: told the names of the components that read an object that has changed.
    """

    def __init__(
        self,
        cluster: Cluster,
        supervisor: Supervisor,
        on_change: Callable[[Iterable[str]], None],
        metrics: Metrics,
    ) -> None:
        self._cluster = cluster
        self._supervisor = supervisor
        self._on_change = on_change
        self._metrics = metrics
        self._wanted: dict[str, frozenset[ObjectRef]] = {}
        self._informers: dict[ObjectRef, Informer] = {}
        self._tasks: dict[ObjectRef, Task] = {}

    @property
    def informers(self) -> tuple[Informer, ...]:
        """Those at work."""
        return tuple(self._informers.values())

    async def follow(
        self, component: str, values: Iterable[Value], served: Collection[Kind]
    ) -> None:
        """Follow what a component reads, where its kind is served; wait for it to be known."""
        refs = {value.ref for value in values if isinstance(value, ObjectValue)}
        self._wanted[component] = frozenset(ref for ref in refs if Kind.of(ref) in served)
        everything = frozenset[ObjectRef]().union(*self._wanted.values())
        for ref in self._informers.keys() - everything:
            self._tasks.pop(ref).cancel()
            del self._informers[ref]
        for ref in sorted(everything - self._informers.keys()):
            informer = self._informers[ref] = self._informer(ref)
            self._tasks[ref] = self._supervisor.start(f"value {ref}", informer.run)
        lists = [self._informers[ref].listed.wait() for ref in self._wanted[component]]
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LIST_SECONDS):
                await asyncio.gather(*lists)

    def read(self, values: Iterable[Value], served: Collection[Kind]) -> dict[str, Any]:
        """Return those of ``values`` that are there, by name."""
        return read_values(values, self._live(), served)

    def _live(self) -> Mapping[ObjectRef, Manifest | None]:
        return {ref: i.get(ref.namespace, ref.name) for ref, i in self._informers.items()}

    def _informer(self, ref: ObjectRef) -> Informer:
        def changed(_before: Manifest | None, _after: Manifest | None) -> None:
            self._on_change([name for name, refs in self._wanted.items() if ref in refs])

        fields = f"metadata.name={ref.name}"
        return Informer(
            self._cluster,
            Selection(Kind.of(ref), namespace=ref.namespace, fields=fields),
            on_change=changed,
            metrics=self._metrics,
        )
