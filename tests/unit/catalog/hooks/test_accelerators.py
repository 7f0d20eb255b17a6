from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.catalog.hooks.accelerators import accelerators
from rhoai_operator.core.objects import MANAGED_BY, Manifest
from tests.manifests import an

A100 = {"nvidia.com/gpu.product": "A100"}


def node(*taints: dict[str, str], labels: dict[str, str] | None = None, **amounts: str) -> Manifest:
    resources = {name.replace("__", "/").replace("_", "."): n for name, n in amounts.items()}
    metadata = {"labels": labels or {}}
    return an(
        "Node", metadata=metadata, spec={"taints": [*taints]}, status={"allocatable": resources}
    )


def profile(identifier: str, maker: str) -> Manifest:
    spec = {"identifier": identifier, "displayName": "kept", "enabled": False}
    return an("AcceleratorProfile", metadata={"labels": {MANAGED_BY: maker}}, spec=spec)


NVIDIA = {
    "name": "nvidia-com-gpu",
    "identifier": "nvidia.com/gpu",
    "displayName": "NVIDIA GPU",
    "description": "NVIDIA GPU, requested as nvidia.com/gpu.",
    "enabled": True,
    "tolerations": [],
    "present": True,
}


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        pytest.param([], [], id="no-node"),
        pytest.param([node(cpu="8", nvidia_com__gpu="0")], [], id="none-allocatable"),
        pytest.param([an("Node")], [], id="node-that-says-nothing"),
        pytest.param([node(nvidia_com__gpu="2")], [NVIDIA], id="one"),
        pytest.param(
            [node(nvidia_com__gpu="2", labels=A100), node(nvidia_com__gpu="1"), node(cpu="1")],
            [
                {
                    **NVIDIA,
                    "displayName": "NVIDIA GPU: A100",
                    "description": "A100, requested as nvidia.com/gpu.",
                }
            ],
            id="product",
        ),
        pytest.param(
            [
                node({"key": "gpu", "value": "yes", "effect": "NoSchedule"}, nvidia_com__gpu="1"),
                node(
                    {"key": "gpu", "value": "yes", "effect": "NoSchedule"},
                    {"key": "dedicated", "effect": "NoExecute"},
                    {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"},
                    nvidia_com__gpu="1",
                ),
                node({"key": "other", "effect": "NoSchedule"}, cpu="1"),
            ],
            [
                {
                    **NVIDIA,
                    "tolerations": [
                        {"key": "dedicated", "operator": "Exists", "effect": "NoExecute"},
                        {"key": "gpu", "operator": "Equal", "value": "yes", "effect": "NoSchedule"},
                    ],
                }
            ],
            id="taints-of-its-nodes",
        ),
    ],
)
def test_what_nodes_have(nodes: list[Manifest], expected: list[dict[str, Any]]) -> None:
    assert accelerators(nodes, ()) == expected


@pytest.mark.parametrize(
    ("resource", "name", "title"),
    [
        ("nvidia.com/gpu", "nvidia-com-gpu", "NVIDIA GPU"),
        ("nvidia.com/mig-1g.5gb", "nvidia-com-mig-1g-5gb", "NVIDIA GPU"),
        ("amd.com/gpu", "amd-com-gpu", "AMD GPU"),
        ("habana.ai/gaudi", "habana-ai-gaudi", "Intel Gaudi"),
        ("gpu.intel.com/i915", "gpu-intel-com-i915", "Intel GPU"),
        ("aws.amazon.com/neuroncore", "aws-amazon-com-neuroncore", "AWS Neuron"),
    ],
)
def test_every_family(resource: str, name: str, title: str) -> None:
    (found,) = accelerators([an("Node", status={"allocatable": {resource: 1}})], ())
    assert (found["name"], found["displayName"]) == (name, title)


@pytest.mark.parametrize(
    "resource", ["cpu", "example.com/gpu", "nvidia.com/gpu.shared.x", "hugepages-2Mi"]
)
def test_what_is_no_accelerator(resource: str) -> None:
    assert accelerators([an("Node", status={"allocatable": {resource: 1}})], ()) == []


def test_ours_stays_when_its_node_leaves_and_comes_back_with_it() -> None:
    ours = profile("nvidia.com/gpu", "rhoai-operator")

    gone = {"identifier": "nvidia.com/gpu", "displayName": "kept", "enabled": False}
    assert accelerators((), (ours,)) == [{**gone, "name": "nvidia-com-gpu", "present": False}]
    assert accelerators((node(nvidia_com__gpu="1"),), (ours,)) == [NVIDIA]


def test_none_is_made_where_users_have_one() -> None:
    assert accelerators((node(nvidia_com__gpu="1"),), (profile("nvidia.com/gpu", "kubectl"),)) == []
