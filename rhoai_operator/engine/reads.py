"""What components read and do not own, followed so that a change is noticed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import TypeAlias

from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core import trim
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.values import ListedKind
from rhoai_operator.engine.informer import Informer, Keep
from rhoai_operator.engine.owned import first_lists
from rhoai_operator.engine.supervisor import Supervisor, Task
from rhoai_operator.metrics import Metrics

Wanted: TypeAlias = ObjectRef | ListedKind
"""A single object, or parts of all objects of a kind."""


class Reads:
    """Follows single objects, and parts of all objects of some kinds, each by its own watch.

    Args:
        on_change: told the names of the components that read what has changed.
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
        self._wanted: dict[str, frozenset[Wanted]] = {}
        self._informers: dict[Wanted, Informer] = {}
        self._tasks: dict[Wanted, Task] = {}

    @property
    def informers(self) -> tuple[Informer, ...]:
        """Those at work."""
        return tuple(self._informers.values())

    async def follow(
        self, component: str, wanted: Iterable[Wanted], served: Collection[Kind]
    ) -> None:
        """Follow what a component reads, where its kind is served; wait for it to be known."""
        self._wanted[component] = frozenset(item for item in wanted if _kind(item) in served)
        everything = frozenset[Wanted]().union(*self._wanted.values())
        for item in self._informers.keys() - everything:
            self._tasks.pop(item).cancel()
            del self._informers[item]
        for item in sorted(everything - self._informers.keys(), key=str):
            informer = self._informers[item] = self._informer(item)
            self._tasks[item] = self._supervisor.start(f"value {item}", informer.run)
        await first_lists(self._informers[item] for item in self._wanted[component])

    def get(self, ref: ObjectRef) -> Manifest | None:
        """Return an object as it was last seen; None if it is absent, or not followed."""
        informer = self._informers.get(ref)
        return informer.get(ref.namespace, ref.name) if informer else None

    def every(self, listed: ListedKind) -> tuple[Manifest, ...]:
        """Return what is kept of all objects of a kind; none where it is not followed."""
        return tuple(self._informers.get(listed) or ())

    def follows(self, ref: ObjectRef) -> bool:
        """Tell whether it is known how the object is, or that there is none."""
        return ref in self._informers and self._informers[ref].listed.is_set()

    def _informer(self, item: Wanted) -> Informer:
        def changed(before: Manifest | None, after: Manifest | None) -> None:
            if not (before and after and trim.same(before, after)):
                self._on_change([name for name, wanted in self._wanted.items() if item in wanted])

        selection, keep = _selected(item)
        return Informer(
            self._cluster, selection, keep=keep, on_change=changed, metrics=self._metrics
        )


def _kind(item: Wanted) -> Kind:
    return Kind(*item.kind) if isinstance(item, ListedKind) else Kind.of(item)


def _selected(item: Wanted) -> tuple[Selection, Keep]:
    if isinstance(item, ListedKind):
        return Selection(_kind(item)), partial(trim.parts, paths=item.keep)
    only = f"metadata.name={item.name}"
    return Selection(_kind(item), namespace=item.namespace, fields=only), trim.whole
