"""Serving certificates as TLS clients see them, without a network."""

from __future__ import annotations

import logging
import ssl
from base64 import b64encode
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rhoai_operator.core.tls import Profile
from rhoai_operator.engine.tls import (
    VALIDITY,
    CertificateError,
    Files,
    Pem,
    SelfMade,
    ServingCertificate,
)
from tests import mounted
from tests.unit.engine.certificates import NAMES, NOW, client, made

OLD = ssl.TLSVersion.TLSv1_2


def encrypted() -> bytes:
    """Return a key that nobody can use without asking for a password."""
    secret = serialization.BestAvailableEncryption(b"secret")
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)


def serial(pem: Pem) -> int:
    return x509.load_pem_x509_certificate(pem.certificate).serial_number


def mount(folder: Path, pem: Pem) -> None:
    mounted.mount(folder, {"tls.crt": pem.certificate, "tls.key": pem.key})


def seen(
    serving: ServingCertificate,
    calling: ssl.SSLContext | None = None,
    name: str | None = NAMES[0],
) -> int:
    """Connect, and return the serial number of the certificate that the client is shown."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    caller = (calling or client()).wrap_bio(back, there, server_hostname=name)
    server = serving.context.wrap_bio(there, back, server_side=True)
    for end in (caller, server, caller, server, caller):
        with suppress(ssl.SSLWantReadError):
            end.do_handshake()
    shown = caller.getpeercert(binary_form=True)
    assert shown
    return x509.load_der_x509_certificate(shown).serial_number


@pytest.mark.parametrize("newest", [OLD, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
@pytest.mark.parametrize("name", [NAMES[0], None], ids=["named", "unnamed"])
def test_files_of_a_secret_are_served_anew_once_it_changes(
    newest: ssl.TLSVersion, name: str | None, tmp_path: Path
) -> None:
    first, second = made(), made(60)
    mount(tmp_path, first)
    serving = ServingCertificate("metrics", Files(tmp_path))
    assert seen(serving, client(newest), name) == serial(first)
    assert serving.not_after == NOW + timedelta(days=30)
    mount(tmp_path, second)
    assert seen(serving, client(newest), name) == serial(second)
    assert serving.not_after == NOW + timedelta(days=60)


def test_files_are_read_only_when_they_are_others(tmp_path: Path) -> None:
    mount(tmp_path, made())
    files = Files(tmp_path)
    assert files()
    assert files() is None


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(lambda f: (f / "tls.key").write_bytes(made().key), "no pair", id="other-key"),
        pytest.param(lambda f: (f / "tls.crt").write_bytes(b"half"), "no pair", id="half"),
        pytest.param(lambda f: (f / "tls.key").write_bytes(encrypted()), "no pair", id="encrypted"),
        pytest.param(lambda f: (f / "tls.key").unlink(), "cannot read", id="gone"),
    ],
)
def test_what_is_no_good_is_told_once_and_not_served(
    spoil: object, said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good, better = made(), made()
    mount(tmp_path, good)
    serving = ServingCertificate("metrics", Files(tmp_path))
    assert callable(spoil)
    spoil(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert [seen(serving) for _ in range(3)] == [serial(good)] * 3
    (told,) = caplog.messages
    assert said in told
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).unlink(missing_ok=True)
    mount(tmp_path, better)
    assert seen(serving) == serial(better)


def test_files_that_are_no_good_are_an_error_at_the_start(tmp_path: Path) -> None:
    mount(tmp_path, Pem(b"", b""))
    with pytest.raises(CertificateError, match=r"certificate metrics: .* are no pair"):
        ServingCertificate("metrics", Files(tmp_path))


def test_files_may_come_later_and_something_else_is_served_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    serving = ServingCertificate("metrics", Files(tmp_path, before=SelfMade(NAMES, lambda: NOW)))
    before = seen(serving)
    assert seen(serving) == before
    pem = made()
    mount(tmp_path, pem)
    assert seen(serving) == serial(pem)
    (told,) = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert f"{tmp_path}/tls.key yet; they are used once they come" in told


def test_without_files_nothing_is_served(tmp_path: Path) -> None:
    serving = ServingCertificate("webhook", Files(tmp_path))
    with pytest.raises(ssl.SSLError):
        seen(serving)
    mount(tmp_path, pem := made())
    assert seen(serving) == serial(pem)


def test_what_is_given_is_served_from_then_on() -> None:
    serving = ServingCertificate("webhook")
    assert serving.not_after is None
    with pytest.raises(ssl.SSLError):
        seen(serving)
    for pem in (made(), made()):
        serving.use(pem)
        assert seen(serving) == serial(pem)


def test_what_is_given_and_no_good_changes_nothing() -> None:
    serving, good = ServingCertificate("webhook"), made()
    serving.use(good)
    with pytest.raises(CertificateError, match=r"certificate webhook: .* are no pair"):
        serving.use(Pem(made().certificate, good.key))
    assert seen(serving) == serial(good)


def test_a_secret_gives_what_is_in_it() -> None:
    pem = made()
    contents = {
        k: b64encode(v).decode()
        for k, v in zip(("tls.crt", "tls.key"), (pem.certificate, pem.key), strict=True)
    }
    assert Pem.of_secret(contents) == pem
    with pytest.raises(CertificateError, match=r"no good tls.crt and tls.key"):
        Pem.of_secret({"tls.crt": contents["tls.crt"]})
    assert "PRIVATE" not in repr(pem)


def test_a_certificate_of_our_own_is_made_anew_before_it_ends() -> None:
    now = [NOW]
    serving = ServingCertificate("metrics", SelfMade(NAMES, lambda: now[0]))
    first = seen(serving)
    now[0] += VALIDITY / 2
    assert seen(serving) == first
    now[0] += VALIDITY / 4
    assert seen(serving) != first
    assert serving.not_after == now[0] + VALIDITY


def test_the_profile_says_what_is_accepted() -> None:
    serving = ServingCertificate("metrics", profile=Profile(ssl.TLSVersion.TLSv1_3))
    serving.use(made())
    seen(serving)
    with pytest.raises(ssl.SSLError):
        seen(serving, client(OLD))

    wanted, other = "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"
    serving = ServingCertificate("metrics", profile=Profile(ciphers=(wanted,)))
    serving.use(made())
    calling = client(OLD)
    calling.set_ciphers(wanted)
    seen(serving, calling)
    calling.set_ciphers(other)
    with pytest.raises(ssl.SSLError):
        seen(serving, calling)


def test_another_profile_holds_for_whoever_connects_next() -> None:
    serving, pem = ServingCertificate("metrics"), made()
    serving.use(pem)
    assert seen(serving, client(OLD)) == serial(pem)
    serving.accept(Profile(ssl.TLSVersion.TLSv1_3, ()))
    with pytest.raises(ssl.SSLError):
        seen(serving, client(OLD))
    serving.accept(Profile())
    assert seen(serving, client(OLD)) == serial(pem)
