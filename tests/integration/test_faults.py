"""Whatever happens between operator and API server: afterwards all is as desired, nothing is left.

After each test everything has to go; that it does shows that nothing was forgotten.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from hack.control_plane_programs import CONTROLLERS
from rhoai_operator.core.objects import ObjectRef
from tests.cluster import ControlPlane
from tests.faults import (
    Answer,
    Cut,
    Delay,
    Drop,
    ExpiredWatch,
    Fault,
    HalfOpen,
    Reset,
    Rule,
    StaleWatch,
    Trickle,
)
from tests.madeup import MadeUp
from tests.running import Operator
from tests.stage import RIGHT_SECONDS, Stage, set_up
from tests.wait import until

pytestmark = pytest.mark.needs("controllers")

NAMESPACE = "redhat-ods-applications"
NAMES = ("ray", "hooked", "follower")
MANAGED = dict.fromkeys(NAMES, "Managed")
REMOVED = dict.fromkeys((*NAMES, "lender"), "Removed")
WRITES = "PATCH|POST|PUT|DELETE"
OBJECTS = f"/namespaces/{NAMESPACE}/"
RESUMED = r"^(?=.*[?&]watch=)(?=.*[?&]resourceVersion=[1-9])"
"""Watches that go on from a version: only of these it can be too old."""
HITS_SECONDS = 60.0
AWAY_SECONDS = 20.0
IDLE_SECONDS = 75.0
"""How long a watch may be silent before the operator takes it for dead."""


@pytest.fixture(scope="module")
def theatre(
    control_plane: ControlPlane, made_up: MadeUp, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    with set_up(control_plane, made_up, tmp_path_factory.mktemp("stage")) as stage:
        yield stage
        stage.clear()


@pytest.fixture
def stage(theatre: Stage) -> Iterator[Stage]:
    """A stage with an operator, and nothing of components on it, before the test and after it."""
    assert theatre.operator.is_alive
    theatre.view.dsc(**REMOVED)
    theatre.oracle.settle(RIGHT_SECONDS)
    yield theatre
    theatre.proxy.lift()
    theatre.crashed()
    assert theatre.operator.is_alive
    theatre.view.dsc(**REMOVED)
    theatre.oracle.settle(RIGHT_SECONDS)


def ref(api_version: str, kind: str, name: str, namespace: str = NAMESPACE) -> ObjectRef:
    group, _, version = api_version.rpartition("/")
    return ObjectRef(group, kind, namespace, name, version)


EDITED: Mapping[ObjectRef, Mapping[str, Any]] = {
    ref("v1", "ConfigMap", "hooked"): {"data": {"greeting": "changed"}},
    ref("v1", "Service", "hooked"): {"spec": {"selector": {"app": "somebody-else"}}},
    ref("apps/v1", "Deployment", "follower"): {"metadata": {"labels": None}},
    ref("rbac.authorization.k8s.io/v1", "ClusterRole", "hooked-edit", ""): {"rules": []},
}
DELETED = (
    ref("v1", "Secret", "hooked"),
    ref("rbac.authorization.k8s.io/v1", "RoleBinding", "hooked"),
    ref("apps/v1", "Deployment", "hooked"),
    ref("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "hooked", ""),
)


def disturb(stage: Stage) -> None:
    """Change and delete what the operator owns, each time as somebody else: that is no fight."""
    somebody = f"somebody-{uuid.uuid4().hex[:8]}"
    for edited, patch in EDITED.items():
        stage.rest.merge(edited, patch, somebody)
    for deleted in DELETED:
        stage.rest.delete(deleted)


async def is_right(stage: Stage, seconds: float = RIGHT_SECONDS) -> None:
    def right() -> bool:
        return not stage.is_alive or not stage.oracle.violations()

    await until(right, seconds, "all is as desired")
    assert stage.crashed() == []


async def hit(stage: Stage, rule: Rule, times: int) -> None:
    def happened() -> bool:
        return rule.hits >= times or not stage.is_alive

    await until(happened, HITS_SECONDS, f"{rule.fault} happened {times} times")


INSTALL: Mapping[str, tuple[Fault, Mapping[str, Any], int]] = {
    "requests-dropped": (Drop(), {"rate": 0.3}, 10),
    "answers-dropped": (Drop(served=True), {"rate": 0.3}, 10),
    "requests-reset": (Reset(), {"rate": 0.3}, 10),
    "answers-reset": (Reset(served=True), {"rate": 0.3}, 10),
    "answers-cut": (Cut(), {"rate": 0.3}, 10),
    "answers-slow": (Trickle(2), {"rate": 0.3}, 10),
    "requests-delayed": (Delay(1), {"rate": 0.5}, 10),
    "too-many-requests": (Answer(429, retry_after=1), {"rate": 0.3}, 10),
    "internal-errors": (Answer(500), {"rate": 0.3}, 10),
    "unavailable": (Answer(503), {"rate": 0.3}, 10),
    "all-unavailable": (Answer(503), {}, 30),
    "conflicts": (Answer(409), {"rate": 0.3, "method": WRITES}, 10),
    "half-open": (HalfOpen(), {"rate": 0.5, "path": OBJECTS, "method": WRITES, "count": 4}, 4),
}


@pytest.mark.parametrize("name", INSTALL)
async def test_an_install_ends_right_through(stage: Stage, name: str) -> None:
    fault, which, times = INSTALL[name]

    with stage.proxy.fault(fault, **which) as rule:
        stage.view.dsc(**MANAGED)
        await hit(stage, rule, times)

    await is_right(stage)


STARTS = ("requests-dropped", "answers-slow", "unavailable", "answers-cut")


@pytest.mark.parametrize("name", STARTS)
async def test_it_starts_through(stage: Stage, name: str) -> None:
    fault, which, times = INSTALL[name]
    stage.operator.end()
    stage.view.dsc(**MANAGED)

    with stage.proxy.fault(fault, **which) as rule:
        stage.start()
        await hit(stage, rule, times)

    await is_right(stage)


DRIFT: Mapping[str, tuple[Fault, ...]] = {
    "watches-expired": (ExpiredWatch(),),
    "watches-dropped": (Drop(),),
    "watches-reset": (Reset(),),
    "watches-cut": (Cut(), Drop()),
    "watches-too-old": (Answer(410), Drop()),
    "watches-refused": (Answer(503), Drop()),
}
"""Of several faults the last one befalls the watches that are open, the first those that follow."""


@pytest.mark.parametrize("name", DRIFT)
async def test_drift_is_repaired_through(stage: Stage, name: str) -> None:
    stage.view.dsc(**MANAGED)
    await is_right(stage)

    rules = [stage.proxy.inject(Rule(fault, path=RESUMED, count=20)) for fault in DRIFT[name]]
    disturb(stage)
    await hit(stage, rules[0], 5)
    stage.proxy.lift()

    await is_right(stage)


async def test_drift_is_repaired_although_every_watch_is_stale(stage: Stage) -> None:
    stage.view.dsc(**MANAGED)
    await is_right(stage)

    with stage.proxy.fault(StaleWatch()) as rule:
        disturb(stage)
        assert rule.hits > 5

    await is_right(stage, IDLE_SECONDS + RIGHT_SECONDS)


async def test_drift_is_repaired_after_requests_were_refused_for_long(stage: Stage) -> None:
    stage.view.dsc(**MANAGED)
    await is_right(stage)

    with stage.proxy.fault(Answer(503), method=WRITES, path="^(?!.*/leases)") as rule:
        disturb(stage)
        await hit(stage, rule, 12)  # more often than a request is tried before a component waits

    await is_right(stage)


@pytest.mark.needs("process-control")
async def test_it_goes_on_when_the_api_server_was_away_for_20_seconds(stage: Stage) -> None:
    stage.view.dsc(**MANAGED)
    await is_right(stage)
    with stage.proxy.fault(HalfOpen(), method="PATCH", path="/clusterroles/loan") as held:
        stage.view.dsc(**MANAGED, lender="Managed")
        await hit(stage, held, 1)  # in the middle of an install
        stage.view.cluster.kill("kube-apiserver")
    back = time.monotonic() + AWAY_SECONDS
    await until(lambda: time.monotonic() >= back, 2 * AWAY_SECONDS, "it was away for 20 s")
    stage.view.cluster.start("kube-apiserver")
    for program in CONTROLLERS:  # as by themselves they come back after a minute
        stage.view.cluster.kill(program)
        stage.view.cluster.start(program)

    await is_right(stage)


async def test_drift_is_repaired_after_the_api_server_was_out_of_reach(stage: Stage) -> None:
    operator = stage.operator
    stage.view.dsc(**MANAGED)
    await is_right(stage)

    before = unanswered(operator)
    with stage.proxy.away():
        disturb(stage)
        await until(lambda: unanswered(operator) > before, 30, "requests are not answered")

    await is_right(stage)


def unanswered(operator: Operator) -> float:
    """Return how many requests of the operator's had no answer."""
    lines = operator.get("/metrics").splitlines()
    counts = (line for line in lines if line.startswith('rest_client_requests_total{code="0"'))
    return sum(float(line.rpartition(" ")[2]) for line in counts)


async def test_an_operator_killed_in_the_middle_of_an_install_goes_on(stage: Stage) -> None:
    await killed_in_the_middle(stage)

    stage.start()

    await is_right(stage)


async def test_an_operator_killed_in_the_middle_of_an_install_leaves_nothing(stage: Stage) -> None:
    await killed_in_the_middle(stage)
    stage.view.dsc(**REMOVED)

    stage.start()

    await is_right(stage)


async def killed_in_the_middle(stage: Stage) -> None:
    """Kill an operator that has applied a part of a component: all but the Deployments."""
    operator = stage.operator
    with stage.proxy.fault(HalfOpen(), method="PATCH", path="/deployments/"):
        stage.view.dsc(**MANAGED)
        part = ref("v1", "ConfigMap", "hooked")
        await until(lambda: stage.rest.get(part), 30, "a part is there")
        operator.kill()
    rest = ref("apps/v1", "Deployment", "hooked")
    assert stage.rest.get(rest) is None
