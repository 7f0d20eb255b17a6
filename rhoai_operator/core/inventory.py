"""The objects a component owns, remembered across reconciles.

An inventory is written *before* the first object is applied (as the union of what
was owned and what is about to be), and again after pruning. A crash in between can
leave a name too many in it, never one too few, so nothing applied is ever leaked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from rhoai_operator.core.objects import ObjectRef


@dataclass(frozen=True, slots=True)
class Record:
    """What we last applied under one name; empty strings while that is not known.

    Attributes:
        digest: of the manifest we sent, see :func:`rhoai_operator.core.objects.digest`.
        version: of the live object that came of it, see
            :func:`rhoai_operator.core.objects.live_version`.
    """

    digest: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What one component owns: an immutable table from identity to record."""

    records: Mapping[ObjectRef, Record] = field(default_factory=dict)

    @classmethod
    def of(cls, refs: Iterable[ObjectRef]) -> Self:
        """Own ``refs``, none of them applied yet."""
        return cls(dict.fromkeys(refs, Record()))

    def __or__(self, other: Inventory) -> Inventory:
        """Own everything either side owns; what only one side knows of an object is kept."""
        known = {ref: record for ref, record in other.records.items() if record != Record()}
        return Inventory({**other.records, **self.records, **known})

    def stale(self, desired: Iterable[ObjectRef]) -> tuple[ObjectRef, ...]:
        """Return what is owned but no longer desired, dependants first.

        The order is the reverse of the apply order, so a Deployment goes before the
        ServiceAccount it runs as.
        """
        return tuple(sorted(self.records.keys() - set(desired), key=apply_rank, reverse=True))


_FIRST = (
    "CustomResourceDefinition",
    "Namespace",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
)
_LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def apply_rank(ref: ObjectRef) -> tuple[int, ObjectRef]:
    """Sort key putting definitions first, webhooks last, ties by identity."""
    if ref.kind in _FIRST:
        return (_FIRST.index(ref.kind) - len(_FIRST), ref)
    if ref.kind in _LAST:
        return (_LAST.index(ref.kind) + 1, ref)
    return (0, ref)


def apply_wave(ref: ObjectRef) -> int:
    """Number the waves in which objects are applied; within one, order does not matter.

    0 definitions, 1 namespaces, 2 what workloads refer to, 3 workloads and the rest,
    4 webhook configurations.
    """
    if ref.kind in _LAST:
        return 4
    if ref.kind not in _FIRST:
        return 3
    return min(_FIRST.index(ref.kind), 2)
