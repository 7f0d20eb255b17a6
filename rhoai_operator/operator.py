"""Puts the operator together and runs it: the one place that knows all layers."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

from rhoai_operator import handlers
from rhoai_operator.catalog.loader import Catalog, load_catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.catalog.platforms import Platform as PlatformRow
from rhoai_operator.cluster.kubernetes import connect
from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.lease import Terms
from rhoai_operator.engine.detection import detect_platform
from rhoai_operator.engine.ending import Ended, at_signals, unless
from rhoai_operator.engine.engine import Engine, Parts
from rhoai_operator.engine.events import Recorder
from rhoai_operator.engine.initialization import Initialization
from rhoai_operator.engine.lease import Elector, Sole
from rhoai_operator.engine.reporter import Reporter
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.web import Heart
from rhoai_operator.engine.webhook import Webhook
from rhoai_operator.metrics import Metrics
from rhoai_operator.render.renderer import Renderer
from rhoai_operator.render.steps import render_step
from rhoai_operator.serving import Health, start_servers
from rhoai_operator.settings import Settings


class LeaseLost(OperatorError):
    """Another replica leads now. What this process knows is old, so it has to start anew."""


async def run(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Run the operator until ``stop`` is set or the process is told to end.

    It stands by, and is well, until it holds the lease.

    Raises:
        OperatorError: it cannot start: catalog, cluster or an address is at fault.
        LeaseLost: it led, and another replica took over.
    """
    catalog = load_catalog(settings.manifests_dir)
    _check_platform(settings, catalog)
    release = version("rhoai-operator")
    metrics = Metrics({name: c.owner.lower() for name, c in catalog.components.items()}, release)
    stop = stop or asyncio.Event()

    def may_write() -> bool:
        return leader.is_leading()

    async with AsyncExitStack() as stack:
        stack.enter_context(at_signals(stop))
        cluster = await connect(
            kubeconfig=settings.kubeconfig,
            context=settings.context,
            observe=metrics.requested,
            may_write=may_write,
        )
        stack.push_async_callback(cluster.close)
        running = await stack.enter_async_context(AsyncExitStack())
        leader = _leader(settings, cluster.ungated(), stop, metrics)
        health = Health(Heart(), leader)
        webhook = await start_servers(settings, health, metrics, cluster, running)
        _compete(leader, metrics, running)
        try:
            await unless(stop, leader.held.wait())
            platform = await unless(stop, _platform(settings, catalog, cluster))
            base = _Base(settings, catalog, cluster, platform, metrics, release, webhook)
            health.engine = engine = await _start(base, running)
            await unless(stop, engine.watched.synced())  # kopf looks once whether kinds are served
            gc.freeze()  # modules and catalog stay, so no collection need go through them again
            await handlers.run(
                engine.edge, cluster.server, cluster.session, stop=stop, closing=running.aclose
            )
        except Ended:
            pass
        if leader.lost.is_set():
            raise LeaseLost("another replica leads now; this one has to start anew, as its standby")


def _leader(
    settings: Settings, cluster: Cluster, stop: asyncio.Event, metrics: Metrics
) -> Elector | Sole:
    """Return what says whether this replica leads; losing that sets ``stop``."""
    if not settings.leader_elect:
        return Sole()
    identity = f"{socket.gethostname()}_{uuid.uuid4()}"
    terms = Terms(
        settings.lease_duration_seconds,
        settings.lease_renew_deadline_seconds,
        settings.lease_retry_seconds,
    )
    namespace = settings.operator_namespace
    return Elector(cluster, namespace, identity, terms, on_lost=stop.set, metrics=metrics)


def _compete(leader: Elector | Sole, metrics: Metrics, running: AsyncExitStack) -> None:
    """Compete for the lease; closing ``running`` releases it when the engine has ended."""
    supervisor = Supervisor(metrics.crashed)
    running.push_async_callback(leader.release)
    running.push_async_callback(supervisor.close)
    supervisor.start("lease", leader.run)


@dataclass(frozen=True, slots=True)
class _Base:
    """What everything else is built from."""

    settings: Settings
    catalog: Catalog
    cluster: Cluster
    platform: PlatformRow
    metrics: Metrics
    release: str
    webhook: Webhook


def _check_platform(settings: Settings, catalog: Catalog) -> None:
    known = ("auto", *catalog.platforms)
    if settings.platform not in known:
        choice = ", ".join(known)
        raise OperatorError(f"--platform {settings.platform!r} is unknown; give one of {choice}")


async def _platform(settings: Settings, catalog: Catalog, cluster: Cluster) -> PlatformRow:
    if settings.platform == "auto":
        return await detect_platform(cluster, catalog.platforms, settings.operator_namespace)
    return catalog.platforms[settings.platform]


async def _start(base: _Base, running: AsyncExitStack) -> Engine:
    """Start the engine; closing ``running`` ends it."""
    supervisor = Supervisor(base.metrics.crashed)
    running.push_async_callback(supervisor.close)
    engine = _engine(base, supervisor)
    engine.start()
    base.webhook.lead(supervisor)
    if base.settings.create_dsci:
        watch = Initialization(base.cluster, base.platform, engine.watched, engine.attempts)
        supervisor.start("initialization", watch.run)
    return engine


def _engine(base: _Base, supervisor: Supervisor) -> Engine:
    planner = Planner(base.catalog, base.platform, dict(os.environ))
    renderer = Renderer(base.settings.manifests_dir)
    parts = Parts(
        base.cluster,
        partial(render_step, renderer),
        Reporter(planner, base.release, _now),
        Recorder(base.cluster, socket.gethostname(), _now),
        base.metrics,
        base.settings.operator_namespace,
        base.settings.resync_seconds,
    )
    return Engine(parts, supervisor)


def _now() -> datetime:
    return datetime.now(UTC)
