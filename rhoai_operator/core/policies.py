"""What ``component.yaml`` says of single objects, as the engine takes it. Frozen values.

Names are those of ``component.yaml``; namespaces are in force. An object that the templates do
not give is passed over, so that names of several platforms may stand side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

from rhoai_operator.core.certificates import Certificate
from rhoai_operator.core.objects import ObjectRef


class ApiKind(NamedTuple):
    """A kind that an API server may serve: what stands in ``Kind.version.group``."""

    group: str
    version: str
    kind: str


class Named(NamedTuple):
    """An object among those that a component renders."""

    kind: str
    name: str

    @classmethod
    def of(cls, ref: ObjectRef) -> Named:
        """Return what ``ref`` is called here."""
        return cls(ref.kind, ref.name)


class Entry(NamedTuple):
    """One value of a generated Secret."""

    secret: str
    key: str

    def __str__(self) -> str:
        """Render as ``secret.key``."""
        return f"{self.secret}.{self.key}"


@dataclass(frozen=True, slots=True)
class RandomText:
    """So many random letters and digits."""

    length: int

    @property
    def references(self) -> tuple[Entry, ...]:
        """The values that it is made from: none."""
        return ()


@dataclass(frozen=True, slots=True)
class ComposedText:
    """Literal text and values of Secrets, in order."""

    parts: tuple[str | Entry, ...]

    @property
    def references(self) -> tuple[Entry, ...]:
        """The values that it is made from, each once, in order."""
        return tuple(dict.fromkeys(part for part in self.parts if isinstance(part, Entry)))


Recipe: TypeAlias = RandomText | ComposedText


@dataclass(frozen=True, slots=True)
class SecretField:
    """A field of an object that holds a generated value."""

    target: Named
    path: tuple[str, ...]
    entry: Entry


@dataclass(frozen=True, slots=True)
class Foreign:
    """What is said where an object is there and not ours."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Rollout:
    """A workload whose pods are replaced when what they are configured by changes."""

    workload: Named
    configs: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """What a component has in common with another, from whose folder it is rendered.

    Attributes:
        component: the other's name.
        context: all that the other's templates may mention.
        policies: what the other says for itself.
        objects: which of its objects are meant.
    """

    component: str
    context: Mapping[str, Any]
    policies: Policies
    objects: frozenset[Named]


@dataclass(frozen=True, slots=True)
class Policies:
    """What one component says of its objects, and of those that it shares.

    Attributes:
        label: its name in labels.
        namespace: of the applications, where generated Secrets lie unless a template says more.
        requires: components that must be Ready before this one is applied.
        needs_apis: kinds that must be served before it is applied.
        brought_by: components of which any one brings these kinds -> whether it is Managed.
        created_once: the user's own once they exist.
        until_edited: kinds whose objects are the user's own once somebody edits them.
        merged: ConfigMaps whose JSON values are merged into the live ones.
        secrets: name -> key -> how its value comes about, once.
        secret_fields: where else such values stand.
        foreign: objects that hold the component back where they are not ours.
        optional_kinds: left out where they are not served; an empty version stands for any
            group and version.
        rollouts: workloads and their configurations.
        certificates: Services that speak TLS.
        single: workloads that work with one replica only.
        retired: what older releases left and must go.
        shares: what it renders from others' folders; empty while nothing is rendered.
        sharers: object in common -> the names in labels of all that are not Removed.
    """

    label: str = ""
    namespace: str = ""
    requires: frozenset[str] = frozenset()
    needs_apis: frozenset[ApiKind] = frozenset()
    brought_by: Mapping[str, bool] = field(default_factory=dict)
    created_once: frozenset[Named] = frozenset()
    until_edited: frozenset[str] = frozenset()
    merged: frozenset[Named] = frozenset()
    secrets: Mapping[str, Mapping[str, Recipe]] = field(default_factory=dict)
    secret_fields: tuple[SecretField, ...] = ()
    foreign: Mapping[Named, Foreign] = field(default_factory=dict)
    optional_kinds: frozenset[ApiKind] = frozenset()
    rollouts: tuple[Rollout, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    single: frozenset[Named] = frozenset()
    retired: tuple[ObjectRef, ...] = ()
    shares: tuple[Share, ...] = ()
    sharers: Mapping[Named, frozenset[str]] = field(default_factory=dict)

    @property
    def everywhere(self) -> Policies:
        """What holds for all objects that are rendered: also what others say of shared ones."""
        if not self.shares:
            return self
        merged, secrets, rollouts = self.merged, dict(self.secrets), self.rollouts
        certificates = self.certificates
        for share in self.shares:
            its, objects = share.policies, share.objects
            merged |= its.merged & objects
            secrets |= {k: v for k, v in its.secrets.items() if Named("Secret", k) in objects}
            rollouts += tuple(r for r in its.rollouts if r.workload in objects)
            certificates += tuple(
                c for c in its.certificates if Named("Service", c.service) in objects
            )
        return replace(
            self, merged=merged, secrets=secrets, rollouts=rollouts, certificates=certificates
        )


def is_of_kind(ref: ObjectRef, kinds: frozenset[ApiKind]) -> bool:
    """Tell whether an object is of one of these kinds; see ``Policies.optional_kinds``."""
    exact = ApiKind(ref.group, ref.version, ref.kind)
    return exact in kinds or ApiKind("", "", ref.kind) in kinds
