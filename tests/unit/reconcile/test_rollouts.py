from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.objects import Manifest
from rhoai_operator.reconcile.rollouts import (
    CONFIG_HASH,
    after_apply,
    config_hash,
    with_config_hash,
)
from tests.manifests import an


def test_the_annotation_is_the_pods_and_others_stay() -> None:
    template = {"metadata": {"annotations": {"a": "b"}, "labels": {"c": "d"}}, "spec": {}}
    workload = an("Deployment", spec={"replicas": 2, "template": template})

    found = with_config_hash(workload, "0123")

    metadata = {"annotations": {"a": "b", CONFIG_HASH: "0123"}, "labels": {"c": "d"}}
    expected = {"replicas": 2, "template": {"metadata": metadata, "spec": {}}}
    assert found == {**workload, "spec": expected}
    assert CONFIG_HASH not in workload["spec"]["template"]["metadata"]["annotations"]
    bare = with_config_hash(an("Deployment", spec={}), "0")
    assert bare["spec"]["template"]["metadata"]["annotations"] == {CONFIG_HASH: "0"}


BASE = an("ConfigMap", data={"a": "1"})


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param(an("ConfigMap", annotations={"x": "y"}, data={"a": "1"}), True, id="metadata"),
        pytest.param(an("ConfigMap", data={"a": "1"}, binaryData={}), True, id="nothing-more"),
        pytest.param(an("ConfigMap", data={"a": "2"}), False, id="value"),
        pytest.param(an("ConfigMap", data={"b": "1"}), False, id="key"),
        pytest.param(an("ConfigMap", data={"a": "1"}, binaryData={"b": ""}), False, id="binary"),
        pytest.param(an("ConfigMap", data=None), False, id="empty"),
        pytest.param(None, False, id="not-there"),
    ],
)  # fmt: skip
def test_contents_count_and_nothing_else(other: Manifest | None, same: bool) -> None:
    assert (config_hash({"c": BASE}) == config_hash({"c": other})) is same


def test_which_one_holds_it_counts() -> None:
    assert config_hash({"c": BASE, "d": None}) != config_hash({"c": None, "d": BASE})
    assert config_hash({"c": BASE, "d": None}) == config_hash({"d": None, "c": BASE})


@pytest.mark.parametrize(
    "live", [None, an("ConfigMap"), an("ConfigMap", data={"a": "0", "b": "2"})]
)
def test_keys_of_users_reach_the_pods(live: dict[str, Any] | None) -> None:
    theirs = (live or {}).get("data", {})
    assert after_apply(BASE, live)["data"] == {**theirs, "a": "1"}
