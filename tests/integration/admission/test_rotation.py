"""Certificates that live for seconds are replaced under calls, and none of the calls fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from rhoai_operator.cluster.kubernetes import KubernetesCluster, connect
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.web import serve
from rhoai_operator.engine.webhook import Place, Webhook
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.certificates import pki
from rhoai_operator.reconcile.webhook import Address
from tests.balancer import Balancer
from tests.integration.admission.conftest import DENIED, NAMESPACE, User
from tests.running import View, free_ports

pytestmark = pytest.mark.needs("controllers")

VALIDITY = timedelta(seconds=6)
ROTATIONS = 8
"""Of the serving certificate; the first authority has ended by then, and the second signs."""


def closing(route: web.RouteDef) -> web.RouteDef:
    """Have whoever asks connect anew for the next question."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response: web.StreamResponse = await route.handler(request)
        response.force_close()
        return response

    return web.post(route.path, answer)


@dataclass
class Calls:
    """What became of one call after the other, while certificates change."""

    user: User
    count: int = 0
    failed: list[str] = field(default_factory=list)

    async def run(self) -> None:
        while True:
            why = await asyncio.to_thread(
                self.user.create, "DataScienceCluster", "another", dry=True
            )
            self.count += 1
            if DENIED not in why:
                self.failed.append(f"{datetime.now(UTC)}: {why or 'allowed'}")


@asynccontextmanager
async def replicas(view: View, balancer: Balancer) -> AsyncIterator[list[Webhook]]:
    """Run two, behind one address; the first leads."""
    metrics, address = Metrics({}, "1"), Address(balancer.url, NAMESPACE, VALIDITY)
    async with AsyncExitStack() as running:
        cluster: KubernetesCluster = await connect(kubeconfig=view.cluster.kubeconfig)
        running.push_async_callback(cluster.close)
        supervisor = Supervisor()
        running.push_async_callback(supervisor.close)
        found = []
        for port in (bound := free_ports()):
            place = Place(f"127.0.0.1:{port}", None, address)
            webhook = Webhook(place, cluster, cluster.ungated(), metrics)
            routes = map(closing, webhook.routes)
            runner = await serve(place.bound, routes, webhook.certificate.context)
            running.push_async_callback(runner.cleanup)
            webhook.follow(supervisor)
            found.append(webhook)
        balancer.targets = bound
        found[0].lead(supervisor)
        yield found


async def test_no_call_fails_while_certificates_and_authorities_end(
    user: User, view: View, balancer: Balancer
) -> None:
    user.view.cluster.kubectl("create", "namespace", NAMESPACE, check=False)
    assert user.create("DataScienceCluster", "default-dsc") == ""
    serving, authority = Address("", NAMESPACE).secrets
    calls, served, signers = Calls(user), [set[datetime](), set[datetime]()], set[datetime]()

    async with replicas(view, balancer) as running:
        await asyncio.to_thread(user.until_refused)
        calling = asyncio.create_task(calls.run())
        async with asyncio.timeout(ROTATIONS * VALIDITY.total_seconds()):
            while min(map(len, served)) < ROTATIONS:
                for seen, webhook in zip(served, running, strict=True):
                    assert webhook.certificate.not_after
                    assert webhook.certificate.not_after > datetime.now(UTC)
                    seen.add(webhook.certificate.not_after)
                secret = await asyncio.to_thread(user.live, authority)
                (signer,) = pki.decode(secret["data"]["tls.crt"])
                signers.add(signer.not_valid_after_utc)
                await asyncio.sleep(0.2)
        calling.cancel()

    assert calls.failed == []
    assert calls.count > ROTATIONS * 10
    assert min(signers) < datetime.now(UTC)
    assert len(signers) > 1
    assert user.live(serving)["data"]["ca.crt"] == user.live(authority)["data"]["ca.crt"]
