"""Serving certificates that are replaced without a restart.

A server gets one SSL context for ever. Each handshake looks whether there is a newer certificate
and serves by an inner context that holds the newest one; a newer one that is no good is logged,
and the one before stays in use.
"""

from __future__ import annotations

import logging
import os
import ssl
import tempfile
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self, TypeAlias

from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.tls import INTERMEDIATE, Profile
from rhoai_operator.reconcile.certificates import pki

VALIDITY = timedelta(days=365)
"""Of certificates that are made for this process alone."""

log = logging.getLogger(__name__)


class CertificateError(OperatorError):
    """A certificate and key cannot be used."""


@dataclass(frozen=True, slots=True)
class Pem:
    """A certificate, with those that lead to its authority behind it, and its private key."""

    certificate: bytes
    key: bytes = field(repr=False)

    @classmethod
    def of_secret(cls, contents: Mapping[str, str]) -> Self:
        """Read a TLS Secret's ``data``.

        Raises:
            CertificateError: it is not complete.
        """
        try:
            certificate, key = (b64decode(contents[k], validate=True) for k in _NAMES)
        except (KeyError, ValueError) as error:
            raise CertificateError(f"the Secret has no good {' and '.join(_NAMES)}") from error
        return cls(certificate, key)

    @classmethod
    def of(cls, pair: pki.Pair) -> Self:
        """Take over a pair that was made here."""
        return cls(b64decode(pair.encoded), b64decode(pair.encoded_key))


Source: TypeAlias = Callable[[], Pem | None]
"""Gives what to serve from now on; None if that is what it gave before.

Asked at every handshake, so it has to be quick. May raise ``CertificateError``.
"""

_NAMES = ("tls.crt", "tls.key")


class Files:
    """``tls.crt`` and ``tls.key`` in a folder, such as a mounted Secret.

    Args:
        before: what is served until there are such files: a Secret may come after its pods.
    """

    def __init__(self, folder: Path, before: Source = lambda: None) -> None:
        self._paths = [folder / name for name in _NAMES]
        self._before = before
        self._missed = False
        self._seen: list[tuple[int, int, int]] = []

    def __call__(self) -> Pem | None:
        """Read the files again if they are others, or were written, since the last time."""
        if not self._seen and not all(path.exists() for path in self._paths):
            if not self._missed:
                log.warning(
                    "no %s yet; they are used once they come", " and ".join(map(str, self._paths))
                )
            self._missed = True
            return self._before()
        try:
            found = [(s.st_ino, s.st_mtime_ns, s.st_size) for s in (p.stat() for p in self._paths)]
            if found == self._seen:
                return None
            self._seen = found
            certificate, key = (path.read_bytes() for path in self._paths)
        except OSError as error:
            raise CertificateError(f"cannot read the certificate: {error}") from error
        return Pem(certificate, key)


class SelfMade:
    """A certificate that is made here, anew when a third of its life is left.

    Its authority lives for that one signature only, so nobody can verify it beforehand.

    Args:
        now: the time in UTC.
    """

    def __init__(
        self, names: tuple[str, ...], now: Callable[[], datetime], validity: timedelta = VALIDITY
    ) -> None:
        self._names = names
        self._now = now
        self._validity = validity
        self._due: datetime | None = None

    def __call__(self) -> Pem | None:
        """Make one if it is time to."""
        now = self._now()
        if self._due and now < self._due:
            return None
        authority = pki.make_authority(self._names[0].split(".")[0], self._validity, now)
        pair = pki.issue(authority, self._names, self._validity, now)
        self._due = pki.rotates_at(pair.certificate)
        return Pem.of(pair)


class ServingCertificate:
    """The certificate of one server, and the SSL context to serve it by.

    Args:
        name: what it is for, in logs and metrics.
        source: where it comes from. Without one, it is what :meth:`use` was given last; until
            then handshakes fail.

    Attributes:
        context: to listen with.

    Raises:
        CertificateError: by the source, at the start; later it is logged.
    """

    def __init__(
        self, name: str, source: Source = lambda: None, profile: Profile = INTERMEDIATE
    ) -> None:
        self.name = name
        self._source = source
        self._profile = profile
        self._trouble = ""
        self._pem: Pem | None = None
        self._end: datetime | None = None
        self._inner = self.context = _context(profile)
        self.context.sni_callback = self._serve_newest
        if pem := source():
            self.use(pem)

    def use(self, pem: Pem) -> None:
        """Serve this one to whoever connects from now on.

        Raises:
            CertificateError: it is no good; the one before stays in use.
        """
        context = _context(self._profile)
        try:
            with _as_file(pem.key + b"\n" + pem.certificate) as path:
                context.load_cert_chain(path, password="")  # never ask a terminal for one
            (first, *_) = pki.read_pem(pem.certificate)
        except (OSError, ValueError) as error:
            text = f"certificate {self.name}: certificate and key are no pair"
            raise CertificateError(
                f"{text}: {error}; give a PEM certificate and its key"
            ) from error
        if pem != self._pem:
            end, serial = first.not_valid_after_utc, f"{first.serial_number:x}"
            log.info("certificate %s: serving %s, valid until %s", self.name, serial, end)
        self._inner, self._pem, self._end = context, pem, first.not_valid_after_utc

    def accept(self, profile: Profile) -> None:
        """Accept what this profile says, of whoever connects from now on."""
        if profile == self._profile:
            return
        self._profile = profile
        _restrict(self.context, profile)
        if self._pem:
            self.use(self._pem)

    @property
    def not_after(self) -> datetime | None:
        """The end of what is served now, in UTC; None if nothing is."""
        self._look()
        return self._end

    def _look(self) -> None:
        try:
            if pem := self._source():
                self.use(pem)
                self._trouble = ""
        except CertificateError as error:
            if str(error) != self._trouble:
                log.warning("%s; what was served before is served further", error)
            self._trouble = str(error)

    def _serve_newest(self, connection: ssl.SSLObject, *_: object) -> None:
        """Choose by what to answer a client's hello, whatever name it asks for."""
        self._look()
        connection.context = self._inner


def _context(profile: Profile) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _restrict(context, profile)
    return context


def _restrict(context: ssl.SSLContext, profile: Profile) -> None:
    context.minimum_version = profile.minimum
    context.set_ciphers(":".join(profile.ciphers) or "DEFAULT")


@contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """Give the content a path, as OpenSSL wants it, and no place on a disk where that can be."""
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("tls"), "wb") as file:
            file.write(content)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
    else:
        with tempfile.NamedTemporaryFile() as kept:
            kept.write(content)
            kept.flush()
            yield kept.name
