"""Two replicas: one leads and writes, the other takes over when it goes, however it goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.account import USERS, account
from tests.cluster import now
from tests.running import Operator, View
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers", "audit-log")

Start: TypeAlias = Callable[..., Operator]
NAMESPACE = "redhat-ods-operator"
REASONS = {"Managed": "True/Ready", "Removed": "False/Removed", "Unmanaged": "Unknown/Unmanaged"}
WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
QUICK = {
    "RHOAI_LEASE_DURATION_SECONDS": "3",
    "RHOAI_LEASE_RENEW_DEADLINE_SECONDS": "2",
    "RHOAI_LEASE_RETRY_SECONDS": "0.5",
}
CRASH_SECONDS = 5.0
"""Lease duration and two seconds."""
HANDOVER_SECONDS = 2.0
START_SECONDS = 20.0
"""Enough for a lease to expire that some other test has left."""


@pytest.fixture
def start(view: View, tmp_path: Path) -> Iterator[Start]:
    """Start a replica under a name, which is its user's in the audit log."""
    started: list[Operator] = []

    def start(name: str, **env: str) -> Operator:
        kubeconfig = account(view.cluster, tmp_path / f"{name}.kubeconfig", user=name)
        log = tmp_path / f"{name}-{len(started)}.log"
        operator = Operator(kubeconfig, log, {**QUICK, **env})
        started.append(operator)
        operator.start()
        return operator

    try:
        yield start
        if not any(operator.is_alive for operator in started):
            start("a")
        view.clear()
    finally:
        for operator in started:
            operator.end()


def lease(view: View) -> dict[str, Any]:
    spec: dict[str, Any] = view.get("lease", "rhoai-operator", NAMESPACE).get("spec", {})
    return spec


@dataclass(frozen=True)
class Moment:
    """Some time, and where the audit log had got to."""

    time: str
    mark: int

    @classmethod
    def now(cls, view: View) -> Moment:
        mark = view.cluster.audit_mark()
        return cls(now(), mark)


def written(view: View, name: str, since: Moment) -> list[str]:
    """Return what a replica has sent to be written since then, granted or not."""
    events = [
        e
        for e in view.cluster.audit_of(f"{USERS}{name}", since.mark)
        if e["requestReceivedTimestamp"] > since.time
    ]
    events.sort(key=lambda e: e["requestReceivedTimestamp"])  # the log has them as answered
    return [f"{e['verb']} {e['requestURI']}" for e in events if e["verb"] in WRITES]


def reconciles(view: View, state: str) -> None:
    """Want ray in this state and wait until its condition says so."""
    view.dsc(ray=state)
    reason = REASONS[state]
    blocking_until(lambda: view.reason("RayReady") == reason, 60, f"RayReady is {reason}")


def leads(operator: Operator, seconds: float) -> float:
    """Wait until it leads; return for how many seconds."""
    begun = time.monotonic()
    blocking_until(lambda: operator.is_leading, seconds, f"it leads; see {operator.log}")
    return time.monotonic() - begun


def test_only_the_holder_writes_and_the_standby_is_well(view: View, start: Start) -> None:
    since = Moment.now(view)
    first = start("a")
    leads(first, START_SECONDS)
    second = start("b")

    for state in ("Managed", "Removed"):
        reconciles(view, state)

    assert written(view, "a", since)
    assert written(view, "b", since) == []
    assert [second.get(path) for path in ("/healthz", "/readyz")] == ["ok\n", "ok\n"]
    assert (first.is_leading, second.is_leading) == (True, False)
    assert lease(view)["leaseDurationSeconds"] == 3


def test_a_killed_leader_is_replaced_when_its_lease_expires(view: View, start: Start) -> None:
    first = start("a")
    leads(first, START_SECONDS)
    second = start("b")
    reconciles(view, "Removed")

    first.kill()

    assert leads(second, CRASH_SECONDS) <= CRASH_SECONDS
    reconciles(view, "Unmanaged")


def test_a_leader_that_is_told_to_end_hands_over_at_once(view: View, start: Start) -> None:
    usual = {"RHOAI_LEASE_DURATION_SECONDS": "15", "RHOAI_LEASE_RENEW_DEADLINE_SECONDS": "10"}
    first = start("a", **usual)
    leads(first, START_SECONDS)
    second = start("b", **usual)
    reconciles(view, "Removed")
    since = Moment.now(view)

    begun = time.monotonic()
    first.stop()
    leads(second, HANDOVER_SECONDS)
    assert time.monotonic() - begun <= HANDOVER_SECONDS

    (last,) = written(view, "a", since)[-1:]
    assert "/leases/rhoai-operator" in last
    reconciles(view, "Unmanaged")


def test_a_paused_leader_that_was_replaced_writes_nothing_and_ends(
    view: View, start: Start
) -> None:
    first = start("a")
    leads(first, START_SECONDS)
    second = start("b")
    reconciles(view, "Removed")

    first.pause()
    since = Moment.now(view)
    leads(second, CRASH_SECONDS)
    view.dsc(ray="Managed")  # both have something to write then
    first.resume()

    assert first.wait(10) == 1
    assert written(view, "a", since) == []
    log = first.log.read_text()
    assert "lost Lease" in log
    assert "Traceback" not in log
    third = start("a")
    assert not third.is_leading
    assert third.get("/readyz") == "ok\n"


def test_a_paused_leader_that_nobody_replaced_renews_before_it_writes(
    view: View, start: Start
) -> None:
    first = start("a")
    leads(first, START_SECONDS)
    reconciles(view, "Removed")
    acquired = lease(view)["acquireTime"]

    first.pause()
    since = Moment.now(view)
    view.dsc(ray="Managed")
    expired = time.monotonic() + 3.0
    blocking_until(lambda: time.monotonic() > expired, 10, "the lease has expired")
    first.resume()

    reconciles(view, "Removed")
    assert "/leases/rhoai-operator" in written(view, "a", since)[0]
    assert first.is_leading
    assert lease(view)["acquireTime"] == acquired


@pytest.mark.needs("process-control")
def test_a_leader_without_an_api_server_goes_on_when_nobody_replaced_it(
    view: View, start: Start
) -> None:
    first = start("a")
    leads(first, START_SECONDS)

    view.cluster.kill("kube-apiserver")
    blocking_until(lambda: not first.is_leading, 5, "it leads no longer")
    assert first.get("/healthz") == "ok\n"
    view.cluster.start("kube-apiserver")

    leads(first, 20)
    reconciles(view, "Removed")


def test_a_standby_ends_promptly_and_leaves_the_lease_alone(view: View, start: Start) -> None:
    first = start("a")
    leads(first, START_SECONDS)
    second = start("b")
    before = lease(view)

    assert second.stop() < HANDOVER_SECONDS
    assert first.is_leading
    for field in ("holderIdentity", "leaseTransitions", "acquireTime"):
        assert lease(view)[field] == before[field]


def test_where_there_is_one_replica_only_no_lease_is_needed(view: View, start: Start) -> None:
    since = Moment.now(view)
    start("a", RHOAI_LEADER_ELECT="false")
    reconciles(view, "Removed")

    assert not [request for request in written(view, "a", since) if "/leases" in request]
