"""Puts the operator's servers together: probes, metrics, and what TLS they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from aiohttp import web

from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.tls import Profile
from rhoai_operator.engine.engine import Engine
from rhoai_operator.engine.guard import Guard
from rhoai_operator.engine.lease import NAME, Elector, Sole
from rhoai_operator.engine.state import state
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.tls import Files, SelfMade, ServingCertificate
from rhoai_operator.engine.tls_profile import follow_profile
from rhoai_operator.engine.web import (
    METRICS,
    Heart,
    Probes,
    Scrapes,
    metrics_routes,
    probe_routes,
    serve,
)
from rhoai_operator.engine.webhook import Place, Webhook
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.webhook import Address
from rhoai_operator.settings import Settings

METRICS_SERVICE = "rhoai-operator-metrics"


class Reviewing(Cluster, Protocol):
    """A cluster that can be asked who somebody is and what they may do, on standby as well."""

    async def review(self, question: Manifest) -> Manifest:
        """Return the question with its ``status``; raises ``ClusterError`` if there is none."""
        ...

    def ungated(self) -> Cluster:
        """Return the same cluster, for requests that wait for no others."""
        ...


@dataclass(slots=True)
class Health:
    """What probes ask for: on standby this replica is well if it runs."""

    heart: Heart
    leader: Elector | Sole
    engine: Engine | None = None
    webhook: Webhook | None = None

    def is_alive(self) -> bool:
        """Whether the loop runs, and what has to be heard of is."""
        well = self.heart.is_alive and not self.leader.lost.is_set()
        return well and (self.engine is None or self.engine.watched.is_alive)

    def state(self) -> Mapping[str, Any]:
        """Return what is known and waited for."""
        known = state(self.engine) if self.engine else {}
        return {"leading": self.leader.is_leading(), **known}

    def is_ready(self) -> bool:
        """Whether all caches are filled, or this is a standby; and the webhook can be called."""
        if self.webhook and not self.webhook.is_ready:
            return False
        return self.engine.watched.is_synced if self.engine else self.leader.is_standby


@dataclass(slots=True)
class Servers:
    """The servers of this process; closing ``running`` ends them.

    Attributes:
        certificates: what is served by, for metrics to tell their ends.
    """

    settings: Settings
    running: AsyncExitStack
    certificates: list[ServingCertificate] = field(default_factory=list)
    _profile: Profile | None = None

    async def listen(
        self,
        address: str,
        routes: Iterable[web.RouteDef],
        certificate: ServingCertificate | None = None,
    ) -> None:
        """Answer there until the end; over HTTPS if there is a certificate.

        Raises:
            AddressError: nobody can listen there.
        """
        if certificate:
            certificate.accept(self._profile or self.settings.tls_profile)
            self.certificates.append(certificate)
        runner = await serve(address, routes, certificate.context if certificate else None)
        self.running.push_async_callback(runner.cleanup)

    def accept(self, profile: Profile) -> None:
        """Accept what this profile says, of whoever connects from now on, on all servers."""
        self._profile = profile
        for certificate in self.certificates:
            certificate.accept(profile)


async def start_servers(
    settings: Settings,
    health: Health,
    metrics: Metrics,
    cluster: Reviewing,
    running: AsyncExitStack,
) -> Webhook:
    """Answer probes, scrapes and the API server until ``running`` is closed.

    Raises:
        AddressError, CertificateError: an address or a certificate cannot be used.
    """
    supervisor = Supervisor(metrics.crashed)
    running.push_async_callback(supervisor.close)
    supervisor.start("heart", health.heart.run)
    servers = Servers(settings, running)

    def exposition() -> bytes:
        metrics.leading(NAME, health.leader.is_leading())
        served = {certificate.name: certificate.not_after for certificate in servers.certificates}
        metrics.certificates("", {name: end for name, end in served.items() if end})
        return metrics.exposition()

    probes = Probes(health.is_alive, health.is_ready, health.state)
    await servers.listen(settings.health_probe_bind_address, probe_routes(probes))
    address = settings.metrics_bind_address
    guard = Guard(cluster.review, METRICS) if settings.metrics_secure else None
    scrapes = Scrapes(exposition, guard, metrics.scraped)
    certificate = _metrics_certificate(settings) if guard and address != "0" else None
    await servers.listen(address, metrics_routes(scrapes), certificate)
    health.webhook = webhook = _webhook(settings, cluster, metrics)
    await servers.listen(settings.webhook_bind_address, webhook.routes, webhook.certificate)
    webhook.follow(supervisor)
    if not settings.chooses_tls:
        seconds = settings.resync_seconds
        follow = partial(follow_profile, cluster, servers.accept, seconds)
        supervisor.start("TLS profile", follow)
    return webhook


def _metrics_certificate(settings: Settings) -> ServingCertificate:
    service = f"{METRICS_SERVICE}.{settings.operator_namespace}"
    names = (f"{service}.svc", f"{service}.svc.cluster.local", service, "localhost")
    own = SelfMade(names, _now)
    folder = settings.metrics_cert_dir
    return ServingCertificate("metrics", Files(folder, before=own) if folder else own)


def _webhook(settings: Settings, cluster: Reviewing, metrics: Metrics) -> Webhook:
    address = Address(settings.webhook_service, settings.operator_namespace)
    place = Place(settings.webhook_bind_address, settings.webhook_cert_dir, address)
    return Webhook(place, cluster, cluster.ungated(), metrics)


def _now() -> datetime:
    return datetime.now(UTC)
