"""Certificates as TLS itself sees them: a server with the Secret, a client with a caBundle."""

from __future__ import annotations

import ssl
from base64 import b64decode
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rhoai_operator.core.objects import ObjectRef
from tests.unit.reconcile.certificates.parts import AUTHORITY, Cluster, client_config
from tests.unit.reconcile.certificates.parts import DEFINITION as CRD

YEAR = timedelta(days=365)
NAMES = ("hooks.ns.svc", "hooks.ns.svc.cluster.local", "hooks.ns")


def handshake(bundle: str, state: Cluster, folder: Path, name: str = NAMES[0]) -> None:
    """Connect to a server that has mounted the Secret, without a network.

    Raises:
        ssl.SSLError: the client does not trust the server.
    """
    files = {key: folder / key for key in ("tls.crt", "tls.key")}
    for key, path in files.items():
        path.write_bytes(b64decode(state.contents()[key]))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(files["tls.crt"], files["tls.key"])
    calling = ssl.create_default_context(cadata=b64decode(bundle).decode())
    calling.verify_flags |= ssl.VERIFY_X509_STRICT
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        calling.wrap_bio(back, there, server_hostname=name),
        serving.wrap_bio(there, back, server_side=True),
    ]
    for end in (*ends, *ends):
        with suppress(ssl.SSLWantReadError):
            end.do_handshake()
    for end in ends:
        end.do_handshake()


def bundle(state: Cluster) -> str:
    return str(client_config(state.live[ObjectRef.of(CRD)])["caBundle"])


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize("name", NAMES)
def test_the_service_is_trusted_by_each_of_its_names(
    name: str, now: datetime, tmp_path: Path
) -> None:
    fresh = Cluster().secured(now)
    handshake(bundle(fresh), fresh, tmp_path, name)


def test_it_is_trusted_by_no_other_name_and_by_no_other_bundle(
    now: datetime, tmp_path: Path
) -> None:
    fresh, another = Cluster().secured(now), Cluster().secured(now)
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        handshake(bundle(fresh), fresh, tmp_path, "hooks.elsewhere.svc")
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate"):
        handshake(bundle(another), fresh, tmp_path)


@pytest.mark.parametrize("lost", [(), (AUTHORITY,)], ids=["rotated", "authority-lost"])
def test_a_rotation_leaves_no_gap(
    lost: tuple[ObjectRef, ...], now: datetime, tmp_path: Path
) -> None:
    made = now - YEAR * 3 / 4
    before = Cluster().secured(made)
    during = before.without(*lost).secured(made + YEAR / 2)
    after = during.secured(now)
    assert after.certificate() != during.certificate() == before.certificate()
    for callers, pods in [(before, before), (during, before), (during, after), (after, before)]:
        handshake(bundle(callers), pods, tmp_path)
    handshake(bundle(after), after, tmp_path)


def test_a_rotation_of_the_authority_leaves_no_gap(now: datetime, tmp_path: Path) -> None:
    states = [Cluster().secured(now - 4.3 * YEAR)]
    while states[-1].next_due and states[-1].next_due < now:
        states.append(states[-1].secured(states[-1].next_due))
    latest = states[-1]
    assert latest.certificate(AUTHORITY) != states[0].certificate(AUTHORITY)
    for callers, pods in [(states[-2], latest), (latest, states[-2]), (latest, latest)]:
        handshake(bundle(callers), pods, tmp_path)
