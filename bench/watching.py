"""A live copy of the owned objects, kept by watches of its own, that knows when each one changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from bench.api import Api, Object, collection
from bench.errors import BenchError
from bench.stage import OURS
from bench.waiting import until

Key: TypeAlias = tuple[str, str, str]
"""Kind, namespace and name."""
Test: TypeAlias = Callable[[Object], bool]


def key_of(live: Object) -> Key:
    """Identify an object, live or not."""
    metadata = live["metadata"]
    return (live["kind"], metadata.get("namespace", ""), metadata["name"])


@dataclass(frozen=True, slots=True)
class Seen:
    """An object as it is and when that was seen, in monotonic seconds; None: it is gone."""

    live: Object | None
    at: float


class Mirror:
    """Follows all objects of some kinds that carry the operator's label."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._seen: dict[Key, Seen] = {}
        self._waiting: dict[Key, list[tuple[Test, asyncio.Future[float]]]] = {}

    def get(self, key: Key) -> Object:
        """Return an object that is there."""
        seen = self._seen.get(key)
        if seen is None or seen.live is None:
            raise BenchError(f"{' '.join(key)} is not there")
        return seen.live

    def has(self, keys: Iterable[Key]) -> bool:
        """Tell whether all of these are there."""
        return all((seen := self._seen.get(key)) is not None and seen.live for key in keys)

    async def until(self, key: Key, test: Test, seconds: float) -> float:
        """Return when the object was first seen to pass, in monotonic seconds, or infinity."""
        seen = self._seen.get(key)
        if seen and seen.live and test(seen.live):
            return seen.at
        passed: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(key, [])
        waiting.append((test, passed))
        try:
            async with asyncio.timeout(seconds):
                return await passed
        except TimeoutError:
            return float("inf")
        finally:
            waiting.remove((test, passed))

    async def follow(self, kind: str) -> None:
        """Keep up with one kind, for ever.

        Raises:
            BenchError: the watch ended.
        """
        async for event in self._api.watch(collection(kind), labelSelector=OURS):
            self._take(event)
        raise BenchError(f"the watch of {kind} ended")

    def _take(self, event: Mapping[str, Any]) -> None:
        live, at = event["object"], time.monotonic()
        key = key_of(live)
        gone = event["type"] == "DELETED"
        self._seen[key] = Seen(None if gone else live, at)
        for test, passed in self._waiting.get(key, ()):
            if not gone and not passed.done() and test(live):
                passed.set_result(at)


@asynccontextmanager
async def mirror(api: Api, bodies: Iterable[Object]) -> AsyncIterator[Mirror]:
    """Follow the kinds of these bodies, and begin when all of them are there."""
    keys = [key_of(body) for body in bodies]
    found = Mirror(api)

    async def complete() -> bool:
        return found.has(keys)

    async with asyncio.TaskGroup() as group:
        watches = [group.create_task(found.follow(kind)) for kind in sorted({k[0] for k in keys})]
        await until(complete, "all objects are seen", 30)
        try:
            yield found
        finally:
            for watch in watches:
                watch.cancel()


def holds(desired: Any, live: Any) -> bool:  # noqa: ANN401 - JSON values
    """Tell whether a live value says all that the desired one says; lists are compared in order."""
    if isinstance(desired, Mapping):
        return isinstance(live, Mapping) and all(
            key in live and holds(value, live[key]) for key, value in desired.items()
        )
    if isinstance(desired, list | tuple):
        return (
            isinstance(live, list) and len(desired) == len(live) and all(map(holds, desired, live))
        )
    return bool(desired == live)
