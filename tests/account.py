"""The ServiceAccount that operators under test run as: it may what the operator's roles allow."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from hack.account import objects, signed_in, stream, token_request
from hack.packaging import rights
from rhoai_operator.core.objects import Manifest, digest
from rhoai_operator.reconcile.rights import Right
from rhoai_operator.settings import MANIFESTS
from tests.audit import Event
from tests.cluster import ControlPlane
from tests.wait import blocking_until

USERS = f"system:serviceaccount:{rights.NAMESPACE}:"
"""What the names of all such users begin with."""
KNOWN_SECONDS = 20.0
FORBIDDEN = 403
WITHOUT = "RHOAI_TEST_WITHOUT_RULE"
"""Variable with the number of a rule of the ClusterRole that operators are to do without."""
OF_OTHER_KINDS = (
    "because it is being terminated",
    "while custom resource definition is terminating",
    "exceeded quota",
    "no matches for kind",
)
"""What the API server says when it refuses something to everybody: no right would help."""


def account(cluster: ControlPlane, path: Path, manifests: Path = MANIFESTS, user: str = "") -> Path:
    """Write a kubeconfig of the operator's account; return its path.

    Args:
        manifests: the components that it keeps, which decide what it may do.
        user: the account's name, where it is to be told from others in the audit log.
    """
    return signed_in(cluster.kubeconfig, token(cluster, manifests, user or rights.NAME), path)


@cache
def token(cluster: ControlPlane, manifests: Path, user: str) -> str:
    """Make an account with the operator's roles, and nothing else; return a token for it.

    Components that are made up for tests have roles of their own, so that the operator's stay
    those that are shipped.
    """
    roles = [m["rules"] for m in _everything(manifests) if "rules" in m]
    name = user if manifests == MANIFESTS else f"{user}-{digest(roles)}"
    made = stream(objects(name, _everything(manifests)))
    cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=made)
    last = ("auth", "can-i", "list", "apiservices", f"--as={USERS}{name}")
    blocking_until(
        lambda: cluster.kubectl(*last, check=False).returncode == 0,
        KNOWN_SECONDS,
        f"{name} may what its roles allow",
    )
    return cluster.kubectl(*token_request(name)).stdout.strip()


def _everything(manifests: Path) -> Iterator[Manifest]:
    """Go through the operator's roles and bindings, less the rule that one is to do without."""
    without = os.environ.get(WITHOUT, "")
    for manifest in rights.everything(manifests):
        if without and manifest["kind"] == "ClusterRole":
            rules = list(manifest["rules"])
            rules.pop(int(without) - 1)
            yield {**manifest, "rules": rules}
        else:
            yield manifest


def refused(events: Iterable[Event], starts: Sequence[tuple[str, str]] = ()) -> list[str]:
    """Return what operators asked for and were not allowed.

    Args:
        starts: from when to when the API server was starting, and refused all.
    """
    found = (
        (event, event["responseStatus"].get("message", ""))
        for event in events
        if event.get("responseStatus", {}).get("code") == FORBIDDEN
        and not any(a <= event["requestReceivedTimestamp"] <= b for a, b in starts)
    )
    return [
        f"{event['verb']} {event['requestURI']}: {message}"
        for event, message in found
        if not any(words in message for words in OF_OTHER_KINDS)
    ]


def used(events: Iterable[Event]) -> set[Right]:
    """Return the rights of which operators made use."""
    found: set[Right] = set()
    for event in events:
        if (what := event.get("objectRef")) and event["responseStatus"].get("code") != FORBIDDEN:
            resource = "/".join(filter(None, (what["resource"], what.get("subresource"))))
            right = Right(what.get("apiGroup", ""), resource, event["verb"], what.get("name", ""))
            found.add(right)
            if right.verb == "patch" and event["responseStatus"]["code"] == 201:
                found.add(right._replace(verb="create"))
    return found


@contextmanager
def accounted(cluster: ControlPlane, record: str | None = None) -> Iterator[None]:
    """Fail in the end if an operator was refused anything.

    Args:
        record: file to which the rights are added of which operators made use.

    Raises:
        AssertionError: it was refused something, whatever it made of it.
    """
    yield
    if "audit-log" not in cluster.capabilities:
        return
    events = list(cluster.audit_of(USERS))
    if record:
        Path(record).parent.mkdir(parents=True, exist_ok=True)
        with Path(record).open("a") as file:
            file.writelines(json.dumps(right) + "\n" for right in sorted(used(events)))
    lacking = refused(events, cluster.starts())
    assert not lacking, "operators may not:\n" + "\n".join(dict.fromkeys(lacking))
