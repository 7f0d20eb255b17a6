"""Certificates and keys: made, read and judged. The only importer of cryptography.

All keys are ECDSA P-256. Encoded means base64 of PEM, as Secrets hold it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self, TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rhoai_operator.core.hidden import Hidden

X509: TypeAlias = x509.Certificate

BACKDATED = timedelta(minutes=5)
"""Certificates begin so long before they are made: clocks of clients may be slow."""

ORGANIZATION = "rhoai-operator"
"""In the subject of every authority that we made."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key.

    Attributes:
        encoded: the certificate, as it was found or made.
        encoded_key: the private key likewise.
    """

    certificate: X509
    key: ec.EllipticCurvePrivateKey = field(repr=False, compare=False)
    encoded: str = field(repr=False)
    encoded_key: Hidden = field(repr=False)

    @classmethod
    def of(cls, certificate: X509, key: ec.EllipticCurvePrivateKey) -> Self:
        """Encode what was just made."""
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return cls(certificate, key, encode([certificate]), Hidden(_base64(pem)))


def make_authority(name: str, validity: timedelta, now: datetime) -> Pair:
    """Make a certificate authority that signs for one Service, and for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, identifier.digest.hex()),
        ]
    )
    builder = (
        _builder(key, now, now + validity)
        .subject_name(subject)
        .issuer_name(subject)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(_issuer_identifier(identifier), critical=False)
    )
    return Pair.of(builder.sign(key, hashes.SHA256()), key)


def issue(authority: Pair, names: tuple[str, ...], validity: timedelta, now: datetime) -> Pair:
    """Make a serving certificate for these DNS names; it ends before its authority does."""
    key, signer = ec.generate_private_key(ec.SECP256R1()), authority.certificate
    end = min(now + validity, signer.not_valid_after_utc)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0].split(".")[0])])
    identifier = signer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        _builder(key, now, end)
        .subject_name(subject)
        .issuer_name(signer.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(map(x509.DNSName, names)), critical=False)
        .add_extension(_issuer_identifier(identifier), critical=False)
    )
    return Pair.of(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(
    key: ec.EllipticCurvePrivateKey, now: datetime, end: datetime
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_identifier(identifier: x509.SubjectKeyIdentifier) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def read_pair(contents: Mapping[str, str]) -> Pair | None:
    """Read ``tls.crt`` and ``tls.key`` of a Secret; None unless both are whole and belong."""
    encoded, encoded_key = contents.get("tls.crt", ""), contents.get("tls.key", "")
    found = decode(encoded)
    try:
        key = serialization.load_pem_private_key(b64decode(encoded_key, validate=True), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if not found or not isinstance(key, ec.EllipticCurvePrivateKey):
        return None
    if found[0].public_key() != key.public_key():
        return None
    return Pair(found[0], key, encoded, Hidden(encoded_key))


def encode(certificates: Iterable[X509]) -> str:
    """Encode certificates, one after the other."""
    return _base64(b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates))


def decode(encoded: str) -> tuple[X509, ...]:
    """Read encoded certificates; none if they are not whole."""
    try:
        return read_pem(b64decode(encoded, validate=True))
    except ValueError:
        return ()


def read_pem(pem: bytes) -> tuple[X509, ...]:
    """Read certificates, one at least.

    Raises:
        ValueError: there are none, or they are not whole.
    """
    return tuple(x509.load_pem_x509_certificates(pem))


def made_at(certificate: X509) -> datetime:
    """Return when we made it."""
    return certificate.not_valid_before_utc + BACKDATED


def rotates_at(certificate: X509) -> datetime:
    """Return when it is to be replaced: a third of its life is left."""
    end = certificate.not_valid_after_utc
    return end - (end - made_at(certificate)) / 3


def is_authority(certificate: X509, now: datetime) -> bool:
    """Tell whether this is an authority that we made and that is valid."""
    organization = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return (
        [attribute.value for attribute in organization] == [ORGANIZATION]
        and _is_valid(certificate, now)
        and is_issued_by(certificate, certificate)
    )


def is_for(certificate: X509, names: tuple[str, ...], now: datetime) -> bool:
    """Tell whether this certificate is valid and for exactly these DNS names."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return False
    found = extension.value.get_values_for_type(x509.DNSName)
    return sorted(found) == sorted(names) and _is_valid(certificate, now)


def is_issued_by(certificate: X509, authority: X509) -> bool:
    """Tell whether the authority signed the certificate."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_valid(certificate: X509, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


def _base64(content: bytes) -> str:
    return b64encode(content).decode()
