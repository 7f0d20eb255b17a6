"""What users write, for one component and for all of them."""

from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.api import overrides as api
from rhoai_operator.api.placement import Placement
from rhoai_operator.catalog.overrides import overrides_of
from rhoai_operator.core.overrides import Overrides

TAINT = {"key": "gpu", "operator": "Exists"}
NODES = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"x": 1}]}}


@pytest.mark.parametrize(
    ("own", "everywhere", "expected"),
    [
        pytest.param(None, None, Overrides(), id="nothing"),
        pytest.param({}, {}, Overrides(), id="empty"),
        pytest.param({"replicas": 0}, None, Overrides(replicas=0), id="no-replicas"),
        pytest.param(
            {"resources": {"main": {"limits": {"cpu": 1, "memory": "1Gi"}}}},
            None,
            Overrides(resources={"main": {"limits": {"cpu": 1, "memory": "1Gi"}}}),
            id="amounts",
        ),
        pytest.param(
            {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]},
            None,
            Overrides(
                env=({"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},)
            ),
            id="variable",
        ),
        pytest.param(
            None,
            {
                "nodeSelector": {"a": "b"},
                "tolerations": [TAINT],
                "affinity": {"nodeAffinity": NODES},
                "priorityClassName": "high",
                "imagePullSecrets": [{"name": "s"}],
            },
            Overrides(
                node_selector={"a": "b"},
                tolerations=(TAINT,),
                affinity={"nodeAffinity": NODES},
                priority_class_name="high",
                image_pull_secrets=({"name": "s"},),
            ),
            id="everywhere",
        ),
        pytest.param(
            {"nodeSelector": {"c": "d"}, "priorityClassName": ""},
            {"nodeSelector": {"a": "b"}, "priorityClassName": "high"},
            Overrides(node_selector={"c": "d"}, priority_class_name="high"),
            id="each-field-its-own-or-everyones",
        ),
    ],
)
def test_what_holds(
    own: dict[str, Any] | None, everywhere: dict[str, Any] | None, expected: Overrides
) -> None:
    mine = None if own is None else api.Overrides.model_validate(own)
    all_of = None if everywhere is None else Placement.model_validate(everywhere)
    assert overrides_of(mine, all_of) == expected
