"""Live copies of what components own: one watch for each kind that is really owned."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core import trim
from rhoai_operator.core.objects import DEFINITION, Manifest, ObjectRef
from rhoai_operator.engine.informer import Informer, OnChange
from rhoai_operator.engine.supervisor import Supervisor, Task
from rhoai_operator.metrics import Metrics

OURS = "app.kubernetes.io/managed-by=rhoai-operator"
FIRST_LIST_SECONDS = 5.0
"""How long a component waits for a kind's first list; then it goes on without knowing."""


async def first_lists(informers: Iterable[Informer]) -> None:
    """Wait until first lists are in, but for no informer longer than some seconds altogether."""
    for informer in informers:
        left = informer.born + FIRST_LIST_SECONDS - time.monotonic()
        if left > 0 and not informer.listed.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await informer.listed.wait()


class Owned:
    """Follows all objects that carry our label, of the kinds that components want.

    Args:
        on_change: told of every change of an object that carries our label.
    """

    def __init__(
        self, cluster: Cluster, supervisor: Supervisor, on_change: OnChange, metrics: Metrics
    ) -> None:
        self._cluster = cluster
        self._supervisor = supervisor
        self._on_change = on_change
        self._metrics = metrics
        self._wanted: dict[str, frozenset[Kind]] = {}
        self._informers: dict[Kind, Informer] = {}
        self._tasks: dict[Kind, Task] = {}

    async def follow(self, component: str, kinds: frozenset[Kind]) -> None:
        """Follow these kinds for a component, and those that others want; wait for first lists."""
        self._wanted[component] = kinds
        everything = frozenset[Kind]().union(*self._wanted.values())
        for kind in self._informers.keys() - everything:
            self._tasks.pop(kind).cancel()
            del self._informers[kind]
        for kind in sorted(kinds - self._informers.keys()):
            informer = self._informers[kind] = self._informer(kind)
            self._tasks[kind] = self._supervisor.start(f"informer {kind}", informer.run)
        await first_lists(self._informers[kind] for kind in kinds)

    def get(self, ref: ObjectRef) -> Manifest | None:
        """Return an object that carries our label as it was last seen."""
        informer = self._informers.get(Kind.of(ref))
        return informer.get(ref.namespace, ref.name) if informer else None

    def follows(self, kind: Kind) -> bool:
        """Tell whether all objects of a kind that carry our label are known."""
        informer = self._informers.get(kind)
        return informer is not None and informer.listed.is_set()

    def of(self, kind: Kind) -> Iterator[Manifest]:
        """Go through all objects of a kind that carry our label."""
        return iter(self._informers.get(kind, ()))

    def took(self, live: Manifest) -> None:
        """Take in how an object is after a request of ours."""
        informer = self._informers.get(Kind.of(ObjectRef.of(live)))
        if informer is not None:  # one that knows of nothing yet counts as False
            informer.took(live)

    @property
    def informers(self) -> Mapping[Kind, Informer]:
        """Those at work."""
        return self._informers

    def _informer(self, kind: Kind) -> Informer:
        selection = Selection(kind, labels=OURS, brief=kind.kind == DEFINITION)
        return Informer(
            self._cluster,
            selection,
            keep=trim.owned,
            on_change=self._on_change,
            metrics=self._metrics,
        )
