from __future__ import annotations

from typing import Any

import pytest

from tests.differences import differences, overlap, stated


@pytest.mark.parametrize(
    ("left", "right", "paths"),
    [
        pytest.param({"a": {"b": 1}}, {"a": {"b": 1}}, [], id="equal"),
        pytest.param({"a": {"b": 1}}, {"a": {"b": 2}}, ["a.b"], id="another-value"),
        pytest.param({"a": 1}, {"b": 1}, ["a", "b"], id="other-fields"),
        pytest.param({"a": [{"b": 1}, 2]}, {"a": [{"b": 1}, 3]}, ["a[1]"], id="in-a-list"),
        pytest.param({"a": [1]}, {"a": [1, 2]}, ["a"], id="lists-of-other-lengths"),
    ],
)
def test_differences_are_told_by_their_paths(left: Any, right: Any, paths: list[str]) -> None:
    assert [path for path, _, _ in differences(left, right)] == paths


def test_what_others_added_does_not_overlap() -> None:
    live = {"spec": {"size": 3, "default": 1, "parts": [{"name": "x", "default": 2}]}}
    ours = {"spec": {"size": 4, "parts": [{"name": "x"}], "missing": True}}

    assert overlap(live, ours) == {"spec": {"size": 3, "parts": [{"name": "x"}]}}


def test_what_nobody_means_is_not_stated() -> None:
    metadata = {"name": "x", "labels": {"a": "b"}, "generation": 3, "managedFields": []}
    role = {"metadata": metadata, "rules": [1], "aggregationRule": {}, "status": {}}

    assert stated(role)["metadata"] == {"name": "x", "labels": {"a": "b"}}
    assert stated(role).keys() == {"metadata", "rules", "aggregationRule"}
    assert "rules" not in stated({**role, "aggregationRule": {"clusterRoleSelectors": [1]}})
