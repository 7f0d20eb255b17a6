"""Memory: what 400 owned objects take, and what other people's objects add to it."""

from __future__ import annotations

from collections.abc import Iterator

from bench.api import Api, Object, flood
from bench.figures import Figure, Report
from bench.generated import Shape
from bench.install import install
from bench.operator import Operator, peak_mb, resident_mb
from bench.options import Options
from bench.stage import Stage, stage
from bench.waiting import until

PART = "memory"
SHAPE = Shape(objects=400)
NAMESPACES, CONFIG_MAPS, PODS = 10_000, 20_000, 5_000
"""Of others; every namespace comes with a ConfigMap of its own, which counts."""
POD_NAMESPACES = 50
FAST = {"kube-controller-manager": {"kube-api-qps": 1000, "kube-api-burst": 2000}}
IN_FLIGHT = 32
STILL_SECONDS = 10.0
FLOOD_SECONDS = 600.0
STRANGER = {"app.kubernetes.io/name": "stranger", "app.kubernetes.io/part-of": "strangers"}


async def memory(options: Options, report: Report) -> None:
    """Install, look, fill the cluster with what is not ours, and look again."""
    async with stage(options.shape(SHAPE), options.attach, FAST) as fresh:
        operator = await fresh.initialized()
        await install(fresh, operator)
        before = await _resident(fresh, operator)
        report(Figure(PART, "resident at 400 owned objects", before, "MB", 120))
        namespaces, pods = options.scaled(NAMESPACES), options.scaled(PODS)
        with fresh.attach(operator.pid):
            await _fill(fresh.api, namespaces, options.scaled(CONFIG_MAPS), pods)
        after = await _resident(fresh, operator)
        kinds = ("Namespace", "ConfigMap", "Pod")
        detail: dict[str, float] = {kind: await fresh.api.count(kind) for kind in kinds}
        detail |= {"before": before, "after": after, "peak": peak_mb(operator.pid)}
        report(Figure(PART, "growth with foreign objects", after - before, "MB", 5, detail))


async def _resident(fresh: Stage, operator: Operator) -> float:
    """Return MB resident, once nothing happens any more."""
    await fresh.calm()
    await fresh.audit.quiet(STILL_SECONDS, 120)
    return resident_mb(operator.pid)


async def _fill(api: Api, namespaces: int, config_maps: int, pods: int) -> None:
    """Create what is not ours, and wait until counts stand still."""
    names = [f"foreign-{number}" for number in range(namespaces)]
    await flood(
        api, ({"apiVersion": "v1", "kind": "Namespace", **_named(n)} for n in names), IN_FLIGHT
    )
    await _counted(api, "ConfigMap", namespaces)
    await _counted(api, "ServiceAccount", namespaces)  # pods need them
    await flood(api, _config_maps(names, config_maps - namespaces), IN_FLIGHT)
    await flood(api, _pods(names[:POD_NAMESPACES], pods), IN_FLIGHT)
    await _running(api, names[:POD_NAMESPACES])


async def _counted(api: Api, kind: str, least: int) -> None:
    """Wait until there are so many, and no more from one look to the next."""
    last = -1

    async def still() -> bool:
        nonlocal last
        before, last = last, await api.count(kind)
        return last >= least and last == before

    await until(still, f"{least} of {kind}", FLOOD_SECONDS, every=2)


async def _running(api: Api, namespaces: list[str]) -> None:
    async def all_run() -> bool:
        waiting = "status.phase!=Running"
        for name in namespaces:
            path = f"/api/v1/namespaces/{name}/pods"
            if (await api.get(path, fieldSelector=waiting, limit="1"))["items"]:
                return False
        return True

    await until(all_run, "all pods run", FLOOD_SECONDS, every=2)


def _named(name: str, namespace: str = "") -> dict[str, Object]:
    place = {"namespace": namespace} if namespace else {}
    return {"metadata": {"name": name, **place, "labels": STRANGER}}


def _config_maps(namespaces: list[str], count: int) -> Iterator[Object]:
    for number in range(count):
        place = _named(f"settings-{number}", namespaces[number % len(namespaces)])
        content = {"settings.yaml": f"number: {number}\n" * 40}
        yield {"apiVersion": "v1", "kind": "ConfigMap", **place, "data": content}


def _pods(namespaces: list[str], count: int) -> Iterator[Object]:
    for number in range(count):
        container = {"name": "main", "image": "example.com/foreign:v1"}
        yield {
            "apiVersion": "v1",
            "kind": "Pod",
            **_named(f"pod-{number}", namespaces[number % len(namespaces)]),
            "spec": {"nodeName": "node-0", "containers": [container]},
        }
