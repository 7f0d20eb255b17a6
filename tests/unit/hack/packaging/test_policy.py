from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hack.packaging import rights
from hack.packaging.policy import Wide, listed, wide
from hack.packaging.variations import renderings
from rhoai_operator.core.objects import Manifest
from rhoai_operator.reconcile.rights import ROLES, allowed
from rhoai_operator.settings import MANIFESTS
from tests.manifests import an

READING = {"get", "list", "watch"}


def rendered() -> Iterator[Manifest]:
    for rendering in renderings(MANIFESTS):
        yield from rendering.desired.objects
    yield from rights.everything()


def test_only_what_is_listed_with_a_reason_is_bound_to_everybody() -> None:
    assert set(wide(rendered())) == listed().keys()
    assert all(listed().values())


def test_what_everybody_may_is_to_read() -> None:
    objects = list(rendered())
    roles = {(m["kind"], m["metadata"]["name"]): m for m in objects if m["kind"] in ROLES}
    refs = {(m["roleRef"]["kind"], m["roleRef"]["name"]) for m in objects if list(wide([m]))}

    verbs = {right.verb for ref in refs & roles.keys() for right in allowed(roles[ref])}

    assert verbs == READING
    assert refs - roles.keys() == {("ClusterRole", "system:image-puller")}


def test_everybody_is_bound_in_one_namespace_only() -> None:
    assert {kind for kind, _, _ in listed()} == {"RoleBinding"}


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ({"kind": "Group", "name": "system:authenticated"}, True),
        ({"kind": "Group", "name": "system:unauthenticated"}, True),
        ({"kind": "Group", "name": "system:serviceaccounts"}, True),
        ({"kind": "User", "name": "system:anonymous"}, True),
        ({"kind": "Group", "name": "system:authenticated:oauth"}, True),
        ({"kind": "Group", "name": "system:serviceaccounts:one-namespace"}, False),
        ({"kind": "Group", "name": "rhods-admins"}, False),
        ({"kind": "ServiceAccount", "name": "system:authenticated"}, False),
    ],
)
def test_who_is_everybody(subject: dict[str, Any], found: bool) -> None:
    binding = an("RoleBinding", "b", subjects=[{"kind": "User", "name": "me"}, subject])

    assert list(wide([an("ConfigMap"), binding])) == (
        [Wide("RoleBinding", "b", subject["name"])] if found else []
    )
