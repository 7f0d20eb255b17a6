"""Which requests the operator made, from the API server's audit log."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from bench.api import Api
from bench.errors import BenchError

LOOK_SECONDS = 0.05
WRITTEN_SECONDS = 30.0
WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
SILENT = frozenset({"watch", "lease"})
"""Categories of what an operator with nothing to do may ask."""
_BY_ITSELF = b'"username":"system:apiserver"'
INVENTORY = "rhoai-inventory-"

Event: TypeAlias = Mapping[str, Any]


class Audit:
    """Reads the log of one control plane; ``user`` is whose requests count."""

    def __init__(self, path: Path, api: Api, user: str) -> None:
        self._path = path
        self._api = api
        self._user = f'"username":"{user}"'.encode()

    async def mark(self) -> int:
        """Return where the log goes on after every request that has been answered so far."""
        begin, ours = self._path.stat().st_size, uuid.uuid4().hex
        await self._api.get("/version", mark=ours)
        async with asyncio.timeout(WRITTEN_SECONDS):
            while True:
                if (end := self._end_of(ours.encode(), begin)) is not None:
                    return end
                await asyncio.sleep(LOOK_SECONDS)

    async def since(self, mark: int) -> list[Event]:
        """Return the operator's requests answered since then, and watches that began."""
        end = await self.mark()
        return self.between(mark, end)

    def between(self, mark: int, end: int) -> list[Event]:
        """Return the operator's requests in this part of the log."""
        with self._path.open("rb") as log:
            log.seek(mark)
            lines = log.read(end - mark).splitlines()
        events = [json.loads(line) for line in lines if self._user in line]
        first = {"watch": "ResponseStarted"}
        return [e for e in events if e["stage"] == first.get(e["verb"], "ResponseComplete")]

    def written(self, mark: int, resource: str) -> Mapping[str, float]:
        """Return when the API server last wrote into the status of each object by itself.

        Times are in seconds since the epoch, by name.
        """
        with self._path.open("rb") as log:
            log.seek(mark)
            lines = log.read().splitlines()
        events = [json.loads(line) for line in lines if _BY_ITSELF in line]
        return {
            event["objectRef"]["name"]: answered(event)
            for event in events
            if (event["verb"], event["stage"]) == ("update", "ResponseComplete")
            and event["objectRef"]["resource"] == resource
        }

    def watches(self, agent: str) -> frozenset[str]:
        """Return the plurals of all that programs whose name begins so watch, or have watched."""
        with self._path.open("rb") as log:
            events = [json.loads(line) for line in log if b'"verb":"watch"' in line]
        found = (e["objectRef"]["resource"] for e in events if e["userAgent"].startswith(agent))
        return frozenset(found)

    async def quiet(self, seconds: float, within: float) -> None:
        """Wait until the operator has made no request but watches and leases for so long.

        Raises:
            BenchError: it has not been silent within that many seconds.
        """
        mark, since = await self.mark(), time.monotonic()
        deadline = since + within
        while time.monotonic() - since < seconds:
            await asyncio.sleep(seconds / 4)
            end = await self.mark()
            if said := told(self.between(mark, end), SILENT):
                since = time.monotonic()
                if since > deadline:
                    raise BenchError(f"the operator is not silent after {within:g} s: {said}")
            mark = end

    def _end_of(self, text: bytes, begin: int) -> int | None:
        with self._path.open("rb") as log:
            log.seek(begin)
            content = log.read()
        found = content.find(text)
        end = content.find(b"\n", found)
        return begin + end + 1 if found >= 0 and end >= 0 else None


def category(event: Event) -> str:
    """Say what a request is for: one word, the verb where it is for nothing special."""
    verb, ref = event["verb"], event.get("objectRef", {})
    resource, name = ref.get("resource", ""), ref.get("name", "")
    for found, word in (
        (verb == "watch", "watch"),
        (resource == "leases", "lease"),
        (not resource, "discovery"),
        (resource == "events", "event"),
        (ref.get("subresource") == "status", "status"),
        (
            resource in {"datascienceclusters", "dscinitializations"} and verb == "patch",
            "finalizer",
        ),
        (name.startswith(INVENTORY) and verb in WRITES, "inventory"),
        (verb == "patch", "apply"),
    ):
        if found:
            return word
    return str(verb)


def told(events: Iterable[Event], but: Iterable[str] = ()) -> dict[str, int]:
    """Count requests by category, but for some."""
    counts = Counter(map(category, events))
    return {word: count for word, count in sorted(counts.items()) if word not in but}


def writes(events: Iterable[Event]) -> dict[str, int]:
    """Count what was written but leases, by verb and resource."""
    written = (e for e in events if e["verb"] in WRITES and category(e) != "lease")
    return dict(Counter(f"{e['verb']} {e['objectRef']['resource']}" for e in written))


def answered(event: Event) -> float:
    """Return when the answer was sent, in seconds since the epoch."""
    return datetime.fromisoformat(event["stageTimestamp"]).timestamp()
