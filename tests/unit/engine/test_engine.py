"""The engine over a fake cluster: who rules, and what status says."""

from __future__ import annotations

import asyncio

from rhoai_operator.cluster.errors import Conflict, Forbidden
from rhoai_operator.core.objects import ObjectRef
from tests.fakes.cluster import Verb
from tests.manifests import an
from tests.unit.engine.running import DSC, PLATFORM, SECONDS, Running, dsc
from tests.wait import until


async def test_status_tells_each_component_and_sums_up(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed", job="Managed"))
    running.start()

    told = "True/Ready"
    await until(lambda: running.reasons(asked).get("WebReady") == told, SECONDS, "it is told")

    reasons = running.reasons(asked)
    assert reasons["WebReady"] == "True/Ready"
    assert reasons["JobReady"] == "False/NotAvailable"
    assert reasons["Ready"] == "False/NotAvailable"
    status = running.status(asked)
    assert (status["phase"], status["installedComponents"]) == (
        "Error",
        {"web": True, "job": False, "late": False, "gated": False},
    )
    assert status["release"] == {"name": PLATFORM.name, "version": "1.2.3"}
    assert running.has("ConfigMap", "web")
    assert 'component_ready{component="web"} 1.0' in running.metrics.exposition().decode()


async def test_only_the_oldest_switches_components_on(running: Running) -> None:
    first = running.cluster.put(dsc("first", "2026-01-01T00:00:00Z", web="Removed"))
    second = running.cluster.put(dsc("second", "2026-01-02T00:00:00Z", web="Managed"))
    running.start()

    names = await running.edge.submit(DSC, first["metadata"]["uid"], 1)
    assert names == ("web", "job", "late", "gated")
    assert await running.edge.submit(DSC, second["metadata"]["uid"], 1) == ()
    duplicate = "False/DuplicateDataScienceCluster"
    await until(lambda: running.reasons(second).get("Ready") == duplicate, SECONDS, "it is told")
    assert not running.has("ConfigMap", "web")


async def test_an_attempt_answers_the_generation_that_was_asked(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    uid, generation = asked["metadata"]["uid"], asked["metadata"].get("generation", 0)
    running.start()

    await running.edge.submit(DSC, uid, generation)
    outcome = await running.edge.attempted("web", DSC, uid, generation)

    assert outcome
    assert [change.action.value for change in outcome.changes] == ["created"]


async def test_removed_waits_for_the_last_object(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    running.start()
    await until(lambda: running.has("ConfigMap", "web"), SECONDS, "it is installed")
    deleting = {**asked["metadata"], "deletionTimestamp": "2026-01-02T00:00:00Z"}
    running.cluster.put({**asked, "metadata": {**deleting, "finalizers": ["x"]}})

    await running.edge.removed(DSC, asked["metadata"]["uid"])

    assert not running.has("ConfigMap", "web")
    assert not running.has("ConfigMap", "rhoai-inventory-web")


async def test_a_refused_namespace_holds_components_back_until_it_is_there(
    running: Running,
) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    base = ObjectRef.of(an("ConfigMap", "base"))
    running.cluster.failing["apply", base] = Forbidden("no")
    running.start()
    held = "False/WaitingForNamespaces"
    await until(lambda: running.reasons(asked).get("WebReady") == held, SECONDS, "it waits")
    assert not running.has("ConfigMap", "web")

    del running.cluster.failing["apply", base]

    await until(lambda: running.reasons(asked).get("WebReady") == "True/Ready", SECONDS, "ready")


async def test_release_looks_again_when_the_object_has_just_changed(running: Running) -> None:
    theirs, ours = "datasciencecluster.opendatahub.io/finalizer", "ours"
    plain = dsc()
    asked = running.cluster.put(
        {**plain, "metadata": {**plain["metadata"], "finalizers": [theirs, ours]}}
    )
    patch: tuple[Verb, ObjectRef] = ("patch", ObjectRef.of(asked))
    running.cluster.failing[patch] = Conflict("it has changed")
    running.start()
    calls = running.cluster.calls

    async def heal() -> None:
        await until(lambda: patch in calls, SECONDS, "the first patch met a conflict")
        del running.cluster.failing[patch]

    await asyncio.gather(running.edge.release(DSC, "dsc", {theirs}), heal())

    assert running.cluster.now(asked)["metadata"]["finalizers"] == [ours]
