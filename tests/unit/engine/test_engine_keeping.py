"""The engine over a fake cluster: what is kept, and who waits for what."""

from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.cluster.errors import Terminating
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.reconcile.gates import PAUSE
from tests.manifests import an
from tests.unit.engine.running import OURS, SECONDS, Running, dsc, ready
from tests.wait import until


async def test_drift_is_set_right_by_itself(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    running.start()
    await ready(running, asked)
    live = running.cluster.now(an("ConfigMap", "web"))

    running.cluster.put({**live, "data": {"key": "theirs"}})
    restored = {"key": "ours"}
    await until(
        lambda: running.cluster.now(an("ConfigMap", "web")).get("data") == restored,
        SECONDS,
        "the field is ours again",
    )
    running.cluster.remove(live)
    await until(lambda: running.has("ConfigMap", "web"), SECONDS, "the object is there again")
    corrected = 'resource_apply_total{component="web",result="corrected"} 2.0'
    await until(lambda: corrected in running.metrics.exposition().decode(), SECONDS, "counted")


async def test_a_resync_without_a_change_sends_nothing(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    running.start()
    await ready(running, asked)
    await until(lambda: running.engine.queue.is_idle, SECONDS, "the engine is silent")
    running.cluster.calls.clear()

    running.engine.resync()
    await until(lambda: running.engine.queue.is_idle, SECONDS, "everything was looked at")

    assert running.cluster.calls == []


async def test_an_inventory_that_is_deleted_is_written_again(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed"))
    running.start()
    await ready(running, asked)
    inventory = {"name": "rhoai-inventory-web", "namespace": "operator"}

    running.cluster.remove({"apiVersion": "v1", "kind": "ConfigMap", "metadata": inventory})

    name = inventory["name"]
    await until(lambda: running.has("ConfigMap", name), SECONDS, "the inventory is there again")


async def test_what_no_inventory_names_is_found_and_removed(running: Running) -> None:
    labels = {**OURS, "app.kubernetes.io/part-of": "web"}
    orphan = running.cluster.put(an("ConfigMap", "orphan", metadata={"labels": labels}))
    theirs = running.cluster.put(an("ConfigMap", "theirs"))
    running.cluster.put(dsc(web="Removed"))

    running.start()

    await until(lambda: not running.has("ConfigMap", "orphan"), SECONDS, "it is gone")
    assert orphan
    assert running.cluster.now(theirs) == theirs


async def test_a_pause_is_told_and_ends(running: Running) -> None:
    paused = dsc(web="Managed")
    notes = {**paused["metadata"], "annotations": {PAUSE: "true"}}
    asked = running.cluster.put({**paused, "metadata": notes})
    running.start()
    told = "Unknown/Paused"
    await until(lambda: running.reasons(asked).get("Ready") == told, SECONDS, "it is told")
    assert not running.has("ConfigMap", "web")

    running.cluster.put({**running.cluster.now(asked), "metadata": paused["metadata"]})

    await ready(running, asked)


async def test_what_had_no_namespace_goes_on_when_that_is_made_anew(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rhoai_operator.engine.queue.FIRST_DELAY", 3600.0)
    asked = running.cluster.put(dsc(web="Managed"))
    web = ObjectRef.of(an("ConfigMap", "web"))
    running.cluster.failing["apply", web] = Terminating("the namespace is being deleted")
    running.start()
    told = "False/Terminating"
    await until(lambda: running.reasons(asked).get("WebReady") == told, SECONDS, "it is told")
    del running.cluster.failing["apply", web]

    running.cluster.remove(an("ConfigMap", "base"))  # made anew, as a namespace would be

    await ready(running, asked)


async def test_what_requires_another_waits_until_that_is_ready(running: Running) -> None:
    asked = running.cluster.put(dsc(late="Managed"))
    running.start()
    waits = "False/WaitingForComponent"
    await until(lambda: running.reasons(asked).get("LateReady") == waits, SECONDS, "it waits")
    assert not running.has("ConfigMap", "late")

    running.cluster.put({**running.cluster.now(asked), **_spec(late="Managed", web="Managed")})

    await until(lambda: running.reasons(asked).get("LateReady") == "True/Ready", SECONDS, "ready")


async def test_a_gate_opens_when_the_api_appears(running: Running) -> None:
    asked = running.cluster.put(dsc(gated="Managed"))
    running.start()
    missing = "False/DependencyMissing"
    await until(lambda: running.reasons(asked).get("GatedReady") == missing, SECONDS, "it waits")

    versions = [{"name": "v1", "served": True}]
    names = {"group": "example.com", "names": {"kind": "Widget"}, "versions": versions}
    running.cluster.put(an("CustomResourceDefinition", "widgets.example.com", spec=names))

    await until(lambda: running.reasons(asked).get("GatedReady") == "True/Ready", SECONDS, "opens")


def _spec(**states: str) -> dict[str, Any]:
    return {"spec": dsc(**states)["spec"]}
