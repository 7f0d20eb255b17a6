"""What TLS servers accept: versions and cipher suites, by name. Pure.

The profiles are those of OpenShift's ``tlsSecurityProfile``. Nothing older than TLS 1.2 is ever
accepted, whatever a profile says, and suites of TLS 1.3 are always on, as in Go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ssl import TLSVersion
from typing import Any

VERSIONS: Mapping[str, TLSVersion] = {
    "VersionTLS12": TLSVersion.TLSv1_2,
    "VersionTLS13": TLSVersion.TLSv1_3,
}
"""By the names that Kubernetes gives them."""

_ALWAYS_ON = (
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
)

_INTERMEDIATE = {
    "ECDHE-ECDSA-AES128-GCM-SHA256": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384": "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305": "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "ECDHE-RSA-CHACHA20-POLY1305": "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "DHE-RSA-AES128-GCM-SHA256": "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    "DHE-RSA-AES256-GCM-SHA384": "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
}

_OLD = {
    "DHE-RSA-CHACHA20-POLY1305": "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-SHA256": "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "ECDHE-RSA-AES128-SHA256": "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "ECDHE-ECDSA-AES128-SHA": "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "ECDHE-RSA-AES128-SHA": "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "ECDHE-ECDSA-AES256-SHA384": "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
    "ECDHE-RSA-AES256-SHA384": "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    "ECDHE-ECDSA-AES256-SHA": "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "ECDHE-RSA-AES256-SHA": "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "DHE-RSA-AES128-SHA256": "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
    "DHE-RSA-AES256-SHA256": "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
    "AES128-GCM-SHA256": "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "AES256-GCM-SHA384": "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "AES128-SHA256": "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "AES256-SHA256": "TLS_RSA_WITH_AES_256_CBC_SHA256",
    "AES128-SHA": "TLS_RSA_WITH_AES_128_CBC_SHA",
    "AES256-SHA": "TLS_RSA_WITH_AES_256_CBC_SHA",
}

_STANDARD = {standard: ours for ours, standard in (_INTERMEDIATE | _OLD).items()}


@dataclass(frozen=True, slots=True)
class Profile:
    """What a server accepts.

    Attributes:
        minimum: oldest version of TLS.
        ciphers: OpenSSL's names of suites of TLS 1.2, best first; none for OpenSSL's own choice,
            which matters only where TLS 1.2 is accepted.
    """

    minimum: TLSVersion = TLSVersion.TLSv1_2
    ciphers: tuple[str, ...] = tuple(_INTERMEDIATE)


INTERMEDIATE = Profile()
_PROFILES: Mapping[str, Profile] = {
    "Old": Profile(ciphers=(*_INTERMEDIATE, *_OLD)),
    "Intermediate": INTERMEDIATE,
    "Modern": Profile(TLSVersion.TLSv1_3, ()),
}


def unknown_suites(names: Iterable[str]) -> list[str]:
    """Return the names that are neither the standard's nor OpenSSL's for a suite known here."""
    known = {*_STANDARD, *_STANDARD.values(), *_ALWAYS_ON}
    return [name for name in names if name not in known]


def every_suite() -> list[str]:
    """Return the standard names of all suites that can be chosen."""
    return sorted((*_STANDARD, *_ALWAYS_ON))


def chosen(version: str, suites: Iterable[str]) -> Profile:
    """Return the profile of a version and suites, each under either of its names.

    Suites that are unknown do not count; where none of TLS 1.2 is left, neither does TLS 1.2.

    Args:
        version: the oldest; TLS 1.2 for one that is unknown, as older ones are here.
    """
    wanted = tuple(suites)
    names = (_STANDARD.get(name, name) for name in wanted)
    ciphers = tuple(name for name in dict.fromkeys(names) if name in (_INTERMEDIATE | _OLD))
    minimum = VERSIONS.get(version, TLSVersion.TLSv1_2)
    if wanted and not ciphers:
        return Profile(TLSVersion.TLSv1_3, ())
    return Profile(minimum, ciphers or INTERMEDIATE.ciphers)


def of_cluster(spec: Mapping[str, Any]) -> Profile:
    """Return the profile that the ``spec`` of OpenShift's APIServer asks for."""
    asked = spec.get("tlsSecurityProfile") or {}
    if asked.get("type") == "Custom":
        custom = asked.get("custom") or {}
        return chosen(custom.get("minTLSVersion", ""), custom.get("ciphers") or ())
    return _PROFILES.get(asked.get("type", ""), INTERMEDIATE)
