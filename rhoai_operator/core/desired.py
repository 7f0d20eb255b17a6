"""The output of rendering: what a component wants the cluster to contain."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rhoai_operator.core.inventory import Inventory
from rhoai_operator.core.objects import Manifest, ObjectRef, Owner, is_created_once


@dataclass(frozen=True, slots=True)
class DesiredState:
    """Every object of one component, in apply order, fully labelled.

    Attributes:
        objects: the manifests; empty for a component that is Removed.
        optional: those that are left out where the cluster does not serve their kind.
    """

    objects: tuple[Manifest, ...] = ()
    optional: frozenset[ObjectRef] = frozenset()

    @property
    def inventory(self) -> Inventory:
        """What the component will own once this is applied: all but what is created once."""
        return Inventory.of(ObjectRef.of(m) for m in self.objects if not is_created_once(m))

    @property
    def defined(self) -> frozenset[tuple[str, str]]:
        """Group and kind of every custom resource whose definition is among the objects."""
        definitions = (m for m in self.objects if m["kind"] == "CustomResourceDefinition")
        specs = [m["spec"] for m in definitions if "spec" in m]
        return frozenset((spec["group"], spec["names"]["kind"]) for spec in specs)

    def owned_by(self, owner: Owner) -> DesiredState:
        """Return the same with owner references where objects have one."""
        return replace(self, objects=tuple(map(owner.adopt, self.objects)))

    def without(self, refs: frozenset[ObjectRef]) -> DesiredState:
        """Return the same without the objects in ``refs``."""
        kept = tuple(m for m in self.objects if ObjectRef.of(m) not in refs)
        return replace(self, objects=kept, optional=self.optional - refs)
