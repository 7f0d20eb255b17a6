"""The operator's roles: what its components and itself need on the API server, and nothing more.

Everything is derived from the catalog but ``own_rights.yaml``, which says what the operator needs
for itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from hack.packaging.variations import Rendering, renderings
from rhoai_operator.core.objects import Manifest
from rhoai_operator.reconcile.rights import RBAC, Right, allowed_by, applies, grants, reads
from rhoai_operator.reconcile.rules import Rule, rules_of, without_idle
from rhoai_operator.settings import MANIFESTS

NAME = "rhoai-operator"
NAMESPACE = "redhat-ods-operator"
OWN = Path(__file__).parent / "own_rights.yaml"
OPERATOR = "the operator itself"


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """Who needs a right, and what for: a component or the operator."""

    what: str
    who: str


Needs: TypeAlias = Mapping[Right, frozenset[Need]]


@dataclass(frozen=True, slots=True)
class Rights:
    """What the operator needs, everywhere and in its own namespace; nothing of it twice."""

    everywhere: Needs
    at_home: Needs

    @property
    def cluster_rules(self) -> tuple[Rule, ...]:
        """The rules of the ClusterRole."""
        return rules_of(self.everywhere)

    @property
    def home_rules(self) -> tuple[Rule, ...]:
        """The rules of the Role in the operator's namespace."""
        return rules_of(self.at_home)


@cache
def derived(manifests: Path = MANIFESTS) -> Rights:
    """Derive the rights for a folder of components."""
    everywhere: dict[Right, set[Need]] = defaultdict(set)
    at_home: dict[Right, set[Need]] = defaultdict(set)
    for rendering in renderings(manifests):
        for right, what in _needed(rendering):
            everywhere[right].add(Need(what, rendering.component))
    for right, why, is_home in own():
        (at_home if is_home else everywhere)[right].add(Need(why, OPERATOR))
    wide = without_idle(everywhere)
    return Rights(
        _gathered(wide, everywhere, at_home), _gathered(without_idle(at_home, wide), at_home)
    )


def own() -> Iterator[tuple[Right, str, bool]]:
    """Go through what the operator needs for itself: why, and whether only in its namespace."""
    rows: list[dict[str, Any]] = yaml.safe_load(OWN.read_text(encoding="utf-8"))
    for row in rows:
        for right in allowed_by(row):
            yield right, row["why"], row.get("where") == "operator"


def _needed(rendering: Rendering) -> Iterator[tuple[Right, str]]:
    desired, policies = rendering.desired, rendering.policies
    yield from ((right, "applied") for right in applies(desired, policies))
    yield from ((right, "read") for right in reads(desired, policies, rendering.values))
    yield from ((right, "granted") for right in grants(desired))


def _gathered(rights: Iterable[Right], *needs: Mapping[Right, set[Need]]) -> Needs:
    """Return who needs each of the rights, or a part of it: the same of some objects only."""
    by_right: dict[Right, set[Need]] = defaultdict(set)
    for known in needs:
        for right, found in known.items():
            by_right[right] |= found
            if right.name:
                by_right[right._replace(name="")] |= found
    return {right: frozenset(by_right[right]) for right in rights}


def cluster_role(manifests: Path = MANIFESTS) -> Manifest:
    """Return the operator's ClusterRole."""
    return _role("ClusterRole", derived(manifests).cluster_rules)


def roles(manifests: Path = MANIFESTS) -> list[Manifest]:
    """Return the operator's Roles, all in its own namespace."""
    return [_role("Role", derived(manifests).home_rules, NAMESPACE)]


def bindings() -> list[Manifest]:
    """Return what binds those roles to the operator's ServiceAccount."""
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}
    return [
        {
            **_identity(f"{kind}Binding", namespace),
            "roleRef": {"apiGroup": RBAC, "kind": kind, "name": NAME},
            "subjects": [subject],
        }
        for kind, namespace in (("ClusterRole", ""), ("Role", NAMESPACE))
    ]


def everything(manifests: Path = MANIFESTS) -> list[Manifest]:
    """Return all of them, in the order to apply them."""
    return [cluster_role(manifests), *roles(manifests), *bindings()]


def _role(kind: str, rules: Iterable[Rule], namespace: str = "") -> Manifest:
    return {**_identity(kind, namespace), "rules": [rule.manifest for rule in rules]}


def _identity(kind: str, namespace: str) -> dict[str, Any]:
    place = {"namespace": namespace} if namespace else {}
    labels = {"app.kubernetes.io/name": NAME}
    metadata = {"name": NAME, **place, "labels": labels}
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata}
