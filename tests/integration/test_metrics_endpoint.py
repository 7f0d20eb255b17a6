"""The metrics endpoint as an operator of the real API server serves it: to whom, and how."""

from __future__ import annotations

import json
import ssl
import urllib.request
import warnings
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from cryptography import x509

from hack.openshift import Stub, definition
from rhoai_operator.reconcile.certificates import pki
from tests.cluster import ControlPlane
from tests.mounted import mount
from tests.running import LEADING, Operator, View
from tests.scraping import Accounts, Scraped, an, scrape, trusting
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers")

Start: TypeAlias = Callable[..., Operator]
SECURE = {
    "RHOAI_METRICS_SECURE": "true",
    "RHOAI_CREATE_DSCI": "false",
    "RHOAI_LEASE_DURATION_SECONDS": "3",
    "RHOAI_LEASE_RENEW_DEADLINE_SECONDS": "2",
    "RHOAI_LEASE_RETRY_SECONDS": "0.5",
}
OLDER, OLD = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2
REVIEWS = ("tokenreviews", "subjectaccessreviews")
PROFILE = Stub("APIServer", "apiservers", "config.openshift.io/v1", namespaced=False)
SECONDS = 20.0


@pytest.fixture
def accounts(control_plane: ControlPlane) -> Iterator[Accounts]:
    made = Accounts(control_plane)
    yield made
    made.remove()


def test_only_those_may_scrape_whom_rbac_allows_to(start: Start, accounts: Accounts) -> None:
    operator = start(**SECURE, RHOAI_LOG_LEVEL="debug")
    reader = accounts.token("serving-reader", may_scrape=True)
    stranger = accounts.token("serving-stranger", may_scrape=False)

    def answer(token: str) -> Scraped:
        return scrape(operator.metrics_port, token)

    assert answer("").status == 401
    assert answer("").headers["WWW-Authenticate"] == "Bearer"
    assert answer("garbage").status == 401
    assert answer(f"{reader[:-8]}AAAAAAAA").status == 401
    refused, allowed = answer(stranger), answer(reader)
    assert (refused.status, allowed.status) == (403, 200)
    assert "system:serviceaccount:default:serving-stranger" in refused.text
    assert LEADING in allowed.text
    assert "rhoai_operator" not in refused.text.replace("rhoai-operator", "")
    counts = {200: 1, 401: 4, 403: 1, 500: 0}
    for code, count in counts.items():
        assert f'rhoai_operator_scrapes_total{{code="{code}"}} {count}.0' in allowed.text
    assert not [token for token in (reader, stranger) if token in operator.log.read_text()]


@pytest.mark.needs("audit-log")
def test_scrapes_ask_the_api_server_once_for_each_token(
    start: Start, accounts: Accounts, control_plane: ControlPlane
) -> None:
    operator = start(**SECURE)
    token = accounts.token("serving-reader", may_scrape=True)
    mark = control_plane.audit_mark()

    def asked() -> list[str]:
        events = (e for e in control_plane.audit(mark) if e["stage"] == "ResponseComplete")
        named = [
            e.get("objectRef", {}).get("resource", "") for e in events if e["verb"] == "create"
        ]
        return [resource for resource in named if resource in REVIEWS]

    for _ in range(2):
        assert scrape(operator.metrics_port, token).status == 200
    assert asked() == list(REVIEWS)

    another = accounts.new_token("serving-reader")
    assert another != token
    assert scrape(operator.metrics_port, another).status == 200
    assert asked()[2:3] == ["tokenreviews"]


def test_a_standby_is_scraped_like_a_leader(start: Start, accounts: Accounts) -> None:
    start(**SECURE)
    standby = start(**SECURE)
    token = accounts.token("serving-reader", may_scrape=True)

    answers = [scrape(standby.metrics_port, given) for given in ("", token)]

    assert [answer.status for answer in answers] == [401, 200]
    assert LEADING not in answers[1].text
    assert 'leader_election_master_status{name="rhoai-operator"} 0.0' in answers[1].text


def test_plain_http_is_served_on_request_only(start: Start) -> None:
    secure, plain = start(**SECURE), start(**{**SECURE, "RHOAI_METRICS_SECURE": "false"})

    with pytest.raises(OSError):  # noqa: PT011 - whatever a client calls it
        urllib.request.urlopen(f"http://127.0.0.1:{secure.metrics_port}/metrics", timeout=5)
    assert "rhoai_operator_build_info" in plain.get("/metrics")
    with pytest.raises(ssl.SSLError):
        scrape(plain.metrics_port)


@dataclass(frozen=True)
class Issued:
    """A certificate of one authority."""

    pair: pki.Pair

    @property
    def files(self) -> dict[str, bytes]:
        pem, key = b64decode(self.pair.encoded), b64decode(self.pair.encoded_key)
        return {"tls.crt": pem, "tls.key": key}

    @property
    def end(self) -> datetime:
        return self.pair.certificate.not_valid_after_utc


def served(port: int, tls: ssl.SSLContext) -> int:
    """Return the serial number of the certificate that a new connection is shown."""
    pem = ssl.get_server_certificate(("localhost", port))
    assert scrape(port, tls=tls).status == 401
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def test_a_certificate_that_is_replaced_is_served_without_a_restart(
    start: Start, accounts: Accounts, tmp_path: Path
) -> None:
    now, folder = datetime.now(UTC), tmp_path / "metrics-cert"
    folder.mkdir()
    authority = pki.make_authority("test", timedelta(days=90), now)
    first, second = (
        Issued(pki.issue(authority, ("localhost",), timedelta(days=days), now)) for days in (20, 40)
    )
    mount(folder, first.files)
    operator = start(**SECURE, RHOAI_METRICS_CERT_DIR=str(folder))
    token = accounts.token("serving-reader", may_scrape=True)
    tls = trusting(b64decode(authority.encoded).decode())
    assert served(operator.metrics_port, tls) == first.pair.certificate.serial_number

    mount(folder, second.files)

    assert served(operator.metrics_port, tls) == second.pair.certificate.serial_number
    name = 'rhoai_operator_certificate_expiration_timestamp_seconds{certificate="metrics"}'
    text = scrape(operator.metrics_port, token, tls).text
    found = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("rhoai"))
    assert float(found[name]) == second.end.timestamp()
    assert operator.is_alive

    mount(folder, {**first.files, "tls.key": second.files["tls.key"]})

    assert served(operator.metrics_port, tls) == second.pair.certificate.serial_number
    assert [line for line in operator.lines() if "are no pair" in line["message"]]


@pytest.mark.parametrize(
    ("settings", "newest", "accepted"),
    [
        pytest.param({}, OLDER, False, id="1.1-never"),
        pytest.param({}, OLD, True, id="1.2-by-default"),
        pytest.param({"RHOAI_TLS_MIN_VERSION": "VersionTLS13"}, OLD, False, id="1.3-on-request"),
        pytest.param(
            {"RHOAI_TLS_CIPHER_SUITES": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
            OLD,
            False,
            id="no-suite-in-common",
        ),
    ],
)
def test_old_tls_is_refused(
    start: Start, settings: dict[str, str], newest: ssl.TLSVersion, accepted: bool
) -> None:
    operator = start(**SECURE, **settings)
    assert speaks(operator, ssl.TLSVersion.TLSv1_3)
    assert speaks(operator, newest) is accepted


def speaks(operator: Operator, newest: ssl.TLSVersion) -> bool:
    """Tell whether it accepts a client that speaks this version and nothing newer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        client = trusting()
        client.minimum_version = min(newest, OLDER)
        client.maximum_version = newest
    client.set_ciphers("DEFAULT:@SECLEVEL=0")  # else it is the client that refuses
    try:
        return scrape(operator.metrics_port, tls=client).status == 401
    except (ssl.SSLEOFError, ConnectionResetError):  # it is the server that hangs up
        return False


def test_the_clusters_tls_profile_is_followed(start: Start, view: View) -> None:
    kubectl, crd = view.cluster.kubectl, definition(PROFILE)
    name = str(crd["metadata"]["name"])
    kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(crd))
    kubectl("wait", "--for=condition=Established", "--timeout=30s", f"crd/{name}")

    def choose(kind: str) -> None:
        profile = {"tlsSecurityProfile": {"type": kind}}
        chosen = {**an(PROFILE.api_version, PROFILE.kind, "cluster"), "spec": profile}
        kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(chosen))

    try:
        choose("Modern")
        operator = start(**SECURE, RHOAI_RESYNC_SECONDS="1")
        blocking_until(lambda: not speaks(operator, OLD), SECONDS, "TLS 1.2 is refused")
        choose("Intermediate")
        blocking_until(lambda: speaks(operator, OLD), SECONDS, "TLS 1.2 is accepted")
    finally:
        kubectl("delete", "crd", name)
