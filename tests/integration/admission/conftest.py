from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.reconcile.webhook import CONFIGURATION, Address
from tests.balancer import Balancer
from tests.kubeconfig import access
from tests.rest import Refused, Rest
from tests.running import Operator, View
from tests.wait import blocking_until

NAMESPACE = "redhat-ods-operator"
SECONDS = 30.0
GROUPS = {
    "DataScienceCluster": "datasciencecluster.opendatahub.io",
    "DSCInitialization": "dscinitialization.opendatahub.io",
}
DENIED = 'admission webhook "operator.opendatahub.io" denied the request: '
"""In front of what the webhook says."""


@dataclass(frozen=True)
class User:
    """Somebody who may do everything, and what becomes of it."""

    rest: Rest
    view: View

    def create(self, kind: str, name: str, spec: Any = None, *, dry: bool = False) -> str:
        """Create an object; return why that was refused, empty if it was not."""
        manifest = {**_identity(kind, name), "spec": spec or {}}
        path = f"/apis/{manifest['apiVersion']}/{kind.lower()}s{'?dryRun=All' if dry else ''}"
        return self._why(lambda: self.rest.request("POST", path, manifest))

    def delete(self, kind: str, name: str) -> str:
        """Delete an object; return why that was refused, empty if it was not."""
        return self._why(lambda: self.rest.delete(ref(kind, name)))

    def annotate(self, kind: str, name: str) -> str:
        patch = {"metadata": {"annotations": {"team": "fish"}}}
        return self._why(lambda: self.rest.merge(ref(kind, name), patch, "gardener"))

    def live(self, what: ObjectRef) -> Any:
        return self.rest.get(what)

    def until_asked(self, url: str) -> Any:
        """Wait until the API server is to ask there; return the configuration."""

        def found() -> Any:
            live = self.live(CONFIGURATION)
            asked = live and live["webhooks"][0]["clientConfig"]["url"].startswith(url)
            return live if asked else None

        return blocking_until(found, SECONDS, "the API server is to ask")

    def until_refused(self) -> None:
        """Wait until the API server does ask, and is told that there is a DSC already."""

        def is_refused() -> bool:
            return DENIED in self.create("DataScienceCluster", "another", dry=True)

        blocking_until(is_refused, SECONDS, "a second DataScienceCluster is refused")

    def _why(self, request: Any) -> str:
        try:
            request()
        except Refused as error:
            return str(error)
        return ""


def ref(kind: str, name: str) -> ObjectRef:
    return ObjectRef.of(_identity(kind, name))


def _identity(kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": f"{GROUPS[kind]}/v1", "kind": kind, "metadata": {"name": name}}


@pytest.fixture(autouse=True)
def user(view: View) -> Iterator[User]:
    """Somebody; nothing of a webhook is left after the test."""
    with closing(Rest(access(view.cluster.kubeconfig), "somebody")) as rest:
        somebody = User(rest, view)
        yield somebody
        for what in (CONFIGURATION, *Address("", NAMESPACE).secrets):
            rest.delete(what)
        for kind in GROUPS:
            for name in ("default-dsc", "default-dsci", "spare"):
                rest.merge(ref(kind, name), {"metadata": {"finalizers": []}}, "somebody")
                rest.delete(ref(kind, name))


@pytest.fixture
def balancer() -> Iterator[Balancer]:
    with Balancer() as running:
        yield running


def hooked(balancer: Balancer, port: int, **more: str) -> dict[str, str]:
    """Return the environment of an operator with a webhook at this port."""
    return {
        "RHOAI_WEBHOOK_BIND_ADDRESS": f"127.0.0.1:{port}",
        "RHOAI_WEBHOOK_SERVICE": balancer.url,
        "RHOAI_LEASE_DURATION_SECONDS": "3",
        "RHOAI_LEASE_RENEW_DEADLINE_SECONDS": "2",
        "RHOAI_LEASE_RETRY_SECONDS": "0.5",
        **more,
    }


def told(operator: Operator, series: str) -> float:
    """Return a metric's value; 0 if there is none."""
    found = [line for line in operator.get("/metrics").splitlines() if line.startswith(series)]
    return float(found[0].rsplit(" ", 1)[1]) if found else 0.0
