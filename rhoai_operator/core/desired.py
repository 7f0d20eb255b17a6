"""The output of rendering: what a component wants the cluster to contain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rhoai_operator.core.inventory import Inventory
from rhoai_operator.core.objects import Manifest, ObjectRef, Owner, is_created_once


@dataclass(frozen=True, slots=True)
class DesiredState:
    """Every object of one component, in apply order, fully labelled.

    Attributes:
        objects: the manifests; empty for a component that is Removed.
        optional: those that are left out where the cluster does not serve their kind.
        sources: the template or file that each object is from, relative to the manifests.
        owner: to whom they belong; None until that is known.
        defines: group, version and kind of all that each definition among them defines.
        awaited: group, version and kind of what others define and its workloads need.
        given_up: those that users have made or edited, and that are theirs now.
        insisted: fields that hold although users may set them in the live object, as paths.
        made_of: resourceVersion of the live object with which an object was merged: it must not be
            applied to a newer one, which may hold more.
    """

    objects: tuple[Manifest, ...] = ()
    optional: frozenset[ObjectRef] = frozenset()
    sources: Mapping[ObjectRef, str] = field(default_factory=dict)
    defines: Mapping[ObjectRef, frozenset[tuple[str, str, str]]] = field(default_factory=dict)
    awaited: frozenset[tuple[str, str, str]] = frozenset()
    owner: Owner | None = None
    made_of: Mapping[ObjectRef, str] = field(default_factory=dict)
    given_up: frozenset[ObjectRef] = frozenset()
    insisted: Mapping[ObjectRef, frozenset[str]] = field(default_factory=dict)

    @property
    def defined(self) -> frozenset[tuple[str, str, str]]:
        """Everything that the definitions among the objects define."""
        return frozenset[tuple[str, str, str]]().union(*self.defines.values())

    @property
    def inventory(self) -> Inventory:
        """What the component will own once this is applied: all but what is the user's."""
        refs = (ObjectRef.of(m) for m in self.objects if not is_created_once(m))
        return Inventory.of(ref for ref in refs if ref not in self.given_up)

    def owned_by(self, owner: Owner) -> DesiredState:
        """Return the same with owner references where objects have one."""
        return replace(self, objects=tuple(map(owner.adopt, self.objects)), owner=owner)

    def without(self, refs: frozenset[ObjectRef]) -> DesiredState:
        """Return the same without the objects in ``refs``."""
        if not refs:
            return self
        kept = tuple(m for m in self.objects if ObjectRef.of(m) not in refs)
        return replace(self, objects=kept, optional=self.optional - refs)
