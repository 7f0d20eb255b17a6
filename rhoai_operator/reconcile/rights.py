"""The rights on the API server that keeping a component takes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.certificates import made_for, service_of
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.objects import UNOWNED_KINDS, WEBHOOKS, Manifest, ObjectRef
from rhoai_operator.core.policies import Policies
from rhoai_operator.core.values import ComputedValue, ObjectValue, Value
from rhoai_operator.reconcile.platform import ENDPOINTS
from rhoai_operator.reconcile.prepare import looked_at

RBAC = "rbac.authorization.k8s.io"
ROLES: Mapping[str, str] = {"ClusterRole": "clusterroles", "Role": "roles"}
BINDINGS = frozenset({"ClusterRoleBinding", "RoleBinding"})

FOLLOW = ("list", "watch")
LOOK = ("get", *FOLLOW)
KEEP = ("create", "patch", *LOOK)

_PLURALS = {"SecurityContextConstraints": "securitycontextconstraints"}
"""Of kinds whose plural is not what English makes of them."""


class Right(NamedTuple):
    """One verb on one resource.

    Attributes:
        resource: plural, with the subresource; a path, with its slash, for what is no resource.
        name: of the only object that it is about; empty for all.
    """

    group: str
    resource: str
    verb: str
    name: str = ""


def plural(kind: str) -> str:
    """Return what URLs call the objects of a kind."""
    word = kind.lower()
    if word.endswith("y"):
        return f"{word[:-1]}ies"
    return _PLURALS.get(kind, f"{word}es" if word.endswith("s") else f"{word}s")


def applies(desired: DesiredState, policies: Policies) -> Iterator[Right]:
    """Go through what it takes to apply and to remove what is rendered."""
    refs = {ObjectRef.of(manifest) for manifest in desired.objects}
    kinds = {(ref.group, ref.kind) for ref in refs}
    for certificate in policies.everywhere.certificates:
        if service_of(desired, certificate):
            kinds |= {(group, kind) for group, _, kind in made_for(certificate)}
    for group, kind in kinds:
        verbs = KEEP if kind in UNOWNED_KINDS else (*KEEP, "delete")
        yield from _each(group, kind, verbs)
    if any(kind in WEBHOOKS for _, kind in kinds):
        yield from _each(ENDPOINTS.group, ENDPOINTS.kind, FOLLOW)
    for ref in policies.retired:
        yield from _each(ref.group, ref.kind, ("get", "delete"), ref.name)


def reads(desired: DesiredState, policies: Policies, values: Iterable[Value]) -> Iterator[Right]:
    """Go through what it takes to read what a component rests on and does not own."""
    for value in values:
        if isinstance(value, ObjectValue):
            yield from _each(value.ref.group, value.ref.kind, FOLLOW, value.ref.name)
        elif isinstance(value, ComputedValue):
            for kind in (Kind(*listed.kind) for listed in value.lists):
                yield from _each(kind.group, kind.kind, FOLLOW)
    for ref in looked_at(desired, policies):
        yield from _each(ref.group, ref.kind, LOOK, ref.name)


def grants(desired: DesiredState) -> Iterator[Right]:
    """Go through what the API server wants a creator of these roles and bindings to hold.

    That is what a role allows. It is ``escalate`` for one that nobody holds, and ``bind`` where a
    binding is to such a role, or to one of somebody else's.
    """
    held = set()
    for manifest in _of(desired, ROLES.keys()):
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        if is_open(manifest):
            yield Right(RBAC, ROLES[kind], "escalate", name)
        else:
            held.add((kind, name))
            yield from allowed(manifest)
    for manifest in _of(desired, BINDINGS):
        role = manifest["roleRef"]
        if (role["kind"], role["name"]) not in held:
            yield Right(RBAC, ROLES[role["kind"]], "bind", role["name"])


def is_open(role: Manifest) -> bool:
    """Tell whether a role's rules cannot be held one by one: wildcards, or others' rules."""
    rules = role.get("rules") or ()
    words = (word for rule in rules for part in rule.values() for word in part)
    return "aggregationRule" in role or any("*" in word for word in words)


def allowed(role: Manifest) -> Iterator[Right]:
    """Go through what a role allows."""
    for rule in role.get("rules") or ():
        yield from allowed_by(rule)


def allowed_by(rule: Mapping[str, Any]) -> Iterator[Right]:
    """Go through what one rule of a role allows."""
    verbs, names = rule["verbs"], rule.get("resourceNames") or ("",)
    resources = product(rule.get("apiGroups") or (), rule.get("resources") or ())
    for (group, resource), verb, name in product(resources, verbs, names):
        yield Right(group, resource, verb, name)
    for path, verb in product(rule.get("nonResourceURLs") or (), verbs):
        yield Right("", path, verb)


def _each(group: str, kind: str, verbs: Iterable[str], name: str = "") -> Iterator[Right]:
    return (Right(group, plural(kind), verb, name) for verb in verbs)


def _of(desired: DesiredState, kinds: Iterable[str]) -> Iterator[Manifest]:
    for manifest in desired.objects:
        ref = ObjectRef.of(manifest)
        if ref.group == RBAC and ref.kind in kinds:
            yield manifest
