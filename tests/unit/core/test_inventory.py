from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhoai_operator.core.inventory import Inventory, Record, apply_rank, apply_wave
from rhoai_operator.core.objects import ObjectRef
from tests.manifests import an
from tests.quickly import quickly

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


def test_a_union_addresses_objects_in_the_newer_version() -> None:
    moved = ObjectRef(A.group, A.kind, A.namespace, A.name, "v2")
    (ref,) = (Inventory({A: OLD}) | Inventory.of([moved])).records
    assert ref.version == "v2"


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


# The same of any inventories.

KINDS = (
    "CustomResourceDefinition", "Namespace", "ServiceAccount", "ClusterRole", "RoleBinding",
    "ConfigMap", "Service", "Deployment", "Widget", "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
)  # fmt: skip
REFS = st.builds(
    ObjectRef,
    st.sampled_from(["", "apps"]),
    st.sampled_from(KINDS),
    st.sampled_from(["", "ns"]),
    st.sampled_from("abc"),
    st.sampled_from(["v1", "v2"]),
)
RECORDS = st.sampled_from([UNKNOWN, OLD, NEW])
INVENTORIES = st.builds(Inventory, st.dictionaries(REFS, RECORDS, max_size=12))


@quickly
@given(INVENTORIES, INVENTORIES, INVENTORIES)
def test_union_forgets_nothing(a: Inventory, b: Inventory, c: Inventory) -> None:
    both = a | b
    assert both.records.keys() == a.records.keys() | b.records.keys()
    assert both.records.keys() == (b | a).records.keys()
    assert (a | a, both | a | b) == (a, both)
    assert a | Inventory() == Inventory() | a == a
    assert (a | b) | c == a | (b | c)
    known = {ref for ref in both.records if both.records[ref] != UNKNOWN}
    assert known == {ref for i in (a, b) for ref, record in i.records.items() if record != UNKNOWN}


@quickly
@given(INVENTORIES, st.frozensets(REFS, max_size=12))
def test_what_is_owned_is_either_stale_or_desired(
    owned: Inventory, desired: frozenset[ObjectRef]
) -> None:
    stale = owned.stale(desired)
    assert set(stale) | (owned.records.keys() & desired) == owned.records.keys()
    assert not set(stale) & desired
    assert len(set(stale)) == len(stale)
    assert list(stale) == sorted(stale, key=apply_rank, reverse=True)
    waves = [apply_wave(ref) for ref in stale]
    assert all(one >= other for one, other in pairwise(waves))


@quickly
@given(st.lists(REFS, max_size=20))
def test_the_order_of_applying_is_total_and_its_waves_rise(refs: list[ObjectRef]) -> None:
    ordered = sorted(refs, key=apply_rank)
    assert ordered[::-1] == sorted(refs, key=apply_rank, reverse=True)
    assert all((apply_rank(a) == apply_rank(b)) == (a == b) for a, b in pairwise(ordered))
    waves = [apply_wave(ref) for ref in ordered]
    assert waves == sorted(waves)
