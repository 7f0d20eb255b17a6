from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rhoai_operator.api import dscinitialization
from rhoai_operator.catalog.platforms import Platform, load_platforms
from rhoai_operator.core.objects import Manifest
from rhoai_operator.engine.attempts import Attempts
from rhoai_operator.engine.initialization import MESH, NAME, Initialization, default_dsci
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.watched import Listeners, Watched
from rhoai_operator.metrics import Metrics
from tests.fakes.cluster import KINDS, FakeCluster
from tests.manifests import an
from tests.wait import until

SECONDS = 5.0
PLATFORMS = load_platforms(Path(__file__).parents[3] / "manifests")
SELF_MANAGED = PLATFORMS["rhoai"]
DSC, THEIRS = an("DataScienceCluster", "dsc"), an("DSCInitialization", "theirs")


def started(cluster: FakeCluster, metrics: Metrics, supervisor: Supervisor) -> None:
    attempts = Attempts()

    def ignore(*_: object) -> None:
        return

    listeners = Listeners(attempts.wake, ignore, ignore, ignore, ignore)
    watched = Watched(
        cluster, ["web"], "operator", listeners=listeners, supervisor=supervisor, metrics=metrics
    )
    watched.start()
    made = Initialization(cluster, SELF_MANAGED, watched, attempts)
    supervisor.start("initialization", made.run)


def dscis(cluster: FakeCluster) -> set[str]:
    return {ref.name for ref in cluster.refs if ref.kind == "DSCInitialization"}


@pytest.mark.parametrize(
    ("platform", "mesh", "monitoring"),
    [
        pytest.param(SELF_MANAGED, True, "Managed", id="self-managed-with-mesh"),
        pytest.param(PLATFORMS["odh"], False, "Removed", id="open-data-hub-without"),
    ],
)
def test_what_it_says(platform: Platform, mesh: bool, monitoring: str) -> None:
    made: dict[str, Any] = dict(default_dsci(platform, mesh=mesh))

    assert made["metadata"] == {"name": NAME}
    assert made["spec"]["applicationsNamespace"] == platform.applications_namespace
    assert made["spec"]["monitoring"] == {"managementState": monitoring}
    assert made["spec"].get("serviceMesh") == ({"managementState": "Managed"} if mesh else None)
    assert dscinitialization.parse(made).problem == ""


@pytest.mark.parametrize("mesh", [pytest.param(True, id="mesh"), pytest.param(False, id="none")])
async def test_made_at_start_for_what_the_cluster_has(
    metrics: Metrics, supervisor: Supervisor, mesh: bool
) -> None:
    cluster = FakeCluster(kinds=KINDS | {MESH} if mesh else KINDS)

    started(cluster, metrics, supervisor)
    await until(lambda: dscis(cluster) == {NAME}, SECONDS, "it is made")

    live: Manifest = cluster.now(default_dsci(SELF_MANAGED, mesh=mesh))
    assert ("serviceMesh" in live["spec"]) is mesh


async def test_that_of_users_is_enough_until_it_is_gone(
    metrics: Metrics, supervisor: Supervisor
) -> None:
    cluster = FakeCluster(THEIRS, DSC)
    started(cluster, metrics, supervisor)
    await until(lambda: len([v for v, _ in cluster.calls if v == "watch"]) == 6, SECONDS, "synced")
    assert dscis(cluster) == {"theirs"}

    cluster.remove(THEIRS)

    await until(lambda: dscis(cluster) == {NAME}, SECONDS, "it is made for the DSC that waits")
