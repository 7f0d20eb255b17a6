"""What a reconcile reaches, over a fake cluster: a view that lags behind nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core import trim
from rhoai_operator.core.inventory import Inventory, Record
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.reconcile.fights import Fights
from rhoai_operator.reconcile.memo import Memo
from rhoai_operator.reconcile.reach import Reach
from tests.fakes.cluster import KINDS, FakeCluster


@dataclass
class FakeView:
    """Satisfies ``View``; knows every object of the kinds that it follows."""

    cluster: FakeCluster
    unknown: frozenset[str] = frozenset()
    unseen: frozenset[ObjectRef] = frozenset()

    def get(self, ref: ObjectRef) -> Manifest | None:
        known = ref in self.cluster.refs - self.unseen and self.follows(Kind.of(ref))
        live = self.cluster.now(_named(ref)) if known else None
        return trim.owned(live) if live else None

    def knows(self, _: ObjectRef) -> bool:
        return False

    def follows(self, kind: Kind) -> bool:
        return kind.kind not in self.unknown

    def took(self, live: Manifest) -> None:
        """It sees everything at once."""


@dataclass
class Surroundings:
    """What a test can change about them; ``reach`` builds one anew."""

    cluster: FakeCluster
    owned: Inventory = field(default_factory=Inventory)
    served: Collection[Kind] = KINDS
    silent: frozenset[str] = frozenset()
    legacy: frozenset[ObjectRef] = frozenset()
    claimed: frozenset[ObjectRef] = frozenset()
    unknown: frozenset[str] = frozenset()
    unseen: frozenset[ObjectRef] = frozenset()
    fights: Fights = field(default_factory=Fights)
    now: float = 1000.0

    def reach(self) -> Reach:
        return Reach(
            self.cluster,
            FakeView(self.cluster, self.unknown, self.unseen),
            served=lambda: frozenset(self.served),
            answers=lambda _, name: name not in self.silent,
            record=lambda ref: self.owned.records.get(ref, Record()),
            legacy=self.legacy,
            claimed=lambda: self.claimed,
            fights=self.fights,
            memo=Memo(),
            clock=lambda: self.now,
        )


def _named(ref: ObjectRef) -> Manifest:
    metadata = {"name": ref.name, "namespace": ref.namespace}
    return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata}
