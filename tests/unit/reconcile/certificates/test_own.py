from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from rhoai_operator.core.objects import MANAGED, ObjectRef
from rhoai_operator.reconcile.certificates import pki
from rhoai_operator.reconcile.held import Held
from tests.manifests import an
from tests.unit.reconcile.certificates.parts import (
    AUTHORITY,
    DAY,
    SERVING,
    START,
    Cluster,
    asking,
    trusts,
)

FRESH = Cluster().secured()
ROTATION = START.replace(microsecond=0) + 365 * DAY * 2 / 3
FOREIGN = pki.make_authority("hooks", 5 * 365 * DAY, START)
"""Of our making, but another one's."""
CORRUPT = b64encode(b"-----BEGIN CERTIFICATE-----\nnone\n").decode()


def test_a_new_certificate_is_trusted_for_every_name_of_the_service() -> None:
    names = FRESH.certificate().extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == [
        "hooks.ns.svc",
        "hooks.ns.svc.cluster.local",
        "hooks.ns",
    ]
    assert trusts(FRESH.bundle, FRESH.certificate(), START)
    assert FRESH.bundles == {FRESH.contents()["ca.crt"]}


def test_the_key_of_the_authority_is_not_where_pods_read() -> None:
    assert (
        set(FRESH.contents())
        == set(FRESH.contents(AUTHORITY))
        == {
            "tls.crt",
            "tls.key",
            "ca.crt",
        }
    )
    assert FRESH.contents()["tls.key"] != FRESH.contents(AUTHORITY)["tls.key"]
    assert FRESH.certificate(AUTHORITY).public_key() != FRESH.certificate().public_key()


def test_keys_show_in_no_representation() -> None:
    answered = json.loads(json.dumps(list(FRESH.live.values())))
    live = {ObjectRef.of(manifest): manifest for manifest in answered}
    kept = Cluster(live, START).secured()
    pair = pki.read_pair(live[SERVING]["data"])
    shown = f"{FRESH!r} {kept!r} {FRESH.contents()!r} {pair!r} {kept.contents(AUTHORITY)!r}"
    for ref in (SERVING, AUTHORITY):
        assert live[ref]["data"]["tls.key"] not in shown
        assert json.dumps(kept.live[ref]) == json.dumps(live[ref])


def test_what_is_good_stays_byte_for_byte() -> None:
    later = FRESH.secured(START + 100 * DAY)
    assert later.live == FRESH.live
    assert later.next_due == FRESH.next_due == ROTATION


@pytest.mark.parametrize(
    ("before", "rotated"),
    [
        pytest.param(timedelta(seconds=1), False, id="just-before"),
        pytest.param(timedelta(0), True, id="when-due"),
        pytest.param(-90 * DAY, True, id="late"),
    ],
)
def test_it_is_rotated_when_a_third_of_its_life_is_left(before: timedelta, rotated: bool) -> None:
    later = FRESH.secured(ROTATION - before)
    assert (later.certificate() != FRESH.certificate()) is rotated
    assert later.contents(AUTHORITY) == FRESH.contents(AUTHORITY)
    assert later.bundles == FRESH.bundles
    assert trusts(later.bundle, later.certificate(), later.now)


def test_validity_can_be_chosen() -> None:
    short = Cluster().secured(certificate=asking(validity=timedelta(hours=3)))
    assert short.next_due == START.replace(microsecond=0) + timedelta(hours=2)


def test_all_is_made_anew_when_nothing_is_valid_any_more() -> None:
    later = FRESH.secured(START + 5 * 366 * DAY)
    assert later.certificate(AUTHORITY) != FRESH.certificate(AUTHORITY)
    assert later.bundle == [later.certificate(AUTHORITY)]
    assert trusts(later.bundle, later.certificate(), later.now)


def test_no_rotation_of_twelve_years_leaves_a_gap() -> None:
    """Neither where the API server, nor where a pod, lags behind by a whole month."""
    before, authorities, longest = FRESH, set(), 0
    for month in range(12 * 12):
        after = before.secured(START + month * 30 * DAY)
        assert trusts(after.bundle, after.certificate(), after.now)
        assert trusts(before.bundle, after.certificate(), after.now), f"callers, month {month}"
        assert trusts(after.bundle, before.certificate(), after.now), f"pods, month {month}"
        authorities.add(after.certificate(AUTHORITY))
        longest = max(longest, len(after.bundle))
        before = after
    assert len(authorities) == 4
    assert longest == 2


def test_a_new_authority_is_trusted_long_before_it_signs() -> None:
    now, states = START, [FRESH]
    while states[-1].certificate(AUTHORITY) == FRESH.certificate(AUTHORITY):
        now = states[-1].next_due or now
        states.append(states[-1].secured(now))
    changed = states[-1]
    assert trusts([FRESH.certificate(AUTHORITY)], changed.certificate(), now)
    assert changed.bundle == [changed.certificate(AUTHORITY), FRESH.certificate(AUTHORITY)]
    following = changed.secured(changed.next_due)
    assert following.now - changed.now == pytest.approx(365 * DAY * 2 / 3, abs=DAY)
    assert trusts([changed.certificate(AUTHORITY)], following.certificate(), following.now)
    assert len(following.secured(changed.now + 364 * DAY).bundle) == 2
    assert len(following.secured(changed.now + 366 * DAY).bundle) == 1


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(FRESH.without(SERVING), id="missing"),
        pytest.param(FRESH.edited(SERVING, tls_key=FOREIGN.encoded_key), id="another-key"),
        pytest.param(FRESH.edited(SERVING, tls_crt=FOREIGN.encoded), id="another-certificate"),
        pytest.param(FRESH.edited(SERVING, tls_crt=CORRUPT), id="corrupt-certificate"),
        pytest.param(FRESH.edited(SERVING, tls_key="%"), id="corrupt-key"),
        pytest.param(FRESH.edited(SERVING, tls_key=""), id="no-key"),
        pytest.param(FRESH.edited(SERVING, **Cluster().secured().contents()), id="a-whole-other"),
        pytest.param(
            FRESH.edited(SERVING, tls_crt=FOREIGN.encoded, tls_key=FOREIGN.encoded_key),
            id="an-authority",
        ),
    ],
)
def test_a_bad_serving_certificate_is_made_anew_by_the_same_authority(found: Cluster) -> None:
    mended = found.secured()
    assert mended.contents()["tls.crt"] not in {FRESH.contents()["tls.crt"], FOREIGN.encoded}
    assert mended.bundles == FRESH.bundles
    assert trusts(FRESH.bundle, mended.certificate(), START)
    assert mended.secured().live == mended.live


def test_a_certificate_for_other_names_is_made_anew() -> None:
    pair = pki.read_pair(FRESH.contents(AUTHORITY))
    assert pair
    other = pki.issue(pair, ("hooks.elsewhere.svc",), DAY, START)
    found = FRESH.edited(SERVING, tls_crt=other.encoded, tls_key=other.encoded_key)
    assert trusts(FRESH.bundle, found.secured().certificate(), START)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(FRESH.without(AUTHORITY), id="missing"),
        pytest.param(FRESH.edited(AUTHORITY, tls_key=FOREIGN.encoded_key), id="another-key"),
        pytest.param(FRESH.edited(AUTHORITY, tls_key="", ca_crt=CORRUPT), id="corrupt"),
    ],
)
def test_a_lost_authority_is_replaced_and_stays_trusted(found: Cluster) -> None:
    mended = found.secured()
    assert mended.certificate() == FRESH.certificate()
    assert mended.bundle == [mended.certificate(AUTHORITY), FRESH.certificate(AUTHORITY)]
    assert mended.secured().live == mended.live
    rotated = mended.secured(ROTATION)
    assert trusts(mended.bundle, rotated.certificate(), ROTATION)
    assert trusts(rotated.bundle, mended.certificate(), ROTATION)


def test_a_new_authority_does_not_sign_before_it_is_trusted() -> None:
    found = FRESH.without(AUTHORITY).secured(ROTATION)
    assert found.certificate() == FRESH.certificate()
    assert found.next_due == ROTATION + 3.65 * DAY
    assert found.secured(found.next_due - timedelta(seconds=1)).live == found.live
    rotated = found.secured(found.next_due)
    assert rotated.certificate() != FRESH.certificate()
    assert trusts(found.bundle, rotated.certificate(), rotated.now)


def test_a_new_authority_signs_at_once_when_nothing_valid_serves() -> None:
    end = FRESH.certificate().not_valid_after_utc
    held_back = FRESH.without(AUTHORITY).secured(end - DAY)
    assert held_back.next_due == end
    assert trusts(held_back.bundle, held_back.secured(end).certificate(), end)
    late = FRESH.without(AUTHORITY).secured(end)
    assert trusts(late.bundle, late.certificate(), end)


def test_an_authority_that_is_lost_every_day_lets_no_bundle_grow() -> None:
    state = FRESH
    for day in range(10):
        state = state.without(AUTHORITY).secured(START + day * DAY)
        assert state.certificate() == FRESH.certificate()
        assert trusts(state.bundle, FRESH.certificate(), state.now)
    replaced = state.without(SERVING).secured()
    assert trusts(replaced.bundle, FRESH.certificate(), replaced.now)
    assert len(replaced.bundle) == len(state.bundle) == 4


def test_no_certificate_outlives_its_authority() -> None:
    late = FRESH.secured(START + 4.5 * 365 * DAY)
    end = FRESH.certificate(AUTHORITY).not_valid_after_utc
    assert late.certificate().not_valid_after_utc == end
    assert trusts(FRESH.bundle, late.certificate(), end - DAY)
    following = late.secured(late.next_due)
    assert trusts(late.bundle, following.certificate(), following.now)
    assert following.certificate().not_valid_after_utc > end


@pytest.mark.parametrize("ref", [SERVING, AUTHORITY], ids=lambda ref: ref.name)
def test_an_edited_bundle_is_mended(ref: ObjectRef) -> None:
    assert FRESH.edited(ref, ca_crt=CORRUPT).secured().live == FRESH.live


def test_no_others_authority_gets_into_the_bundle() -> None:
    both = pki.encode([FRESH.certificate(AUTHORITY), FRESH.certificate()])
    assert FRESH.edited(AUTHORITY, ca_crt=both).secured().live == FRESH.live


def test_a_secret_of_somebody_elses_keeps_its_type() -> None:
    theirs = an("Secret", "hooks-tls", type="Opaque", data={"tls.crt": "", "other": ""})
    taken = Cluster({SERVING: theirs}).secured()
    assert taken.live[SERVING]["type"] == "Opaque"
    assert taken.live[AUTHORITY]["type"] == "kubernetes.io/tls"
    assert trusts(taken.bundle, taken.certificate(), START)


USERS = FRESH.edited(SERVING, tls_crt=FOREIGN.encoded, tls_key=FOREIGN.encoded_key, ca_crt="theirs")
LEFT_ALONE = {"annotations": {MANAGED: "false"}}


def test_a_users_own_certificate_serves_as_it_is() -> None:
    state = Cluster({**USERS.live, SERVING: {**USERS.live[SERVING], "metadata": LEFT_ALONE}})
    kept = state.secured()
    assert kept.bundles == {"theirs"}
    assert kept.live.keys().isdisjoint({SERVING, AUTHORITY})
    assert kept.next_due is None


def test_a_users_own_certificate_without_an_authority_is_trusted_itself() -> None:
    bare = {**FRESH.live[SERVING], "metadata": LEFT_ALONE, "data": {"tls.crt": "its own"}}
    assert Cluster({SERVING: bare}).secured().bundles == {"its own"}


@pytest.mark.parametrize("ref", [SERVING, AUTHORITY], ids=lambda ref: ref.name)
def test_a_useless_secret_that_is_left_alone_holds_the_component(ref: ObjectRef) -> None:
    metadata = {"name": ref.name, "namespace": "ns", **LEFT_ALONE}
    useless = {**FRESH.live[ref], "metadata": metadata, "data": {"tls.key": "x"}}
    remedy = "put one there, or take the annotation opendatahub.io/managed off"
    with pytest.raises(Held, match=f"Secret ns/{ref.name} is left alone, .*; {remedy}") as error:
        Cluster({**FRESH.live, ref: useless}).secured()
    assert error.value.reason == "SecretIncomplete"


def test_a_good_authority_that_is_left_alone_signs() -> None:
    annotated = {**FRESH.live[AUTHORITY], "metadata": LEFT_ALONE}
    state = Cluster({AUTHORITY: annotated}).secured()
    assert trusts(FRESH.bundle, state.certificate(), START)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.sampled_from([(), (SERVING,), (AUTHORITY,)])),
        max_size=8,
    )
)
def test_whatever_is_deleted_when_nobody_loses_trust(
    steps: list[tuple[int, tuple[ObjectRef, ...]]],
) -> None:
    state = FRESH
    for days, lost in steps:
        target = state.now + days * DAY
        while state.next_due and state.next_due <= target:
            state = checked(state, state.secured(state.next_due))
        state = checked(state, state.without(*lost).secured(target))


def checked(before: Cluster, after: Cluster) -> Cluster:
    """Make sure that callers and pods that still have what was before work with what is now."""
    assert len(after.bundle) <= 4
    assert after.secured().live == after.live
    assert trusts(before.bundle, after.certificate(), after.now)
    if before.certificate().not_valid_after_utc > after.now:
        assert trusts(after.bundle, before.certificate(), after.now)
    return after
