"""Puts the operator together and runs it: the one place that knows all layers."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from rhoai_operator import handlers
from rhoai_operator.catalog.loader import Catalog, load_catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.catalog.platforms import Platform as PlatformRow
from rhoai_operator.cluster.kubernetes import connect
from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.plan import Step
from rhoai_operator.engine.detection import detect_platform
from rhoai_operator.engine.engine import Engine, Parts
from rhoai_operator.engine.events import Recorder
from rhoai_operator.engine.initialization import Initialization
from rhoai_operator.engine.reporter import Reporter
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.web import Heart, Probes, serve
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.platform import Intent, Platform
from rhoai_operator.reconcile.store import ConfigMapStore
from rhoai_operator.render.renderer import Renderer
from rhoai_operator.settings import Settings


async def run(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Run the operator until ``stop`` is set or the process is told to end.

    Raises:
        OperatorError: it cannot start: catalog, cluster or an address is at fault.
    """
    catalog = load_catalog(settings.manifests_dir)
    release = version("rhoai-operator")
    metrics = Metrics({name: c.owner.lower() for name, c in catalog.components.items()}, release)
    async with AsyncExitStack() as stack:
        cluster = await connect(
            kubeconfig=settings.kubeconfig, context=settings.context, observe=metrics.requested
        )
        stack.push_async_callback(cluster.close)
        platform = await _platform(settings, catalog, cluster)
        base = _Base(settings, catalog, cluster, platform, metrics, release)
        running = await stack.enter_async_context(AsyncExitStack())
        engine = await _start(base, running)
        await engine.watched.synced()  # kopf looks only once whether our kinds are served
        await handlers.run(
            engine,
            cluster.server,
            cluster.session,
            stop=stop or asyncio.Event(),
            closing=running.aclose,
        )


@dataclass(frozen=True, slots=True)
class _Base:
    """What everything else is built from."""

    settings: Settings
    catalog: Catalog
    cluster: Cluster
    platform: PlatformRow
    metrics: Metrics
    release: str


async def _platform(settings: Settings, catalog: Catalog, cluster: Cluster) -> PlatformRow:
    if settings.platform == "auto":
        return await detect_platform(cluster, catalog.platforms, settings.operator_namespace)
    if settings.platform not in catalog.platforms:
        known = ", ".join(("auto", *catalog.platforms))
        raise OperatorError(f"--platform {settings.platform!r} is unknown; give one of {known}")
    return catalog.platforms[settings.platform]


async def _start(base: _Base, running: AsyncExitStack) -> Engine:
    """Start everything but kopf; closing ``running`` ends it."""
    engine = _engine(base)
    heart, supervisor = Heart(), Supervisor(base.metrics.crashed)
    probes = Probes(
        lambda: heart.is_alive and engine.watched.is_alive,
        lambda: engine.watched.is_synced,
        base.metrics.exposition,
    )
    settings = base.settings
    addresses = (settings.metrics_bind_address, settings.health_probe_bind_address)
    running.push_async_callback((await serve(*addresses, probes)).cleanup)
    running.push_async_callback(supervisor.close)
    supervisor.start("heart", heart.run)
    engine.start(supervisor)
    if settings.create_dsci:
        watch = Initialization(base.cluster, base.platform, engine.watched, engine.attempts)
        supervisor.start("initialization", watch.run)
    return engine


def _engine(base: _Base) -> Engine:
    planner = Planner(base.catalog, base.platform, dict(os.environ))
    components = base.catalog.components
    renderer = Renderer(base.settings.manifests_dir)

    def plan(name: str, intent: Intent) -> Step:
        return planner.step(name, intent.dsc, intent.dsci)

    def render(step: Step) -> DesiredState:
        return renderer.render(components[step.component], base.platform.id, step.context)

    services = frozenset(c.name for c in base.catalog.owned_by("DSCInitialization"))
    store = ConfigMapStore(base.cluster, base.settings.operator_namespace)
    return Engine(
        Parts(
            Platform(plan, render, base.cluster, store, services),
            Reporter(planner, base.release, _now),
            Recorder(base.cluster, socket.gethostname(), _now),
            base.metrics,
            frozenset(c.label_on(base.platform.id) for c in components.values()),
            base.settings.resync_seconds,
        )
    )


def _now() -> datetime:
    return datetime.now(UTC)
