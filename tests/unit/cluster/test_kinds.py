from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from rhoai_operator.cluster.discovery import Resource
from rhoai_operator.cluster.errors import KindNotServed, Unavailable
from rhoai_operator.cluster.kinds import BELIEVED_SECONDS, Kinds
from rhoai_operator.cluster.port import Kind

KNOWN, NEW = Kind("", "v1", "ConfigMap"), Kind("example.com", "v1", "Gadget")
WHERE = {
    KNOWN: Resource("", "v1", "configmaps", namespaced=True),
    NEW: Resource("example.com", "v1", "gadgets", namespaced=False),
}


class Discovery:
    """Serves some kinds, and counts how often it is asked."""

    def __init__(self) -> None:
        self.served = {KNOWN}
        self.asked = 0
        self.error: Unavailable | None = None
        self.now = 100.0
        self.kinds = Kinds(self.ask, lambda: self.now)

    async def ask(self) -> Mapping[Kind, Resource]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        return {kind: WHERE[kind] for kind in self.served}


async def test_what_is_known_is_not_asked_for_again() -> None:
    discovery = Discovery()
    found = await asyncio.gather(*(discovery.kinds.find(KNOWN) for _ in range(10)))
    discovery.now += 1000

    assert {*found, await discovery.kinds.find(KNOWN)} == {WHERE[KNOWN]}
    assert discovery.asked == 1


async def test_what_is_unknown_is_asked_for_once_in_a_while() -> None:
    discovery = Discovery()
    for _ in range(5):
        with pytest.raises(KindNotServed, match=r"Gadget\.v1\.example\.com"):
            await discovery.kinds.find(NEW)
    assert discovery.asked == 1

    discovery.served.add(NEW)
    discovery.now += BELIEVED_SECONDS + 0.01

    assert await discovery.kinds.find(NEW) == WHERE[NEW]
    assert discovery.asked == 2


async def test_a_doubt_concerns_only_what_is_unknown() -> None:
    discovery = Discovery()
    await discovery.kinds.find(KNOWN)
    discovery.served.add(NEW)
    discovery.kinds.doubt()

    await discovery.kinds.find(KNOWN)
    assert discovery.asked == 1
    assert await discovery.kinds.find(NEW)
    assert discovery.asked == 2


async def test_what_is_forgotten_is_asked_for() -> None:
    discovery = Discovery()
    await discovery.kinds.find(KNOWN)
    discovery.served.clear()
    discovery.now += BELIEVED_SECONDS + 0.01

    discovery.kinds.forget(KNOWN)

    with pytest.raises(KindNotServed):
        await discovery.kinds.find(KNOWN)


async def test_refresh_always_asks() -> None:
    discovery = Discovery()
    assert await discovery.kinds.refresh() == {KNOWN}
    discovery.served = {NEW}

    assert await discovery.kinds.refresh() == {NEW}
    with pytest.raises(KindNotServed):
        await discovery.kinds.find(KNOWN)


async def test_a_failure_is_no_answer() -> None:
    discovery = Discovery()
    discovery.error = Unavailable("away")
    with pytest.raises(Unavailable):
        await discovery.kinds.find(KNOWN)
    discovery.error = None

    assert await discovery.kinds.find(KNOWN)
