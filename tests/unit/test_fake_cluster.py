"""What other tests do to the fake, beside the port that the contract tests cover."""

from __future__ import annotations

from typing import Any

from rhoai_operator.cluster.port import Kind, Selection
from rhoai_operator.core.fields import Claim, contested, foreign_entries
from rhoai_operator.core.objects import Manifest
from tests.fakes.cluster import EVERYTHING, FakeCluster


def deployment(image: str = "example.com/web:1", **spec: Any) -> Manifest:
    pod = {"containers": [{"name": "main", "image": image}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "ns"},
        "spec": {"template": {"spec": pod}, **spec},
    }


async def test_who_changes_a_field_owns_it_until_it_is_applied_again() -> None:
    cluster = FakeCluster()
    ours = deployment(replicas=1)
    await cluster.apply(ours)
    assert foreign_entries(cluster.now(ours)) == []

    edited = cluster.put({**cluster.now(ours), **deployment("example.com/web:2", replicas=1)}, "ed")
    path = "spec.template.spec.containers[main].image"
    assert contested(edited, ours) == (Claim("ed", path),)

    back = (await cluster.apply(ours)).live
    assert foreign_entries(back) == []
    assert back["spec"] == ours["spec"]


async def test_a_status_is_owned_as_a_subresource() -> None:
    cluster = FakeCluster()
    applied = (await cluster.apply(deployment())).live

    cluster.put({**applied, "status": {"replicas": 1}}, "controller")
    said = await cluster.apply({**deployment(), "status": {"phase": "A"}}, subresource="status")

    entries = said.live["metadata"]["managedFields"]
    assert [(e["manager"], e.get("subresource", "")) for e in entries] == [
        ("rhoai-operator", ""),
        ("rhoai-operator", "status"),
    ]
    assert said.live["status"] == {"replicas": 1, "phase": "A"}


async def test_managed_fields_that_a_test_gives_stay() -> None:
    given = [{"manager": "hpa", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]
    metadata = {**deployment()["metadata"], "managedFields": given}

    live = FakeCluster().put({**deployment(replicas=1), "metadata": metadata})

    assert live["metadata"]["managedFields"] == given


async def test_calls_are_remembered() -> None:
    cluster, kind = FakeCluster(), Kind("", "v1", "Pod")
    await cluster.discover()
    await cluster.on_behalf_of("web").list(Selection(kind))

    assert cluster.calls == [("discover", EVERYTHING), ("list", kind)]
