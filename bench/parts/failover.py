"""Failover: how long nobody leads after the leader was killed."""

from __future__ import annotations

import asyncio
import math
import time
from statistics import median

from bench.api import Object, collection, path_of
from bench.disturb import eligible
from bench.errors import BenchError
from bench.figures import Figure, Report, rounded
from bench.generated import Shape
from bench.install import install
from bench.operator import Operator
from bench.options import Options
from bench.stage import OPERATOR_NAMESPACE, Stage, stage
from bench.waiting import until
from bench.watching import holds, key_of, mirror

PART = "failover"
SHAPE = Shape(objects=100)
LEASE = "rhoai-operator"
LEASE_SECONDS = 15.0
BAR = LEASE_SECONDS + 2
LEADING = "leader_election_master_status"


async def failover(options: Options, report: Report) -> None:
    """Kill the leader, again and again; each time a new standby is there before."""
    taken: list[float] = []
    repaired: list[float] = []
    async with stage(options.shape(SHAPE), options.attach) as fresh:
        replicas = [await fresh.initialized(RHOAI_LEASE_DURATION_SECONDS=str(LEASE_SECONDS))]
        await install(fresh, replicas[0])
        bodies = [b for found in (await fresh.bodies()).values() for b in found if eligible(b)]
        for body in bodies[: options.runs]:
            replicas.append(await fresh.operator())
            await fresh.audit.quiet(1, 60)
            leader = await _leader(replicas)
            replicas.remove(leader)
            lease, repair = await _killed(fresh, leader, body)
            taken.append(lease)
            repaired.append(repair)
    detail = {"lease taken": rounded(taken), "repaired": rounded(repaired), "bar": BAR}
    report(Figure(PART, "leader killed → lease taken, slowest", max(taken), "s", BAR, detail))
    report(Figure(PART, "leader killed → object repaired, slowest", max(repaired), "s", BAR))
    report(Figure(PART, "leader killed → object repaired, median", median(repaired), "s"))


async def _leader(replicas: list[Operator]) -> Operator:
    leaders: list[Operator] = []

    async def one_leads() -> bool:
        leaders[:] = [replica for replica in replicas if replica.metric(LEADING)]
        return len(leaders) == 1

    await until(one_leads, "one replica leads", 30)
    return leaders[0]


async def _killed(fresh: Stage, leader: Operator, body: Object) -> tuple[float, float]:
    """Kill the leader and delete an object; return seconds until the lease and it were back."""
    async with mirror(fresh.api, [body]) as live:
        uid = live.get(key_of(body))["metadata"]["uid"]
        holder = await _holder(fresh)
        watching = asyncio.create_task(_taken(fresh, holder))
        leader.kill()
        start = time.monotonic()
        await fresh.api.send("DELETE", path_of(body), {"propagationPolicy": "Background"})

        def is_back(now: Object) -> bool:
            return now["metadata"]["uid"] != uid and holds(body, now)

        back = await live.until(key_of(body), is_back, 2 * BAR)
        if math.isinf(back):
            watching.cancel()
            raise BenchError(f"nobody repaired an object within {2 * BAR:g} s of the leader's end")
        return await watching - start, back - start


async def _holder(fresh: Stage) -> str:
    lease = await fresh.api.get(f"{collection('Lease', OPERATOR_NAMESPACE)}/{LEASE}")
    return str(lease["spec"]["holderIdentity"])


async def _taken(fresh: Stage, holder: str) -> float:
    """Return when another replica took the lease, in monotonic seconds."""
    path, only = collection("Lease", OPERATOR_NAMESPACE), f"metadata.name={LEASE}"
    async for event in fresh.api.watch(path, fieldSelector=only):
        if event["object"]["spec"].get("holderIdentity") not in {holder, ""}:
            return time.monotonic()
    raise BenchError("the watch of the lease ended")
