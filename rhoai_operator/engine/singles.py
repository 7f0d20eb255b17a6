"""Single objects that components read and do not own, followed so that a change is noticed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core import trim
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.engine.informer import Informer
from rhoai_operator.engine.owned import first_lists
from rhoai_operator.engine.supervisor import Supervisor, Task
from rhoai_operator.metrics import Metrics


class Singles:
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
        self, component: str, refs: Iterable[ObjectRef], served: Collection[Kind]
    ) -> None:
        """Follow what a component reads, where its kind is served; wait for it to be known."""
        self._wanted[component] = frozenset(ref for ref in refs if Kind.of(ref) in served)
        everything = frozenset[ObjectRef]().union(*self._wanted.values())
        for ref in self._informers.keys() - everything:
            self._tasks.pop(ref).cancel()
            del self._informers[ref]
        for ref in sorted(everything - self._informers.keys()):
            informer = self._informers[ref] = self._informer(ref)
            self._tasks[ref] = self._supervisor.start(f"value {ref}", informer.run)
        await first_lists(self._informers[ref] for ref in self._wanted[component])

    def get(self, ref: ObjectRef) -> Manifest | None:
        """Return an object as it was last seen; None if it is absent, or not followed."""
        informer = self._informers.get(ref)
        return informer.get(ref.namespace, ref.name) if informer else None

    def follows(self, ref: ObjectRef) -> bool:
        """Tell whether it is known how the object is, or that there is none."""
        return ref in self._informers and self._informers[ref].listed.is_set()

    def _informer(self, ref: ObjectRef) -> Informer:
        def changed(_before: Manifest | None, _after: Manifest | None) -> None:
            self._on_change([name for name, refs in self._wanted.items() if ref in refs])

        fields = f"metadata.name={ref.name}"
        return Informer(
            self._cluster,
            Selection(Kind.of(ref), namespace=ref.namespace, fields=fields),
            keep=trim.whole,
            on_change=changed,
            metrics=self._metrics,
        )
