from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core import trim
from rhoai_operator.core.fields import FIELD_MANAGER
from rhoai_operator.core.objects import Manifest
from tests.manifests import an

THEIRS = {"manager": "kubectl", "fieldsV1": {"f:spec": {}}}
ENTRIES = [
    {"manager": FIELD_MANAGER, "fieldsV1": {"f:data": {}}},
    THEIRS,
    {"manager": "controller", "subresource": "status", "fieldsV1": {"f:status": {}}},
]
STATUS = {"observedGeneration": 2, "conditions": [{"type": "Ready"}], "large": "x" * 99}


def live(kind: str, *, generation: int | None = 2, **fields: Any) -> Manifest:
    own = {} if generation is None else {"generation": generation}
    metadata = {"uid": "u", "resourceVersion": "7", "managedFields": ENTRIES, **own}
    return an(kind, metadata=metadata, spec={"a": 1}, status=STATUS, **fields)


@pytest.mark.parametrize(
    ("kind", "generation", "kept"),
    [
        pytest.param("ServiceMonitor", 2, {"status"}, id="generation-stands-for-content"),
        pytest.param("Deployment", 2, {"spec", "status", "data"}, id="health-needs-content"),
        pytest.param("ConfigMap", None, {"spec", "status", "data"}, id="nothing-stands-for-it"),
        pytest.param(
            "ValidatingWebhookConfiguration", 2, {"spec", "status", "data"}, id="webhooks"
        ),
    ],
)
def test_of_what_is_ours_content_is_kept_where_it_is_needed(
    kind: str, generation: int | None, kept: set[str]
) -> None:
    seen = live(kind, generation=generation, data={"a": "1"})

    found = trim.owned(seen)

    assert found.keys() - {"apiVersion", "kind", "metadata"} == kept
    known = {"observedGeneration", "conditions"}
    assert found["status"] == (
        {key: STATUS[key] for key in known} if kept == {"status"} else STATUS
    )
    assert found["metadata"] == {**seen["metadata"], "managedFields": [THEIRS]}
    assert seen["metadata"]["managedFields"] == ENTRIES


def test_of_what_nobody_else_writes_no_fields_are_kept() -> None:
    seen = an("ConfigMap", metadata={"managedFields": ENTRIES[:1]}, data={"a": "1"})
    assert trim.owned(seen) == an("ConfigMap", data={"a": "1"})


@pytest.mark.parametrize(
    "seen", [pytest.param({}, id="absent"), pytest.param({"status": None}, id="null")]
)
def test_a_status_may_be_missing(seen: dict[str, Any]) -> None:
    custom = an("ServiceMonitor", metadata={"generation": 1}, **seen)
    pod = an("Pod", **seen)
    assert trim.owned(custom)["status"] == trim.pod(pod)["status"] == {}


def test_of_what_is_read_all_is_kept_but_who_owns_it() -> None:
    found = trim.whole(live("ConfigMap", data={"a": "1"}))
    assert found["data"] == {"a": "1"}
    assert found["status"] == STATUS
    assert "managedFields" not in found["metadata"]


def test_of_a_pod_only_its_trouble_is_kept() -> None:
    status = {"phase": "Pending", "containerStatuses": [{"name": "c"}], "podIPs": ["10.0.0.1"]}
    metadata = {"labels": {"a": "1"}, "annotations": {"large": "x"}, "managedFields": ENTRIES}
    seen = an("Pod", metadata=metadata, spec={"containers": []}, status=status)

    assert trim.pod(seen) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x", "namespace": "ns", "labels": {"a": "1"}},
        "status": {"phase": "Pending", "containerStatuses": [{"name": "c"}]},
    }


def test_of_a_definition_only_its_name_is_kept() -> None:
    seen = live("CustomResourceDefinition")
    metadata = {"name": "x", "resourceVersion": "7"}
    assert trim.name_only(seen)["metadata"] == metadata
    assert trim.name_only(an("ConfigMap"))["metadata"] == {
        "name": "x", "namespace": "ns", "resourceVersion": ""
    }  # fmt: skip
