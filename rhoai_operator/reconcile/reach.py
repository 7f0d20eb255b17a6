"""What reconciling one component reaches: the cluster, what is known of it, and the past."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from rhoai_operator.cluster.port import Cluster, Kind
from rhoai_operator.core.inventory import Record
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.reconcile.fights import Fights
from rhoai_operator.reconcile.memo import Memo
from rhoai_operator.reconcile.view import View


@dataclass(frozen=True, slots=True)
class Reach:
    """Everything outside of a component that its reconcile looks at or changes.

    Attributes:
        cluster: takes this component's requests.
        view: live copies of what carries our label.
        served: tells the kinds that the cluster serves now.
        answers: tells whether a Service, by namespace and name, has a ready endpoint.
        record: what was last applied under a name, by whichever component.
        legacy: objects of components that were there before us and do not carry our label.
        claimed: the objects that other Managed components desire.
        fights: what had to be set right lately.
        memo: digests computed before.
        clock: seconds that never go back.
    """

    cluster: Cluster
    view: View
    served: Callable[[], frozenset[Kind]]
    answers: Callable[[str, str], bool]
    record: Callable[[ObjectRef], Record]
    legacy: Collection[ObjectRef]
    claimed: Callable[[], frozenset[ObjectRef]]
    fights: Fights
    memo: Memo
    clock: Callable[[], float]

    async def look(self, ref: ObjectRef, *, fresh: bool = False) -> Manifest | None:
        """Return a live object, by a request where it is not known without, or has to be newest."""
        known = None if fresh else self.view.get(ref)
        if known or (self.view.knows(ref) and not fresh):
            return known
        return await self.cluster.get(ref)
