from __future__ import annotations

import socket
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rhoai_operator.cluster.errors import Forbidden
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.web import serve
from rhoai_operator.engine.webhook import Place, Webhook
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.webhook import CONFIGURATION, Address
from tests.fakes.cluster import FakeCluster
from tests.wait import until

ADDRESS = Address("https://localhost:1", "ns")
ISSUE = ADDRESS.issue({}, datetime.now(UTC))
SECRETS = Kind("", "v1", "Secret")
SECONDS = 5.0


@dataclass
class Replica:
    supervisor: Supervisor
    metrics: Metrics

    def of(
        self, cluster: FakeCluster, bound: str = "localhost:1", folder: Path | None = None
    ) -> Webhook:
        return Webhook(Place(bound, folder, ADDRESS), cluster, cluster, self.metrics)


@pytest.fixture
def replica(supervisor: Supervisor, metrics: Metrics) -> Replica:
    return Replica(supervisor, metrics)


async def test_a_standby_serves_what_the_leader_has_made(replica: Replica) -> None:
    cluster = FakeCluster()
    webhook = replica.of(cluster)
    assert not webhook.is_ready

    webhook.follow(replica.supervisor)
    await until(lambda: webhook.is_ready, SECONDS, "there is nothing to serve, and that is well")
    assert webhook.certificate.not_after is None

    for manifest in ISSUE.objects:
        cluster.put(manifest)
    await until(lambda: webhook.certificate.not_after, SECONDS, "it serves")
    assert webhook.is_ready


async def test_a_certificate_that_cannot_be_served_is_no_readiness(
    replica: Replica, caplog: pytest.LogCaptureFixture
) -> None:
    (serving, _) = ISSUE.objects
    cluster = FakeCluster({**serving, "data": {"tls.crt": "YQ==", "tls.key": "YQ=="}})
    webhook = replica.of(cluster)

    webhook.follow(replica.supervisor)

    await until(lambda: "certificate" in caplog.text, SECONDS, "it is said")
    assert not webhook.is_ready


async def test_a_secret_that_goes_is_served_further(replica: Replica) -> None:
    cluster = FakeCluster(*ISSUE.objects)
    webhook = replica.of(cluster)
    webhook.follow(replica.supervisor)
    end = await until(lambda: webhook.certificate.not_after, SECONDS, "it serves")

    cluster.remove(ISSUE.objects[0])
    cluster.put({**ISSUE.objects[0], "data": {}})

    assert webhook.certificate.not_after == end


async def test_a_right_that_is_missing_does_not_make_the_replica_unready(replica: Replica) -> None:
    cluster = FakeCluster()
    cluster.failing["list", SECRETS] = Forbidden("may not list Secrets")
    webhook = replica.of(cluster)

    webhook.follow(replica.supervisor)

    await until(lambda: webhook.is_ready, SECONDS, "it is ready")


async def test_with_a_folder_nothing_is_made_and_its_files_are_needed(
    replica: Replica, tmp_path: Path
) -> None:
    cluster = FakeCluster()
    webhook = replica.of(cluster, folder=tmp_path)
    webhook.follow(replica.supervisor)
    webhook.lead(replica.supervisor)
    await until(lambda: ("get", CONFIGURATION) in cluster.calls, SECONDS, "it has looked")

    assert not webhook.is_ready
    write(tmp_path)

    assert webhook.is_ready
    assert cluster.calls == [("get", CONFIGURATION)]


@pytest.mark.parametrize("bound", ["0", "localhost:1"])
async def test_what_the_operator_once_made_is_taken_back(
    replica: Replica, bound: str, tmp_path: Path
) -> None:
    cluster = FakeCluster(ADDRESS.configuration("YQ==", None))

    replica.of(cluster, bound, tmp_path if bound != "0" else None).lead(replica.supervisor)

    await until(lambda: CONFIGURATION not in cluster.refs, SECONDS, "it is gone")


def test_one_that_is_off_is_ready(replica: Replica) -> None:
    assert replica.of(FakeCluster(), "0").is_ready


@asynccontextmanager
async def listening(webhook: Webhook, bound: str) -> AsyncIterator[None]:
    runner = await serve(bound, webhook.routes, webhook.certificate.context)
    yield
    await runner.cleanup()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", ""])
async def test_it_knows_whether_it_can_be_called(host: str, replica: Replica) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        bound = f"{host}:{listener.getsockname()[1]}"
    cluster = FakeCluster(*ISSUE.objects)
    webhook = replica.of(cluster, bound)
    assert not await webhook.answers(ISSUE.bundle)

    async with listening(webhook, bound):
        assert not await webhook.answers(ISSUE.bundle)
        webhook.follow(replica.supervisor)
        await until(lambda: webhook.certificate.not_after, SECONDS, "it serves")

        assert await webhook.answers(ISSUE.bundle)
        assert not await webhook.answers(ADDRESS.issue({}, datetime.now(UTC)).bundle)
        assert not await webhook.answers("")


def write(folder: Path) -> None:
    (serving, _) = ISSUE.objects
    for name in ("tls.crt", "tls.key"):
        (folder / name).write_bytes(b64decode(serving["data"][name]))


def test_the_secret_is_named_as_documented() -> None:
    assert [str(ref) for ref in map(ObjectRef.of, ISSUE.objects)] == [
        "Secret ns/rhoai-operator-webhook-cert",
        "Secret ns/rhoai-operator-webhook-cert-ca",
    ]
