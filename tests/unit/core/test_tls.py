from __future__ import annotations

import ssl
from ssl import TLSVersion
from typing import Any

import pytest

from rhoai_operator.core.tls import (
    INTERMEDIATE,
    Profile,
    chosen,
    every_suite,
    of_cluster,
    unknown_suites,
)

ECDSA = "ECDHE-ECDSA-AES128-GCM-SHA256"
STANDARD = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
NEWEST = "TLS_AES_128_GCM_SHA256"
MODERN = Profile(TLSVersion.TLSv1_3, ())


def suites(profile: Profile) -> set[str]:
    """Return what OpenSSL makes of a profile."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(":".join(profile.ciphers))
    return {suite["name"] for suite in context.get_ciphers()}


@pytest.mark.parametrize(
    ("version", "names", "profile"),
    [
        pytest.param("", [], INTERMEDIATE, id="nothing"),
        pytest.param(
            "VersionTLS13", [], Profile(TLSVersion.TLSv1_3, INTERMEDIATE.ciphers), id="version"
        ),
        pytest.param("", [STANDARD], Profile(ciphers=(ECDSA,)), id="standard-name"),
        pytest.param("", [ECDSA], Profile(ciphers=(ECDSA,)), id="name-of-openssl"),
        pytest.param("", [ECDSA, NEWEST, STANDARD], Profile(ciphers=(ECDSA,)), id="twice"),
        pytest.param("VersionTLS10", [ECDSA], Profile(ciphers=(ECDSA,)), id="never-older"),
        pytest.param("VersionTLS12", [NEWEST], MODERN, id="none-of-1.2-is-left"),
    ],
)
def test_what_is_chosen(version: str, names: list[str], profile: Profile) -> None:
    assert chosen(version, names) == profile


@pytest.mark.parametrize(
    ("asked", "profile"),
    [
        pytest.param(None, INTERMEDIATE, id="absent"),
        pytest.param({"type": "Intermediate", "intermediate": {}}, INTERMEDIATE, id="intermediate"),
        pytest.param({"type": "Modern", "modern": {}}, MODERN, id="modern"),
        pytest.param({"type": "Novel"}, INTERMEDIATE, id="unknown"),
        pytest.param({"type": "Custom", "custom": None}, INTERMEDIATE, id="custom-but-empty"),
        pytest.param(
            {"type": "Custom", "custom": {"ciphers": [ECDSA], "minTLSVersion": "VersionTLS11"}},
            Profile(ciphers=(ECDSA,)),
            id="custom",
        ),
    ],
)
def test_the_clusters_profile(asked: Any, profile: Profile) -> None:
    assert of_cluster({"tlsSecurityProfile": asked}) == profile


def test_the_old_profile_accepts_more_but_no_older_version() -> None:
    old = of_cluster({"tlsSecurityProfile": {"type": "Old"}})
    assert old.minimum is TLSVersion.TLSv1_2
    assert set(old.ciphers) > set(INTERMEDIATE.ciphers)


def test_every_suite_is_one_that_openssl_knows() -> None:
    old = of_cluster({"tlsSecurityProfile": {"type": "Old"}})
    assert set(old.ciphers) <= suites(old)
    assert suites(INTERMEDIATE) - set(INTERMEDIATE.ciphers) == {
        name for name in every_suite() if "_WITH_" not in name
    }


def test_names_that_are_unknown_are_found() -> None:
    assert unknown_suites([STANDARD, ECDSA, NEWEST, "RC4-MD5", ""]) == ["RC4-MD5", ""]
    assert unknown_suites(every_suite()) == []
