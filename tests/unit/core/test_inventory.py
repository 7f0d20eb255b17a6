from __future__ import annotations

import pytest

from rhoai_operator.core.inventory import Inventory, Record, apply_rank, apply_wave
from rhoai_operator.core.objects import ObjectRef
from tests.manifests import an

A, B, C = (ObjectRef.of(an("ConfigMap", name)) for name in "abc")
OLD, NEW, UNKNOWN = Record("d1", "v1"), Record("d2", "v2"), Record()


@pytest.mark.parametrize(
    ("left", "right", "union"),
    [
        pytest.param({A: OLD}, {B: NEW}, {A: OLD, B: NEW}, id="disjoint"),
        pytest.param({A: OLD}, {A: NEW}, {A: NEW}, id="right-is-newer"),
        pytest.param({A: OLD}, {A: UNKNOWN}, {A: OLD}, id="right-knows-nothing"),
        pytest.param({A: UNKNOWN}, {A: NEW}, {A: NEW}, id="left-knows-nothing"),
        pytest.param({A: UNKNOWN}, {A: UNKNOWN}, {A: UNKNOWN}, id="nobody-knows"),
    ],
)
def test_union_keeps_what_one_side_knows(
    left: dict[ObjectRef, Record],
    right: dict[ObjectRef, Record],
    union: dict[ObjectRef, Record],
) -> None:
    assert Inventory(left) | Inventory(right) == Inventory(union)


def test_stale_is_what_is_no_longer_wanted_dependants_first() -> None:
    kinds = ("ServiceAccount", "ValidatingWebhookConfiguration", "Deployment", "ConfigMap")
    owned = Inventory.of(ObjectRef.of(an(kind)) for kind in kinds)

    stale = owned.stale([ObjectRef.of(an("ConfigMap")), C])

    assert [ref.kind for ref in stale] == [
        "ValidatingWebhookConfiguration",
        "Deployment",
        "ServiceAccount",
    ]


def test_another_version_is_the_same_object() -> None:
    moved = ObjectRef(A.group, A.kind, A.namespace, A.name, "v2")
    assert Inventory.of([A]).stale([moved]) == ()


@pytest.mark.parametrize(
    ("kind", "wave"),
    [
        pytest.param("CustomResourceDefinition", 0, id="definition"),
        pytest.param("Namespace", 1, id="namespace"),
        pytest.param("ServiceAccount", 2, id="account"),
        pytest.param("Service", 2, id="service"),
        pytest.param("Deployment", 3, id="workload"),
        pytest.param("Anything", 3, id="anything-else"),
        pytest.param("ValidatingWebhookConfiguration", 4, id="webhook"),
    ],
)
def test_waves(kind: str, wave: int) -> None:
    assert apply_wave(ObjectRef.of(an(kind))) == wave


def test_order_and_waves_agree() -> None:
    kinds = ("Deployment", "Namespace", "Role", "MutatingWebhookConfiguration", "Service")
    refs = sorted((ObjectRef.of(an(kind)) for kind in kinds), key=apply_rank)
    assert [apply_wave(ref) for ref in refs] == sorted(map(apply_wave, refs))
