from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from rhoai_operator.core.certificates import (
    Certificate,
    DependencyMissing,
    InvalidCertificate,
    Issuer,
)
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.inventory import apply_rank
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.reconcile.certificates.secure import secure, secure_all
from rhoai_operator.render.frozen import freeze
from tests.manifests import an
from tests.unit.reconcile.certificates.parts import (
    AUTHORITY,
    CALLERS,
    CERT_MANAGER,
    DAY,
    DEFINITION,
    DESIRED,
    LABELS,
    OWNERS,
    SERVICE,
    SERVICE_CA,
    SERVING,
    START,
    VALIDATING,
    Cluster,
    asking,
    client_config,
)

OF_SERVICE_CA = {"service.beta.openshift.io/inject-cabundle": "true"}
OF_CERT_MANAGER = {"cert-manager.io/inject-ca-from": "ns/hooks-tls"}


def by(issuer: Issuer) -> Cluster:
    certificate = asking(issuer)
    return Cluster().secured(certificate=certificate, served=[SERVICE_CA, CERT_MANAGER])


def notes(state: Cluster, manifest: Manifest) -> dict[str, str]:
    return dict(state.live[ObjectRef.of(manifest)]["metadata"].get("annotations", {}))


def test_service_ca_is_asked_by_annotations_and_adds_nothing() -> None:
    state = by(Issuer.SERVICE_CA)
    assert state.live.keys() == {ObjectRef.of(m) for m in DESIRED.objects}
    assert notes(state, SERVICE) == {
        "service.beta.openshift.io/serving-cert-secret-name": "hooks-tls"
    }
    assert notes(state, DEFINITION) == OF_SERVICE_CA
    assert notes(state, VALIDATING) == {"kept": "yes", **OF_SERVICE_CA}
    assert (state.bundles, state.next_due) == ({None}, None)


def test_cert_manager_is_asked_for_an_authority_that_signs() -> None:
    state = by(Issuer.CERT_MANAGER)
    added = {k: m for k, m in state.live.items() if k.group == "cert-manager.io"}
    assert [(ref.kind, ref.name, ref.namespace) for ref in sorted(added)] == [
        ("Certificate", "hooks-tls", "ns"),
        ("Certificate", "hooks-tls-ca", "ns"),
        ("Issuer", "hooks-tls", "ns"),
        ("Issuer", "hooks-tls-ca", "ns"),
    ]
    serving, authority, selfsigned, signing = (added[ref]["spec"] for ref in sorted(added))
    assert (selfsigned, signing) == ({"selfSigned": {}}, {"ca": {"secretName": "hooks-tls-ca"}})
    assert (authority["secretName"], authority["isCA"]) == ("hooks-tls-ca", True)
    assert authority["issuerRef"]["name"] == "hooks-tls"
    assert (serving["secretName"], serving["issuerRef"]["name"]) == ("hooks-tls", "hooks-tls-ca")
    assert serving["dnsNames"] == ["hooks.ns.svc", "hooks.ns.svc.cluster.local", "hooks.ns"]
    assert all(notes(state, caller).items() >= OF_CERT_MANAGER.items() for caller in CALLERS)
    assert (state.bundles, state.next_due, notes(state, SERVICE)) == ({None}, None, {})


def test_ourselves_give_two_secrets_and_the_bundle_to_those_who_call() -> None:
    state = by(Issuer.SELF)
    assert state.live.keys() - {ObjectRef.of(m) for m in DESIRED.objects} == {SERVING, AUTHORITY}
    assert state.live[SERVING]["type"] == "kubernetes.io/tls"
    assert state.bundles == {state.contents()["ca.crt"]}
    assert notes(state, VALIDATING) == {"kept": "yes"}
    assert state.live[ObjectRef.of(SERVICE)] == SERVICE


def test_what_calls_another_service_is_left_alone() -> None:
    state = by(Issuer.SELF)
    other = state.live[ObjectRef.of(VALIDATING)]["webhooks"][1]
    assert other == VALIDATING["webhooks"][1]


@pytest.mark.parametrize(
    ("served", "issuer"),
    [
        pytest.param([SERVICE_CA, CERT_MANAGER], Issuer.SERVICE_CA, id="openshift"),
        pytest.param([CERT_MANAGER], Issuer.SELF, id="cert-manager-must-be-asked-for"),
        pytest.param([], Issuer.SELF, id="plain"),
    ],
)
def test_what_auto_means(served: list[tuple[str, str, str]], issuer: Issuer) -> None:
    state = Cluster().secured(certificate=asking(Issuer.AUTO), served=served)
    assert state.live.keys() == by(issuer).live.keys()


@pytest.mark.parametrize(
    ("issuer", "missing"),
    [
        (Issuer.CERT_MANAGER, "Certificate.v1.cert-manager.io; install cert-manager"),
        (Issuer.SERVICE_CA, "ServiceCA.v1.operator.openshift.io; it exists on OpenShift only"),
    ],
)
def test_an_issuer_that_is_not_there_is_named_with_a_remedy(issuer: Issuer, missing: str) -> None:
    with pytest.raises(DependencyMissing, match=missing):
        Cluster().secured(certificate=asking(issuer))


@pytest.mark.parametrize("issuer", [i for i in Issuer if i is not Issuer.AUTO])
def test_what_is_added_is_labelled_owned_and_in_order(issuer: Issuer) -> None:
    state = by(issuer)
    known = {ObjectRef.of(m) for m in DESIRED.objects}
    for ref, manifest in state.live.items():
        if ref not in known:
            assert manifest["metadata"]["ownerReferences"] == OWNERS
            assert manifest["metadata"]["labels"] == {k: v for k, v in LABELS.items() if k != "app"}
    refs = list(state.live)
    assert refs == sorted(refs, key=apply_rank)


@pytest.mark.parametrize("issuer", list(Issuer))
def test_a_second_time_gives_the_same_bytes(issuer: Issuer) -> None:
    first = by(issuer)
    again = first.secured(certificate=asking(issuer), served=[SERVICE_CA, CERT_MANAGER])
    assert json.dumps(list(again.live.values())) == json.dumps(list(first.live.values()))


def test_what_is_shared_between_renderings_is_copied() -> None:
    desired = DesiredState((freeze(DEFINITION), SERVICE))
    before = json.dumps(desired.objects)
    changed, _ = secure(desired, asking(), {}, [], START)
    assert client_config(changed.objects[0]) != client_config(DEFINITION)
    assert json.dumps(desired.objects) == before


def test_what_the_rendering_knows_of_objects_stays() -> None:
    optional = frozenset({ObjectRef.of(VALIDATING)})
    sources = {ObjectRef.of(SERVICE): "courier/templates/service.yaml.j2"}
    changed, _ = secure(DesiredState(DESIRED.objects, optional, sources), asking(), {}, [], START)
    assert changed.optional == optional
    assert changed.sources == {
        **sources,
        SERVING: "courier/component.yaml",
        AUTHORITY: "courier/component.yaml",
    }


def test_a_service_that_is_not_rendered_needs_no_certificate() -> None:
    desired = DesiredState((an("Deployment"),))
    assert secure(desired, asking(), {}, [], START) == (desired, None)


def test_a_webhook_that_is_not_rendered_is_passed_over() -> None:
    changed, _ = secure(DesiredState((SERVICE,)), asking(), {}, [], START)
    assert len(changed.objects) == 3


ELSEWHERE: dict[str, Any] = {"service": {"name": "hooks", "namespace": "elsewhere"}}


@pytest.mark.parametrize(
    ("objects", "problem"),
    [
        pytest.param(
            (VALIDATING,),
            "ValidatingWebhookConfiguration checks calls Service hooks, which no template renders",
            id="no-service",
        ),
        pytest.param(
            (SERVICE, an("Secret", "hooks-tls")),
            "Secret ns/hooks-tls is made by the operator and rendered by a template",
            id="rendered-too",
        ),
        pytest.param(
            (SERVICE, {**DEFINITION, "spec": {"group": "example.com"}}),
            "letters.example.com does not call Service ns/hooks; correct certificates.webhooks",
            id="no-conversion",
        ),
        pytest.param(
            (SERVICE, {**VALIDATING, "webhooks": [{"name": "a", "clientConfig": ELSEWHERE}]}),
            "checks does not call Service ns/hooks",
            id="another-namespace",
        ),
    ],
)
def test_what_does_not_fit_is_told(objects: tuple[Manifest, ...], problem: str) -> None:
    with pytest.raises(InvalidCertificate, match=problem):
        secure(DesiredState(objects), asking(), {}, [], START)


SECOND = Certificate("second", "second-tls", Issuer.SELF, validity=3 * DAY)
BOTH = DesiredState((*DESIRED.objects, an("Service", "second")))


@dataclass
class Watched:
    """Live objects as they are remembered, and as they are."""

    remembered: Mapping[ObjectRef, Manifest]
    actual: Mapping[ObjectRef, Manifest]
    asked: list[ObjectRef] = field(default_factory=list)

    async def secured(self, *certificates: Certificate) -> tuple[Cluster, datetime | None]:
        looks = (self._remember, self._ask)
        desired, due = await secure_all(BOTH, certificates, looks, [], START)
        return Cluster({ObjectRef.of(m): m for m in desired.objects}), due

    async def _remember(self, ref: ObjectRef) -> Manifest | None:
        return self.remembered.get(ref)

    async def _ask(self, ref: ObjectRef) -> Manifest | None:
        self.asked.append(ref)
        return self.actual.get(ref)


@pytest.mark.parametrize("certificates", [(asking(), SECOND), (SECOND, asking())])
async def test_all_certificates_are_made_and_the_first_rotation_counts(
    certificates: tuple[Certificate, ...],
) -> None:
    state, due = await Watched({}, {}).secured(*certificates)
    names = {ref.name for ref in state.live if ref.kind == "Secret"}
    assert names == {"hooks-tls", "hooks-tls-ca", "second-tls", "second-tls-ca"}
    assert due == START.replace(microsecond=0) + 2 * DAY


async def test_no_certificates_change_nothing() -> None:
    assert await secure_all(BOTH, (), (Watched({}, {})._ask,) * 2, [], START) == (BOTH, None)


async def test_nothing_is_written_over_for_an_old_copy() -> None:
    actual = by(Issuer.SELF).live
    for remembered in ({}, by(Issuer.SELF).without(AUTHORITY).live):
        watched = Watched({**remembered, AUTHORITY: an("Secret")}, actual)
        state, _ = await watched.secured(asking())
        assert {ref: state.live[ref] for ref in (SERVING, AUTHORITY)} == {
            ref: actual[ref] for ref in (SERVING, AUTHORITY)
        }


async def test_what_is_good_as_remembered_costs_no_request() -> None:
    live = by(Issuer.SELF).live
    watched = Watched(live, {})
    state, _ = await watched.secured(asking())
    assert (state.live[SERVING], watched.asked) == (live[SERVING], [])
