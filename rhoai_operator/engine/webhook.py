"""The webhook of one replica: what it serves, by which certificate, and whether it can."""

from __future__ import annotations

import asyncio
import logging
import ssl
from base64 import b64decode
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from aiohttp import web

from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.objects import Manifest
from rhoai_operator.engine.admission import Judge
from rhoai_operator.engine.informer import Informer
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.tls import CertificateError, Files, Pem, ServingCertificate
from rhoai_operator.engine.trust import Trust, following, remove_own
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.webhook import Address

ANSWER_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the webhook is.

    Attributes:
        bound: where it is listened, as ``host:port`` or ``:port``; ``0`` for nowhere.
        folder: where somebody else puts the certificate; None if nobody does.
        address: where it is called.
    """

    bound: str
    folder: Path | None
    address: Address


class Webhook:
    """Serves the certificate that is in a folder or, without one, in our Secret.

    Args:
        apart: the same cluster for the reads that answers depend on.

    Attributes:
        routes: what is to be served.
    """

    def __init__(self, place: Place, cluster: Cluster, apart: Cluster, metrics: Metrics) -> None:
        folder, self._bound, self._address = place.folder, place.bound, place.address
        self.routes: list[web.RouteDef] = Judge(apart, metrics).routes()
        self.certificate = ServingCertificate("webhook", Files(folder) if folder else lambda: None)
        self._cluster, self._metrics = cluster, metrics
        self._serves, self._makes = self._bound != "0", self._bound != "0" and folder is None
        secret = following(self._address.secrets[0])
        self._secret = Informer(cluster, secret, on_change=self._take, metrics=metrics)

    @property
    def is_ready(self) -> bool:
        """Whether this replica can be called, or nobody can, since there is no certificate yet."""
        if not self._serves or self.certificate.not_after:
            return True
        looked = self._secret.listed.is_set() or self._secret.problem
        return self._makes and bool(looked) and not len(self._secret)

    def follow(self, supervisor: Supervisor) -> None:
        """Serve what is in the Secret, as it changes, where that is what is served."""
        if self._makes:
            supervisor.start("webhook: certificate", self._secret.run)

    def lead(self, supervisor: Supervisor) -> None:
        """Make the certificate and let the API server know, or take back that it does."""
        if self._makes:
            Trust(self._cluster, self._address, self.answers, self._metrics).start(supervisor)
        else:
            supervisor.start("webhook: leftover", partial(remove_own, self._cluster))

    async def answers(self, bundle: str) -> bool:
        """Tell whether who trusts a bundle, encoded, can call this replica."""
        host, _, port = self._bound.rpartition(":")
        here = "localhost" if _is_any(host.strip("[]")) else host.strip("[]")
        try:
            trusting = ssl.create_default_context(cadata=b64decode(bundle).decode())
            async with asyncio.timeout(ANSWER_SECONDS):
                _, writer = await asyncio.open_connection(
                    here, int(port), ssl=trusting, server_hostname=self._address.names[0]
                )
        except (OSError, ValueError, TimeoutError) as error:
            log.info("the webhook does not answer yet: %s", error)
            return False
        writer.close()
        return True

    def _take(self, _before: Manifest | None, live: Manifest | None) -> None:
        """Serve what the Secret holds now; when it goes, what it held last."""
        if live is None:
            return
        try:
            self.certificate.use(Pem.of_secret(live.get("data") or {}))
        except CertificateError as error:
            log.warning("%s; what was served before is served further", error)


def _is_any(host: str) -> bool:
    """Tell whether that means all addresses of this host."""
    try:
        return ip_address(host or "::").is_unspecified
    except ValueError:
        return False
