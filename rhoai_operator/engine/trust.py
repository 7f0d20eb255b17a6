"""Keeps a certificate for the webhook, and a configuration by which the API server trusts it.

That is the leader's; every replica serves the certificate, as it is in its Secret. What callers
trust goes ahead of what is served: see :mod:`rhoai_operator.reconcile.certificates.own`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from rhoai_operator.cluster.errors import ClusterError
from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core.backends import SERVICE_NAME, has_endpoints
from rhoai_operator.core.fields import agrees
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.engine.informer import Informer
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.certificates import pki
from rhoai_operator.reconcile.certificates.placing import Issue
from rhoai_operator.reconcile.held import Held
from rhoai_operator.reconcile.platform import ENDPOINTS
from rhoai_operator.reconcile.webhook import CONFIGURATION, ROLE, Address, is_ours, trusting

SETTLED = timedelta(seconds=5)
"""So long all replicas have to take in a first certificate, before anybody is sent to them."""

AGAIN_SECONDS = 5.0
"""From a failure, or from finding that nobody answers yet, to the next look."""

PAUSE_SECONDS = 1.0
"""From one look to the next at least, whatever happens to what is looked at."""

LONGEST_SECONDS = 3600.0

log = logging.getLogger(__name__)


def following(ref: ObjectRef) -> Selection:
    """Select one object."""
    kind, fields = Kind.of(ref), f"metadata.name={ref.name}"
    return Selection(kind, namespace=ref.namespace, fields=fields)


class Trust:
    """Does it for as long as this replica leads.

    Args:
        answers: tells whether our own server can be called by who trusts a bundle.
    """

    def __init__(
        self,
        cluster: Cluster,
        address: Address,
        answers: Callable[[str], Awaitable[bool]],
        metrics: Metrics,
    ) -> None:
        self._cluster = cluster
        self._address = address
        self._answers = answers
        self._changed = asyncio.Event()
        self._trouble = ""

        def informer(selection: Selection) -> Informer:
            return Informer(
                cluster, selection, on_change=lambda *_: self._changed.set(), metrics=metrics
            )

        self._secrets = {ref: informer(following(ref)) for ref in address.secrets}
        self._configuration = informer(following(CONFIGURATION))
        behind = f"{SERVICE_NAME}={address.service}"
        slices = Selection(ENDPOINTS, namespace=address.namespace, labels=behind)
        self._slices = informer(slices) if address.is_service else None
        found = (*self._secrets.values(), self._configuration, self._slices)
        self._informers = [informer for informer in found if informer is not None]

    def start(self, supervisor: Supervisor) -> None:
        """Start everything that this needs."""
        for informer in self._informers:
            supervisor.start(f"webhook: {informer.selection.kind.kind}", informer.run)
        supervisor.start("webhook: trust", self._run)

    async def _run(self) -> None:
        for informer in self._informers:
            await informer.listed.wait()
        while True:
            self._changed.clear()
            pause = await self._looked()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._changed.wait()
            await asyncio.sleep(min(pause, PAUSE_SECONDS))

    async def _looked(self) -> float:
        """Set right what is not; return after how many seconds to look again."""
        try:
            due = await self._keep()
        except (ClusterError, Held) as error:
            if str(error) != self._trouble:
                log.warning("cannot keep the webhook's certificate and configuration: %s", error)
            self._trouble = str(error)
            return AGAIN_SECONDS
        self._trouble = ""
        return min(max(0.0, (due - _now()).total_seconds()), LONGEST_SECONDS)

    async def _keep(self) -> datetime:
        now = _now()
        live = {ref: next(iter(found), None) for ref, found in self._secrets.items()}
        issue = self._address.issue(live, now)
        if _writes(issue, live):  # what is remembered may be old
            live = {ref: await self._cluster.get(ref) for ref in self._address.secrets}
            issue = self._address.issue(live, now)
            for manifest in reversed(_writes(issue, live)):  # the authority first
                applied = await self._cluster.apply(manifest)
                self._secrets[ObjectRef.of(manifest)].took(applied.live)
                log.info("%s: wrote what was due", ObjectRef.of(manifest))
        due = await self._configure(issue, now)
        return min(due, issue.next_due) if issue.next_due else due

    async def _configure(self, issue: Issue, now: datetime) -> datetime:
        """Have the API server ask us as soon as all is in place; return when to look again."""
        known = next(iter(self._configuration), None)
        never, again = now + timedelta(days=1), now + timedelta(seconds=AGAIN_SECONDS)
        if self._slices is not None and not len(self._slices):  # the Service is gone
            if known and is_ours(known):
                await remove(self._cluster, known)
            return never
        if known is None:
            if self._slices is not None and not has_endpoints(self._slices):
                return never
            if now < (settled := _made_at(issue) + SETTLED):
                return settled
            if not await self._answers(issue.bundle):
                return again
        wanted = await self._wanted(known, issue.bundle)
        if wanted and (known is None or not agrees(known, wanted)):
            applied = await self._cluster.apply(wanted)
            self._configuration.took(applied.live)
            log.info("%s: the API server trusts what is served", CONFIGURATION)
        return never

    async def _wanted(self, known: Manifest | None, bundle: str) -> Manifest | None:
        """Return what to apply: of what a chart or a user has made nothing but the bundle."""
        if known and not is_ours(known):
            return trusting(known, bundle)
        return self._address.configuration(bundle, await self._cluster.get(ROLE))


async def remove(cluster: Cluster, configuration: Manifest) -> None:
    """Delete the configuration that the operator has made itself."""
    await cluster.delete(CONFIGURATION, uid=configuration["metadata"]["uid"])
    log.info("%s: deleted, for nobody answers any more", CONFIGURATION)


async def remove_own(cluster: Cluster) -> None:
    """Delete it if it is there, and of our making: it would have the API server ask nobody."""
    while True:
        try:
            live = await cluster.get(CONFIGURATION)
            if live and is_ours(live):
                await remove(cluster, live)
        except ClusterError as error:
            log.warning("cannot delete %s: %s; trying again", CONFIGURATION, error)
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return


def _writes(issue: Issue, live: dict[ObjectRef, Manifest | None]) -> list[Manifest]:
    """Return the Secrets that differ from the live ones."""
    return [
        wanted
        for wanted in issue.objects
        if not agrees((live[ObjectRef.of(wanted)] or {}).get("data"), wanted["data"])
    ]


def _made_at(issue: Issue) -> datetime:
    """Return when the authority that signs was made; long ago if it is not ours."""
    found = pki.decode(issue.bundle)
    return pki.made_at(found[0]) if found else datetime.min.replace(tzinfo=UTC)


def _now() -> datetime:
    return datetime.now(UTC)
