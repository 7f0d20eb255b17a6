"""What Kubernetes warns of about our pods: the newest Event of each."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.quoting import said
from rhoai_operator.engine.informer import Informer
from rhoai_operator.engine.supervisor import Supervisor, Task
from rhoai_operator.metrics import Metrics

EVENT = Kind("", "v1", "Event")
FIELDS = "type=Warning,involvedObject.kind=Pod"
LIMIT = 500
"""Pods of which a warning is kept; those warned of and asked for longest ago are dropped."""


@dataclass(frozen=True, slots=True)
class _Warning:
    """The newest Event of a pod: how it reads, and how often it came."""

    uid: str
    version: int
    text: str
    count: int

    def __str__(self) -> str:
        return f"{self.text} (x{self.count})" if self.count > 1 else self.text


class Warnings:
    """Follows Events of type Warning, and keeps the newest of each pod that is ours.

    An informer of Events stores none of them: what is kept is kept here, and bounded.

    Args:
        is_ours: tells by namespace and name whether a pod is there and ours. It has to know them
            before ``follow``: an Event of a pod that is not known yet is passed over.
        on_change: told namespace and name of a pod that is warned of something else than before;
            that the same has happened again is no change.
    """

    def __init__(
        self,
        cluster: Cluster,
        is_ours: Callable[[str, str], bool],
        *,
        on_change: Callable[[str, str], None],
        metrics: Metrics,
    ) -> None:
        self._cluster = cluster
        self._is_ours = is_ours
        self._on_change = on_change
        self._metrics = metrics
        self._newest: OrderedDict[tuple[str, str], _Warning] = OrderedDict()
        self._informers: dict[str, Informer] = {}
        self._tasks: dict[str, Task] = {}

    def __len__(self) -> int:
        """Count the pods of which a warning is kept."""
        return len(self._newest)

    @property
    def informers(self) -> Mapping[str, Informer]:
        """Those at work, by namespace."""
        return self._informers

    def follow(self, namespaces: Iterable[str], supervisor: Supervisor) -> None:
        """Follow Events in these namespaces, and no longer in others."""
        wanted = frozenset(namespaces)
        for gone in self._informers.keys() - wanted:
            self._tasks.pop(gone).cancel()
            del self._informers[gone]
        self._drop(lambda namespace, _: namespace not in wanted)
        for namespace in sorted(wanted - self._informers.keys()):
            informer = self._informers[namespace] = self._informer(namespace)
            self._tasks[namespace] = supervisor.start(f"warnings in {namespace}", informer.run)

    def newest(self, namespace: str, pod: str) -> str:
        """Return a pod's newest warning as ``Reason: message (x5)``; ``""`` if there is none."""
        key = (namespace, pod)
        if key not in self._newest:
            return ""
        if not self._is_ours(namespace, pod):
            del self._newest[key]
            return ""
        self._newest.move_to_end(key)
        return str(self._newest[key])

    def of(self, pods: Iterable[Manifest]) -> Mapping[str, str]:
        """Return the newest warning of each of these pods by its uid, where there is one.

        A pod is not warned of what befell an earlier one of its name.
        """
        found: dict[str, str] = {}
        for pod in pods:
            metadata = pod["metadata"]
            key = (metadata.get("namespace", ""), metadata["name"])
            text = self.newest(*key)
            if text and self._newest[key].uid == metadata.get("uid"):
                found[metadata["uid"]] = text
        return found

    def _informer(self, namespace: str) -> Informer:
        return Informer(
            self._cluster,
            Selection(EVENT, namespace=namespace, fields=FIELDS),
            keep=self._take,
            on_change=lambda _before, _after: None,
            metrics=self._metrics,
        )

    def _take(self, event: Manifest) -> None:
        """Note an Event, and have the informer store nothing of it."""
        about = event["involvedObject"]
        key = (about.get("namespace", ""), about.get("name", ""))
        known = self._newest.get(key)
        version = int(event["metadata"].get("resourceVersion") or 0)
        if (known and known.version >= version) or not self._is_ours(*key):
            return
        if known is None:
            self._drop(lambda *pod: not self._is_ours(*pod))
        warning = self._newest[key] = _read(event, version)
        self._newest.move_to_end(key)
        while len(self._newest) > LIMIT:
            self._newest.popitem(last=False)
        if known is None or (known.uid, known.text) != (warning.uid, warning.text):
            self._on_change(*key)

    def _drop(self, which: Callable[[str, str], bool]) -> None:
        for key in [key for key in self._newest if which(*key)]:
            del self._newest[key]


def _read(event: Manifest, version: int) -> _Warning:
    series = event.get("series") or {}
    return _Warning(
        uid=event["involvedObject"].get("uid", ""),
        version=version,
        text=said(event.get("reason"), event.get("message")),
        count=series.get("count") or event.get("count") or 1,
    )
