"""The image: how large it is, how long it takes to start, and what it needs of memory, as a pod."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from statistics import median

from bench.audit import Event
from bench.figures import Figure, Report, rounded
from bench.install import install
from bench.operator import LOOK_SECONDS, READY_SECONDS, cpu_seconds, resident_mb
from bench.options import Options
from bench.real import Real
from bench.stage import Stage, stage
from bench.waiting import until
from hack.image.pod import Access, Pod
from hack.image.store import Image, built

PART = "image"
STARTS = 5
STILL_SECONDS = 6.0
STILL_WITHIN_SECONDS = 120.0


async def image(options: Options, report: Report) -> None:
    """Build it, start it some times, and let it install all components."""
    with built() as found:
        report(
            Figure(PART, "size, of which ours", _size(found.root) - _size(found.base), "MB", 160)
        )
        detail = {"base": "Debian's essential packages and Python"}
        report(
            Figure(PART, "size with the base of the check", _size(found.root), "MB", None, detail)
        )
        async with stage(Real(), options.attach) as fresh:
            await _starts(fresh, found, report)
            async with _running(fresh, found) as pod:
                await fresh.initialize()
                await install(fresh, pod)
                await fresh.audit.quiet(STILL_SECONDS, STILL_WITHIN_SECONDS)
                report(Figure(PART, "resident", resident_mb(pod.pid), "MB", 120))


async def _starts(fresh: Stage, found: Image, report: Report) -> None:
    """Start it and end it; count from the start of the process to when the first watch arrives.

    The webhook's address is another one each time, so it is on only where it stays.
    """
    await fresh.calm()
    watched: list[float] = []
    ready: list[float] = []
    used: list[float] = []
    for _ in range(STARTS):
        mark = await fresh.audit.mark()
        async with _running(fresh, found, RHOAI_WEBHOOK_BIND_ADDRESS="0") as pod:
            began = pod.began()
            ready.append(time.time() - began)
            used.append(cpu_seconds(pod.pid))
            events = await fresh.audit.since(mark)
        first = min(_received(event) for event in events if event["verb"] == "watch")
        watched.append(first - began)
    detail = {"watched": rounded(watched), "ready": rounded(ready), "CPU until ready": used}
    report(Figure(PART, "start → first watch", median(watched), "s", 1.5, detail))
    report(Figure(PART, "start → ready", median(ready), "s"))
    report(Figure(PART, "CPU until ready", median(used), "s"))


@asynccontextmanager
async def _running(fresh: Stage, found: Image, **more: str) -> AsyncIterator[Pod]:
    """Start it and wait until it is ready; afterwards it is ended in order."""
    access = _access(fresh)
    env = {"RHOAI_PLATFORM": "rhoai", "RHOAI_CREATE_DSCI": "false", **more}
    with tempfile.TemporaryDirectory() as scratch:
        pod = Pod(found, Path(scratch), access, env)
        try:
            await until(_asking(pod), "the pod is ready", READY_SECONDS, every=LOOK_SECONDS)
            yield pod
            await asyncio.to_thread(pod.container.stop)
        finally:
            pod.container.kill()


def _access(fresh: Stage) -> Access:
    authority = Path(fresh.access.authority).read_text()
    return Access(fresh.access.server, authority, fresh.access.token)


def _asking(pod: Pod) -> Callable[[], Awaitable[bool]]:
    async def is_ready() -> bool:
        return await asyncio.to_thread(pod.is_ready)

    return is_ready


def _received(event: Event) -> float:
    return datetime.fromisoformat(event["requestReceivedTimestamp"]).timestamp()


def _size(root: Path) -> float:
    """Return what regular files have, in MB of a million bytes."""
    files = (path.lstat() for path in root.rglob("*") if not path.is_symlink() and path.is_file())
    return sum(found.st_size for found in files) / 1e6
