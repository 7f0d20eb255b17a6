from __future__ import annotations

import json

from rhoai_operator.core.fields import Claim
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.engine.state import state
from tests.manifests import an
from tests.unit.engine.running import SECONDS, Running, dsc
from tests.wait import until


async def test_it_tells_what_is_waited_for_and_what_is_known(running: Running) -> None:
    asked = running.cluster.put(dsc(web="Managed", gated="Managed"))
    running.start()
    missing = "False/DependencyMissing"
    await until(lambda: running.reasons(asked).get("GatedReady") == missing, SECONDS, "it waits")
    contested = ObjectRef.of(an("ConfigMap", "web"))
    for _ in range(3):
        running.engine.fights.rewritten(contested, [Claim("rival", "data.a")], 1e9)
        running.engine.fights.corrected(contested)

    told = json.loads(json.dumps(state(running.engine)))

    assert told["components"]["gated"]["gate"]["reason"] == "DependencyMissing"
    assert told["components"]["web"]["settled"]
    assert told["queue"]["web"] == {
        "waitingSeconds": None,
        "working": False,
        "failures": 0,
        "retryIn": None,
    }
    caches = {row["kind"]: row for row in told["caches"] if row["labels"]}
    assert caches["ConfigMap.v1"]["listed"]
    assert told["inventories"]["web"] == 1
    assert told["fights"] == [
        {"object": "ConfigMap ns/web", "owner": "rival", "path": "data.a", "count": 3}
    ]
