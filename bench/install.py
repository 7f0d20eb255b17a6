"""Installing everything that a shape has: by the operator, and by the raw apply."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from bench import audit
from bench.api import PLURALS, Object
from bench.errors import BenchError
from bench.operator import ROOT, Sampler, peak_mb
from bench.stage import DSCI, Stage, dsc, true_conditions

INSTALL_SECONDS = 240.0
QUIET_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Installed:
    """What the operator's install came to. Seconds count from just before the DSC was created.

    Attributes:
        seconds: until the last object was there and the last definition established.
        ready: until the DSC was Ready.
        components: until each component's condition was True, by component.
        applied: until the last object of each component was there, by component.
        cpu: CPU seconds until then.
        cpu_ready: until the DSC was Ready.
        cpu_silent: until the operator was silent.
        objects: how many there are.
        requests: by category, until the operator was silent.
        peak: most memory that was resident, in MB.
    """

    seconds: float
    ready: float
    components: Mapping[str, float]
    applied: Mapping[str, float]
    cpu: float
    cpu_ready: float
    cpu_silent: float
    objects: int
    requests: Mapping[str, int]
    peak: float


@dataclass(frozen=True, slots=True)
class Raw:
    """What the raw apply came to; ``established`` counts from the start as ``seconds`` does."""

    seconds: float
    established: float
    cpu: float
    requests: int


class Running(Protocol):
    """An operator, whatever it was started from."""

    @property
    def pid(self) -> int:
        """The number of its process."""
        ...


async def install(stage: Stage, operator: Running, slow: Iterable[str] = ()) -> Installed:
    """Create a DSC that wants everything, and wait until all of it is there.

    Args:
        slow: components that need not become Ready; then neither need the DSC.

    Raises:
        BenchError: an object was not applied, or time was up.
    """
    mark = await stage.audit.mark()
    awaited = set(stage.shape.names) - set(slow)
    async with _following(operator.pid) as sampler:
        with stage.attach(operator.pid):
            start = time.time()
            seen = await _created(stage, awaited, whole=not slow)
            await stage.audit.quiet(QUIET_SECONDS, INSTALL_SECONDS)
            end = time.time()
    course = sampler.course
    events = await stage.audit.since(mark)
    bodies = await stage.bodies()
    applied = _applied({n: b for n, b in bodies.items() if n in awaited}, events)
    established = _established(stage.audit.written(mark, "customresourcedefinitions"), bodies)
    last, ready = max(*applied.values(), *established), max(seen.values())
    return Installed(
        seconds=last - start,
        ready=ready - start,
        components={name: seen[stage.shape.condition(name)] - start for name in awaited},
        applied={name: moment - start for name, moment in applied.items()},
        cpu=course.between(start, last),
        cpu_ready=course.between(start, ready),
        cpu_silent=course.between(start, end),
        objects=sum(map(len, bodies.values())),
        requests=audit.told(events),
        peak=peak_mb(operator.pid),
    )


def _established(
    written: Mapping[str, float], bodies: Mapping[str, Iterable[Object]]
) -> list[float]:
    """Return when each definition was established: nothing is written into its status afterwards.

    The API server's audit log tells, so that nobody has to ask it while it is busy.
    """
    everything = (body for found in bodies.values() for body in found)
    names = {b["metadata"]["name"] for b in everything if b["kind"] == "CustomResourceDefinition"}
    if missing := names - written.keys():
        raise BenchError(f"not established: {', '.join(sorted(missing))}")
    return [written[name] for name in names]


@asynccontextmanager
async def _following(pid: int) -> AsyncIterator[Sampler]:
    sampler = Sampler(pid)
    task = asyncio.create_task(sampler.run())
    try:
        yield sampler
    finally:
        task.cancel()


async def _created(stage: Stage, components: set[str], *, whole: bool) -> Mapping[str, float]:
    """Create the DSC; return when each condition was first seen True."""
    wanted = {*map(stage.shape.condition, components), *({"Ready"} if whole else ())}
    asked = dsc(stage.shape.switched)
    seen: dict[str, float] = {}
    try:
        async with asyncio.timeout(INSTALL_SECONDS):
            await stage.api.create(asked)
            async for live in stage.follow(asked):
                for condition in true_conditions(live):
                    seen.setdefault(condition, time.time())
                if wanted <= seen.keys():
                    return seen
    except TimeoutError:
        missing = ", ".join(sorted(wanted - seen.keys()))
        raise BenchError(f"not True after {INSTALL_SECONDS:g} s: {missing}") from None
    raise BenchError("the watch of the DataScienceCluster ended")


def _applied(
    bodies: Mapping[str, Iterable[Object]], events: Iterable[audit.Event]
) -> dict[str, float]:
    """Return when the last object of each component was there, in seconds since the epoch."""
    answers: dict[tuple[str, str, str], float] = {}
    for event in events:
        if audit.category(event) in {"apply", "create"} and event["responseStatus"]["code"] in {
            200,
            201,
        }:
            ref = event["objectRef"]
            key = (ref["resource"], ref.get("namespace", ""), ref["name"])
            answers.setdefault(key, audit.answered(event))
    missing = [b for found in bodies.values() for b in found if _key(b) not in answers]
    if missing:
        names = ", ".join(f"{b['kind']} {b['metadata']['name']}" for b in missing[:5])
        raise BenchError(f"{len(missing)} objects were not applied: {names}")
    return {name: max(answers[_key(b)] for b in found) for name, found in bodies.items()}


def _key(body: Object) -> tuple[str, str, str]:
    metadata = body["metadata"]
    own = metadata["name"] if body["kind"] == "Namespace" else ""  # the audit log has it so
    return (PLURALS[body["kind"]][1], metadata.get("namespace", own), metadata["name"])


async def apply_raw(stage: Stage) -> Raw:
    """Apply the same bodies from a program of its own, and tell what that took."""
    await stage.api.create(DSCI)
    await stage.api.create(dsc(stage.shape.switched))
    namespace = {"apiVersion": "v1", "kind": "Namespace"}
    name = DSCI["spec"]["applicationsNamespace"]
    await stage.api.create({**namespace, "metadata": {"name": name}})
    bodies = [body for found in (await stage.bodies()).values() for body in found]
    job = stage.folder / "job.json"
    job.write_text(json.dumps({"access": asdict(stage.access), "bodies": bodies}))
    await stage.calm()
    result = await _output(sys.executable, "-m", "bench.raw", str(job))
    return Raw(**result)


async def _output(*command: str) -> dict[str, Any]:
    program = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        said, _ = await program.communicate()
    except asyncio.CancelledError:
        program.kill()
        raise
    if program.returncode:
        raise BenchError(f"{' '.join(command)} ended with exit code {program.returncode}")
    answer: dict[str, Any] = json.loads(said)
    return answer
