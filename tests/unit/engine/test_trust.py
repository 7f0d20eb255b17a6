from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from rhoai_operator.cluster.errors import Forbidden
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.engine.trust import Trust, remove_own
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.platform import ENDPOINTS
from rhoai_operator.reconcile.webhook import (
    CONFIGURATION,
    ROLE,
    Address,
    service_client,
    validating_webhook,
)
from tests.fakes.cluster import KINDS, FakeCluster
from tests.manifests import an
from tests.unit.engine.following import idle
from tests.wait import until

SECONDS = 5.0
SLICE = {
    "apiVersion": "discovery.k8s.io/v1",
    "kind": "EndpointSlice",
    "metadata": {
        "namespace": "ns",
        "name": "hook-1",
        "labels": {"kubernetes.io/service-name": "hook"},
    },
}
READY = {**SLICE, "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": True}}]}
FOREIGN = an("ValidatingWebhookConfiguration", CONFIGURATION.name)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AGAIN_SECONDS", "PAUSE_SECONDS"):
        monkeypatch.setattr(f"rhoai_operator.engine.trust.{name}", 0.01)
    monkeypatch.setattr("rhoai_operator.engine.trust.SETTLED", 0 * Address("", "").validity)


@dataclass
class World:
    supervisor: Supervisor
    metrics: Metrics
    cluster: FakeCluster = field(default_factory=lambda: FakeCluster(kinds=KINDS | {ENDPOINTS}))
    answering: bool = True
    asked_by: list[str] = field(default_factory=list)

    def lead(self, service: str = "hook") -> None:
        async def answers(bundle: str) -> bool:
            self.asked_by.append(bundle)
            return self.answering

        Trust(self.cluster, Address(service, "ns"), answers, self.metrics).start(self.supervisor)

    async def configuration(self, *, unlike: Manifest | None = None) -> Manifest:
        """Wait until there is one, or another one."""

        def found() -> Manifest | None:
            live = self.live(CONFIGURATION)
            return live if live != unlike else None

        live = await until(found, SECONDS, "there is a configuration")
        assert live
        return live

    async def until(self, holds: Callable[[], object]) -> None:
        await until(holds, SECONDS, "it holds")

    def live(self, ref: ObjectRef) -> Manifest | None:
        metadata = {"name": ref.name, "namespace": ref.namespace}
        named = {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata}
        return self.cluster.now(named) if ref in self.cluster.refs else None


@pytest.fixture
async def world(supervisor: Supervisor, metrics: Metrics) -> World:
    return World(supervisor, metrics)


async def test_a_certificate_is_made_and_the_api_server_told(world: World) -> None:
    world.cluster.put(READY)
    world.cluster.put(an("ClusterRole", ROLE.name))

    world.lead()

    live = await world.configuration()
    serving, authority = (world.live(ref) for ref in Address("hook", "ns").secrets)
    assert serving
    assert authority
    (webhook,) = live["webhooks"]
    assert webhook["clientConfig"]["caBundle"] == serving["data"]["ca.crt"]
    assert set(serving["data"]) == set(authority["data"]) == {"ca.crt", "tls.crt", "tls.key"}
    (owner,) = live["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"]) == ("ClusterRole", "rhoai-operator")


async def test_nobody_is_sent_to_a_server_that_does_not_answer(world: World) -> None:
    world.answering = False
    world.cluster.put(READY)

    world.lead()
    await world.until(lambda: len(world.asked_by) > 1)
    assert world.live(CONFIGURATION) is None

    world.answering = True
    await world.configuration()


async def test_nobody_is_sent_to_a_service_without_endpoints(world: World) -> None:
    world.cluster.put(SLICE)

    world.lead()
    await world.until(lambda: all(map(world.live, Address("hook", "ns").secrets)))
    assert world.live(CONFIGURATION) is None

    world.cluster.put(READY)
    await world.configuration()


async def test_by_url_no_service_is_needed(world: World) -> None:
    world.lead("https://localhost:9443")

    (webhook,) = (await world.configuration())["webhooks"]

    assert webhook["clientConfig"]["url"] == "https://localhost:9443/validate-opendatahub-io-v1"


async def test_when_the_service_goes_so_does_the_configuration(world: World) -> None:
    world.cluster.put(READY)
    world.lead()
    await world.configuration()

    world.cluster.remove(SLICE)

    await world.until(lambda: world.live(CONFIGURATION) is None)


async def test_a_configuration_of_somebody_else_stays_when_there_is_no_service(
    world: World,
) -> None:
    world.cluster.put(FOREIGN)

    world.lead()
    await world.until(lambda: all(map(world.live, Address("hook", "ns").secrets)))

    assert ("delete", CONFIGURATION) not in world.cluster.calls


async def test_a_charts_configuration_is_given_what_to_trust_and_nothing_else(
    world: World,
) -> None:
    theirs = dict(validating_webhook(service_client("hook", "ns")))
    theirs["metadata"] = {"name": CONFIGURATION.name, "labels": {"chart": "rhoai-operator-1"}}
    made = world.cluster.put(theirs)
    world.cluster.put(READY)

    world.lead()

    live = await world.configuration(unlike=made)
    (webhook,) = live["webhooks"]
    assert webhook["clientConfig"].pop("caBundle")
    assert [webhook] == theirs["webhooks"]
    assert live["metadata"]["labels"] == theirs["metadata"]["labels"]
    assert "ownerReferences" not in live["metadata"]
    world.cluster.remove(SLICE)
    await idle()
    assert CONFIGURATION in world.cluster.refs


async def test_a_configuration_that_does_not_call_us_is_left_alone(world: World) -> None:
    world.cluster.put(READY)
    world.cluster.put(FOREIGN)

    world.lead()
    await world.until(lambda: all(map(world.live, Address("hook", "ns").secrets)))
    await idle()

    assert ("apply", CONFIGURATION) not in world.cluster.calls


async def test_what_somebody_changes_is_set_right(world: World) -> None:
    world.cluster.put(READY)
    world.lead()
    live = await world.configuration()
    (webhook,) = live["webhooks"]
    client = {**webhook["clientConfig"], "caBundle": "YQ=="}

    edited = world.cluster.put({**live, "webhooks": [{**webhook, "clientConfig": client}]})

    (mended,) = (await world.configuration(unlike=edited))["webhooks"]
    assert mended["clientConfig"] == webhook["clientConfig"]


async def test_a_lost_certificate_is_issued_anew_by_the_same_authority(world: World) -> None:
    world.cluster.put(READY)
    world.lead()
    before = await world.configuration()
    serving, _ = Address("hook", "ns").secrets
    lost = world.live(serving)
    assert lost

    world.cluster.remove(lost)

    await world.until(lambda: world.live(serving))
    again = world.live(serving)
    assert again
    assert again["data"]["tls.crt"] != lost["data"]["tls.crt"]
    assert again["data"]["ca.crt"] == lost["data"]["ca.crt"]
    assert world.live(CONFIGURATION) == before


async def test_at_rest_nothing_is_asked(world: World) -> None:
    world.cluster.put(READY)
    world.lead()
    await world.configuration()
    quiet: list[int] = []

    def is_quiet() -> bool:
        quiet.append(len(world.cluster.calls))
        return len(quiet) > 5 and len(set(quiet[-5:])) == 1

    await world.until(is_quiet)


async def test_a_right_that_is_missing_is_said_and_the_rest_goes_on_later(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    serving, _ = Address("hook", "ns").secrets
    world.cluster.failing["apply", serving] = Forbidden("may not patch Secrets")
    world.cluster.put(READY)

    world.lead()
    await world.until(lambda: "may not patch Secrets" in caplog.text)
    world.cluster.failing.clear()

    await world.configuration()


async def test_our_own_configuration_is_taken_back_others_are_not() -> None:
    ours = Address("hook", "ns").configuration("YQ==", None)
    for live, left in ((ours, False), (validating_webhook({}), True), (FOREIGN, True)):
        cluster = FakeCluster(live)

        await asyncio.wait_for(remove_own(cluster), SECONDS)

        assert (CONFIGURATION in cluster.refs) is left
