from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import Manifest
from rhoai_operator.engine import informer, served
from rhoai_operator.engine.served import Served
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics
from tests.fakes.cluster import EVERYTHING, KINDS, FakeCluster
from tests.manifests import an
from tests.virtual_time import virtual_time

MINUTE = 60.0
LOOKS, REST_SECONDS, BUSY_SECONDS = served.LOOKS, served.REST_SECONDS, served.BUSY_SECONDS


def definition(kind: str, **more: Any) -> Manifest:
    spec = {
        "group": "example.com",
        "names": {"kind": kind},
        "versions": [{"name": "v1", "served": True}],
    }
    return an("CustomResourceDefinition", f"{kind.lower()}s.example.com", spec=spec, **more)


def widget(kind: str = "Widget") -> Kind:
    return Kind("example.com", "v1", kind)


class Lagging(FakeCluster):
    """Serves what is defined so many seconds later."""

    lag = 0.0

    async def discover(self) -> frozenset[Kind]:
        found, now = await super().discover(), asyncio.get_running_loop().time()
        return found if now >= self.lag else found & KINDS


@dataclass
class Asking:
    """Discovery at work, and when it told of what."""

    cluster: Lagging
    told: list[tuple[float, frozenset[Kind]]] = field(default_factory=list)

    async def __aenter__(self) -> Served:
        self._supervisor = Supervisor()
        self.served = Served(self.cluster, self._changed, Metrics({}, "1"))
        self.served.start(self._supervisor)
        return self.served

    async def __aexit__(self, *_: object) -> None:
        await self._supervisor.close()

    def _changed(self, kinds: frozenset[Kind]) -> None:
        self.told.append((asyncio.get_running_loop().time(), kinds))

    @property
    def looks(self) -> int:
        return [verb for verb, _ in self.cluster.calls].count("discover")

    async def calm(self) -> None:
        """Let a minute pass, after which nobody asks any more."""
        await asyncio.sleep(MINUTE)
        self.cluster.calls.clear()


@pytest.fixture(autouse=True)
def patient(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time costs nothing here."""
    monkeypatch.setattr(served, "LOOKS", LOOKS)
    monkeypatch.setattr(served, "REST_SECONDS", REST_SECONDS)
    monkeypatch.setattr(served, "BUSY_SECONDS", BUSY_SECONDS)
    monkeypatch.setattr(informer, "FIRST_PAUSE", 1.0)
    monkeypatch.setattr(informer, "RESUME_PAUSE", 0.2)


@virtual_time
async def test_what_is_served_at_first_is_no_change() -> None:
    asking = Asking(Lagging())
    async with asking as found:
        assert found.kinds == frozenset()
        await found.known()
        assert found.kinds == KINDS
        await asking.calm()
    assert asking.told == []


@virtual_time
async def test_nobody_is_asked_while_no_api_comes_or_goes() -> None:
    asking = Asking(Lagging())
    async with asking:
        await asking.calm()
        asking.cluster.put(an("ConfigMap"))
        await asyncio.sleep(10 * MINUTE)
    assert [verb for verb, _ in asking.cluster.calls if verb != "watch"] == []


@virtual_time
async def test_an_api_that_comes_and_goes_is_told_at_once() -> None:
    asking = Asking(Lagging())
    async with asking as found:
        await asking.calm()
        start = asyncio.get_running_loop().time()

        asking.cluster.put(definition("Widget"))
        await asyncio.sleep(1.0)
        assert found.kinds == KINDS | {widget()}

        asking.cluster.remove(definition("Widget"))
        await asking.calm()
        assert found.kinds == KINDS

    assert [kinds for _, kinds in asking.told] == [{widget()}] * 2
    assert asking.told[0][0] - start < 0.5


@virtual_time
async def test_so_is_an_aggregated_api() -> None:
    asking = Asking(Lagging())
    async with asking as found:
        await asking.calm()
        asking.cluster._kinds |= {widget()}
        service = {**an("Namespace", "v1.example.com"), "kind": "APIService"}
        asking.cluster.put({**service, "apiVersion": "apiregistration.k8s.io/v1"})
        await asking.calm()
        assert widget() in found.kinds
    assert [kinds for _, kinds in asking.told] == [{widget()}]


@virtual_time
async def test_serving_may_lag_behind_the_definition() -> None:
    asking = Asking(Lagging())
    async with asking:
        await asking.calm()
        asking.cluster.lag = asyncio.get_running_loop().time() + 1.0
        asking.cluster.put(definition("Widget"))
        await asking.calm()

    ((at, kinds),) = asking.told
    assert kinds == {widget()}
    assert at - asking.cluster.lag < 1.5


@virtual_time
async def test_many_definitions_at_once_do_not_mean_a_look_at_each() -> None:
    asking = Asking(Lagging())
    async with asking as found:
        await asking.calm()
        for turn in range(100):
            asking.cluster.put(definition(f"Widget{turn}"))
            await asyncio.sleep(0.03)
        assert asking.looks <= 12
        await asking.calm()
        assert len(found.kinds - KINDS) == 100
    assert frozenset[Kind]().union(*(kinds for _, kinds in asking.told)) == found.kinds - KINDS


@virtual_time
async def test_it_is_asked_again_when_it_could_not_be() -> None:
    asking = Asking(Lagging())
    asking.cluster.failing["discover", EVERYTHING] = Unavailable("no answer")
    async with asking as found:
        knowing = asyncio.create_task(found.known())
        await asyncio.sleep(3.0)
        assert not knowing.done()
        assert 2 <= asking.looks <= 10
        asking.cluster.failing.clear()
        await asyncio.sleep(3.0)
        assert knowing.done()
        await asking.calm()

        asking.cluster.failing["discover", EVERYTHING] = Unavailable("no answer")
        asking.cluster.put(definition("Widget"))
        await asyncio.sleep(MINUTE)
        assert 2 <= asking.looks <= 20
        assert found.kinds == KINDS
        asking.cluster.failing.clear()
        await asking.calm()
        assert found.kinds == KINDS | {widget()}
    assert [kinds for _, kinds in asking.told] == [{widget()}]


@virtual_time
async def test_of_definitions_only_names_are_kept() -> None:
    asking = Asking(Lagging(definition("Widget", status={"large": "x"})))
    async with asking as found:
        await asking.calm()
        kept = [live for one in found.informers for live in one]
    assert [live.keys() for live in kept] == [{"apiVersion", "kind", "metadata"}]
    assert kept[0]["metadata"].keys() == {"name", "resourceVersion"}


@virtual_time
async def test_an_api_that_comes_while_another_is_waited_for_is_told_at_once() -> None:
    asking = Asking(Lagging())
    async with asking as found:
        await asking.calm()
        asking.cluster.put(definition("Widget"))
        await asyncio.sleep(3.0)  # looks are 2.4 s apart by now

        asking.cluster.put(definition("Gadget"))

        await asyncio.sleep(0.5)
        assert widget("Gadget") in found.kinds


@virtual_time
async def test_a_change_that_nothing_follows_is_looked_at_soon() -> None:
    asking = Asking(Lagging())
    async with asking as found:
        await asking.calm()
        asking.cluster.put(definition("Widget"))
        await asyncio.sleep(LOOKS[0] + 0.05)
        assert widget() in found.kinds


@virtual_time
async def test_between_looks_is_some_rest() -> None:
    asking = Asking(Lagging())
    async with asking as found:
        await asking.calm()
        for turn in range(20):
            asking.cluster.put(definition(f"Widget{turn}"))
            await asyncio.sleep(LOOKS[0] + 0.05)
        assert 3 / BUSY_SECONDS <= asking.looks <= 3 / REST_SECONDS + 1
        assert len(found.kinds - KINDS) >= 20 - BUSY_SECONDS / LOOKS[0]
