"""The lower limit: the same bodies, applied concurrently by as little code as there can be.

A program of its own, so that its CPU is its own: ``python -m bench.raw JOB.json``, which prints one
JSON object. Definitions come first; the rest waits until all of them are established. Reading the
job and starting Python do not count, encoding the bodies does.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from bench.api import APPLY, IN_FLIGHT, REFUSED, Access, Object, path_of
from bench.waiting import until

LOOK_SECONDS = 0.05
"""Between looks at whether definitions are established."""
ESTABLISHED_SECONDS = 120.0
_QUERY = "?fieldManager=rhoai-operator&force=true"
_HEADERS = {"Content-Type": APPLY}


class Applier:
    """Applies bodies with one pool of connections, and counts requests."""

    def __init__(self, session: aiohttp.ClientSession, server: str) -> None:
        self.requests = 0
        self._session = session
        self._server = server

    async def apply(self, bodies: Iterable[Object]) -> None:
        """Apply all, ``IN_FLIGHT`` at a time."""
        waiting = iter(bodies)

        async def work() -> None:
            for body in waiting:
                await self._apply_one(body)

        async with asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(work())

    async def established(self, definitions: Sequence[Object]) -> None:
        """Wait until every definition is served: discovery lists only what is established."""
        wanted: dict[str, list[bytes]] = {}
        for spec in (crd["spec"] for crd in definitions):
            plural = f'"{spec["names"]["plural"]}"'.encode()
            for version in (v["name"] for v in spec["versions"] if v["served"]):
                wanted.setdefault(f"{spec['group']}/{version}", []).append(plural)
        for group, plurals in sorted(wanted.items()):
            await until(
                partial(self._served, group, plurals),
                f"{group} is served",
                ESTABLISHED_SECONDS,
                LOOK_SECONDS,
            )

    async def _served(self, group: str, plurals: Sequence[bytes]) -> bool:
        self.requests += 1
        url = URL(f"{self._server}/apis/{group}", encoded=True)
        async with self._session.get(url) as response:
            raw = await response.read()
        return all(plural in raw for plural in plurals)

    async def _apply_one(self, body: Object) -> None:
        self.requests += 1
        url = URL(f"{self._server}{path_of(body)}{_QUERY}", encoded=True)
        content = json.dumps(body, separators=(",", ":")).encode()
        async with self._session.patch(url, data=content, headers=_HEADERS) as response:
            raw = await response.read()
        if response.status >= REFUSED:
            raise RuntimeError(f"{path_of(body)}: {response.status} {raw[:500]!r}")


async def measure(access: Access, bodies: Sequence[Object]) -> Mapping[str, Any]:
    """Apply the bodies; return seconds of the whole, seconds until established, CPU seconds."""
    definitions = [b for b in bodies if b["kind"] == "CustomResourceDefinition"]
    rest = [b for b in bodies if b["kind"] != "CustomResourceDefinition"]
    async with access.session() as session:
        applier = Applier(session, access.server)
        start, cpu = time.monotonic(), time.process_time()
        await applier.apply(definitions)
        await applier.established(definitions)
        established = time.monotonic() - start
        await applier.apply(rest)
        return {
            "seconds": time.monotonic() - start,
            "established": established if definitions else 0.0,
            "cpu": time.process_time() - cpu,
            "requests": applier.requests,
        }


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    result = asyncio.run(measure(Access(**job["access"]), job["bodies"]))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
