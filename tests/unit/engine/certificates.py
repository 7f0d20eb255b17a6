"""Certificates for servers under test, and clients that trust anything."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

from rhoai_operator.engine.tls import Pem
from rhoai_operator.reconcile.certificates import pki

NOW = datetime.now(UTC).replace(microsecond=0)
NAMES = ("metrics.ns.svc", "metrics")


def made(days: int = 30) -> Pem:
    authority = pki.make_authority("test", timedelta(days=days), NOW)
    return Pem.of(pki.issue(authority, NAMES, timedelta(days=days), NOW))


def client(newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = newest
    return context
