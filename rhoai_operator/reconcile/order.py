"""In which order the objects of one component go: what comes first, and what has to wait."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.backends import backends
from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.inventory import apply_wave
from rhoai_operator.core.objects import WEBHOOKS, WORKLOADS, Manifest, ObjectRef
from rhoai_operator.core.packed import Packed
from rhoai_operator.reconcile.reach import Reach

_ROLES = frozenset({"ClusterRole", "Role"})
_BINDINGS = frozenset({"ClusterRoleBinding", "RoleBinding"})


@dataclass(frozen=True, slots=True)
class Waves:
    """The objects of a component by when they are applied.

    Definitions are in the order of their size: API servers take them up one after the other, and a
    large one keeps those behind it waiting. Of the configuration, roles are first: whatever role
    gathers them is written anew for each, unless many come at once. What binds them comes later:
    whoever may bind no others has to find them there.
    """

    definitions: tuple[Manifest, ...]
    namespaces: tuple[Manifest, ...]
    configuration: tuple[Manifest, ...]
    bindings: tuple[Manifest, ...]
    workloads: tuple[Manifest, ...]
    webhooks: tuple[Manifest, ...]

    @classmethod
    def of(cls, objects: Iterable[Manifest]) -> Waves:
        """Sort them."""
        waves: tuple[list[Manifest], ...] = ([], [], [], [], [])
        for manifest in objects:
            waves[apply_wave(ObjectRef.of(manifest))].append(manifest)
        definitions, namespaces, configuration, *others = map(tuple, waves)
        bindings = tuple(m for m in configuration if m["kind"] in _BINDINGS)
        unbound = tuple(m for m in configuration if m["kind"] not in _BINDINGS)
        rest = tuple(sorted(unbound, key=lambda m: m["kind"] not in _ROLES))
        smallest_first = tuple(sorted(definitions, key=_size))
        return cls(smallest_first, namespaces, rest, bindings, *others)


def _size(manifest: Manifest) -> int:
    return manifest.size if isinstance(manifest, Packed) else 0


def waiting_for(
    manifest: Manifest,
    defined: Collection[tuple[str, str, str]],
    awaited: Collection[tuple[str, str, str]],
    absent: Collection[ObjectRef],
    reach: Reach,
) -> Change | None:
    """Say what an object has to wait for; None if it may be applied.

    Args:
        defined: group, version and kind of all that its component's definitions define.
        awaited: the same of what others define and its workloads need.
        absent: objects of its component that were to be applied before, and could not.
    """
    ref = ObjectRef.of(manifest)
    if reach.view.get(ref):
        return None  # it is there already: to keep it as it should be needs nothing
    if ref.kind in WEBHOOKS:
        missing = _backend_missing(manifest, absent, reach)
        return Change(ref, Action.WAITING, missing) if missing else None
    own, needed = Kind.of(ref), frozenset[Kind]()
    if ref.kind in WORKLOADS:
        needed = frozenset(Kind(*kind) for kind in {*defined, *awaited})
    elif own in defined:
        needed = frozenset({own})
    return _not_served(ref, needed - reach.served())


def _not_served(ref: ObjectRef, kinds: frozenset[Kind]) -> Change | None:
    if not kinds:
        return None
    more = f" and {len(kinds) - 1} more" if len(kinds) > 1 else ""
    text = f"waits until the API server serves {min(kinds)}{more}"
    return Change(ref, Action.WAITING, text, awaits=kinds)


def _backend_missing(manifest: Manifest, absent: Collection[ObjectRef], reach: Reach) -> str:
    for namespace, name in sorted(backends(manifest)):
        service = ObjectRef("", "Service", namespace, name, "v1")
        is_absent = service in absent and reach.view.get(service) is None
        if is_absent or not reach.answers(namespace, name):
            return f"waits until Service {namespace}/{name} has a ready endpoint"
    return ""
