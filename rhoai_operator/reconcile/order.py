"""In which order the objects of one component go: what comes first, and what has to wait."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.backends import backends
from rhoai_operator.core.inventory import apply_wave
from rhoai_operator.core.objects import WEBHOOKS, WORKLOADS, Manifest, ObjectRef
from rhoai_operator.reconcile.reach import Reach

_BINDINGS = frozenset({"ClusterRoleBinding", "RoleBinding"})


@dataclass(frozen=True, slots=True)
class Waves:
    """The objects of a component by when they are applied.

    Roles come before what binds them: whoever may bind no others has to find them there.
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
        rest = tuple(m for m in configuration if m["kind"] not in _BINDINGS)
        return cls(definitions, namespaces, rest, bindings, *others)


def waiting_for(
    manifest: Manifest,
    defined: Collection[tuple[str, str, str]],
    awaited: Collection[tuple[str, str, str]],
    absent: Collection[ObjectRef],
    reach: Reach,
) -> str:
    """Say what an object has to wait for; empty if it may be applied.

    Args:
        defined: group, version and kind of all that its component's definitions define.
        awaited: the same of what others define and its workloads need.
        absent: objects of its component that were to be applied before, and could not.
    """
    ref = ObjectRef.of(manifest)
    if reach.view.get(ref):
        return ""  # it is there already: to keep it as it should be needs nothing
    if ref.kind in WEBHOOKS:
        return _backend_missing(manifest, absent, reach)
    if ref.kind in WORKLOADS:
        needed = sorted(Kind(*kind) for kind in {*defined, *awaited})
        missing = [kind for kind in needed if kind not in reach.served()]
        return _not_served(missing)
    if (ref.group, ref.version, ref.kind) in defined and Kind.of(ref) not in reach.served():
        return _not_served([Kind.of(ref)])
    return ""


def _not_served(kinds: list[Kind]) -> str:
    if not kinds:
        return ""
    more = f" and {len(kinds) - 1} more" if len(kinds) > 1 else ""
    return f"waits until the API server serves {kinds[0]}{more}"


def _backend_missing(manifest: Manifest, absent: Collection[ObjectRef], reach: Reach) -> str:
    for namespace, name in sorted(backends(manifest)):
        service = ObjectRef("", "Service", namespace, name, "v1")
        is_absent = service in absent and reach.view.get(service) is None
        if is_absent or not reach.answers(namespace, name):
            return f"waits until Service {namespace}/{name} has a ready endpoint"
    return ""
