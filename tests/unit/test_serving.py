"""The servers as the composition root starts them, asked over the network of this host."""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from rhoai_operator.core.objects import Manifest
from rhoai_operator.engine.lease import Sole
from rhoai_operator.engine.tls_profile import API_SERVER
from rhoai_operator.engine.web import Heart
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.webhook import PATH
from rhoai_operator.serving import Health, start_servers
from rhoai_operator.settings import Settings
from tests.fakes.cluster import KINDS, FakeCluster
from tests.mounted import mount
from tests.unit.engine.certificates import client, made
from tests.wait import until

SECONDS = 5.0
END = 'rhoai_operator_certificate_expiration_timestamp_seconds{certificate="metrics"}'
OLD = ssl.TLSVersion.TLSv1_2
PROFILE = {
    "apiVersion": "config.openshift.io/v1",
    "kind": "APIServer",
    "metadata": {"name": "cluster"},
}


class OpenShift(FakeCluster):
    """It knows one token, whose user may everything."""

    def __init__(self) -> None:
        super().__init__(kinds=KINDS | {API_SERVER})

    async def review(self, question: Manifest) -> Manifest:
        if question["kind"] == "SubjectAccessReview":
            return {"status": {"allowed": True}}
        known = question["spec"] == {"token": "good"}
        return {"status": {"authenticated": known, "user": {"username": "scraper"}}}

    def choose(self, profile: str) -> None:
        self.put({**PROFILE, "spec": {"tlsSecurityProfile": {"type": profile}}})


class Standby(Sole):
    is_standby = True

    def is_leading(self) -> bool:
        return True


@dataclass
class Serving:
    cluster: OpenShift
    metrics_port: int
    probes_port: int

    async def scrape(
        self, token: str = "", newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    ) -> tuple[int, str]:
        return await self.get(f"https://127.0.0.1:{self.metrics_port}/metrics", token, newest)

    async def get(
        self, url: str, token: str = "", newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    ) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, headers=headers, ssl=client(newest)) as answer,
        ):
            return answer.status, await answer.text()

    async def accepts(self, newest: ssl.TLSVersion) -> bool:
        try:
            return (await self.scrape(newest=newest))[0] == 401
        except aiohttp.ClientError:
            return False


@asynccontextmanager
async def serving(**options: object) -> AsyncIterator[Serving]:
    cluster, ports = OpenShift(), [_free_port() for _ in range(2)]
    settings = Settings.model_validate(
        {
            "metrics_bind_address": f"127.0.0.1:{ports[0]}",
            "health_probe_bind_address": f"127.0.0.1:{ports[1]}",
            "webhook_bind_address": "0",
            "resync_seconds": 0.01,
            **options,
        }
    )
    async with AsyncExitStack() as running:
        health = Health(Heart(), Standby())
        await start_servers(settings, health, Metrics({}, "1"), cluster, running)
        yield Serving(cluster, *ports)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


async def test_by_default_metrics_are_secure_and_probes_are_not() -> None:
    async with serving() as servers:
        assert (await servers.scrape())[0] == 401
        status, text = await servers.scrape("good")
        assert status == 200
        assert 'leader_election_master_status{name="rhoai-operator"} 1.0' in text
        assert END in text
        url = f"http://127.0.0.1:{servers.probes_port}/healthz"
        assert await servers.get(url) == (200, "ok\n")


async def test_a_certificate_that_comes_later_is_told_with_its_end(tmp_path: Path) -> None:
    async with serving(metrics_cert_dir=tmp_path) as servers:
        before = _end((await servers.scrape("good"))[1])
        pem = made(days=30)
        mount(tmp_path, {"tls.crt": pem.certificate, "tls.key": pem.key})
        after = _end((await servers.scrape("good"))[1])
    assert before - after == pytest.approx(335 * 86400, abs=86400)


def _end(text: str) -> float:
    (line,) = (line for line in text.splitlines() if line.startswith(END))
    return float(line.rsplit(" ", 1)[1])


async def test_plain_metrics_are_for_everybody() -> None:
    async with serving(metrics_secure=False) as servers:
        status, text = await servers.get(f"http://127.0.0.1:{servers.metrics_port}/metrics")
        assert status == 200
        assert END not in text


async def test_the_clusters_profile_is_followed_as_it_changes() -> None:
    async with serving() as servers:

        async def accepted() -> bool:
            return await servers.accepts(OLD)

        async def refused() -> bool:
            return not await accepted()

        assert await accepted()
        servers.cluster.choose("Modern")
        await until(refused, SECONDS, "TLS 1.2 is refused")
        servers.cluster.choose("Old")
        await until(accepted, SECONDS, "TLS 1.2 is accepted")


async def test_flags_come_before_the_clusters_profile() -> None:
    async with serving(tls_min_version="VersionTLS13") as servers:
        servers.cluster.choose("Old")
        assert not await servers.accepts(OLD)
        assert servers.cluster.calls == []


async def test_metrics_on_no_address_need_no_certificate(tmp_path: Path) -> None:
    pem = made()
    mount(tmp_path, {"tls.crt": pem.certificate, "tls.key": b"none"})
    async with serving(metrics_bind_address="0", metrics_cert_dir=tmp_path) as servers:
        assert (await servers.get(f"http://127.0.0.1:{servers.probes_port}/healthz"))[0] == 200


async def test_the_webhook_answers_and_a_replica_is_ready_once_it_can(tmp_path: Path) -> None:
    port = _free_port()
    where = {"webhook_bind_address": f"127.0.0.1:{port}", "webhook_cert_dir": tmp_path}
    async with serving(**where) as servers:
        readyz = f"http://127.0.0.1:{servers.probes_port}/readyz"
        assert (await servers.get(readyz))[0] == 500
        pem = made()
        mount(tmp_path, {"tls.crt": pem.certificate, "tls.key": pem.key})
        assert (await servers.get(readyz))[0] == 200
        status, text = await servers.get(f"https://127.0.0.1:{port}{PATH}")
        assert (status, text) == (405, "405: Method Not Allowed")
