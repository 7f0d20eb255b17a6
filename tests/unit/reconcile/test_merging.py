"""A user's fields stay, ours are as we say, and nothing is written where nothing differs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rhoai_operator.core.objects import MANAGED
from rhoai_operator.reconcile.held import Held
from rhoai_operator.reconcile.merging import differs, merge_config_map, merge_text
from tests.manifests import an

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
VALUES = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.text("ab", max_size=1), below),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.text("abc", max_size=1), VALUES)


@pytest.mark.parametrize(
    ("ours", "live", "expected"),
    [
        pytest.param('{"a": 1}', "", '{"a": 1}', id="not-there"),
        pytest.param('{"a": 1}', " \n", '{"a": 1}', id="blank"),
        pytest.param('{"a": 1}', '{ "b":2 , "a":1}', '{ "b":2 , "a":1}', id="as-it-is"),
        pytest.param('{"a": 1}', '{"b": 2, "a": 3}', '{"b": 2, "a": 1}', id="ours-win-in-place"),
        pytest.param('{"a": 1}', '{"b": 2}', '{"b": 2, "a": 1}', id="ours-come-last"),
        pytest.param('{"a": {"x": 1}}', '{"a": {"y": 2}}', '{"a": {"y": 2, "x": 1}}', id="deep"),
        pytest.param('{"a": {"x": 1}}', '{"a": null}', '{"a": {"x": 1}}', id="object-for-null"),
        pytest.param('{"a": 1}', '{"a": {"y": 2}}', '{"a": 1}', id="value-for-object"),
        pytest.param('{"a": [1]}', '{"a": [2, 3]}', '{"a": [1]}', id="lists-are-replaced"),
        pytest.param('{"a": 1}', '{"a": true}', '{"a": 1}', id="true-is-not-one"),
        pytest.param('{"a": "ü"}', '{"b": "ö"}', '{"b": "ö", "a": "ü"}', id="letters"),
        pytest.param('{"a": 1}', '{\n  "b": 2\n}\n', '{\n  "b": 2,\n  "a": 1\n}\n', id="indented"),
        pytest.param('{"a": 1}', '{\n\t"b": 2\n}', '{\n\t"b": 2,\n\t"a": 1\n}', id="tabs"),
        pytest.param('{"a": 1}', "[]", '{"a": 1}', id="theirs-is-a-list"),
        pytest.param("[1]", '{"b": 2}', "[1]", id="ours-is-a-list"),
        pytest.param("plain", "not {", "plain", id="ours-is-text"),
    ],
)
def test_one_value(ours: str, live: str, expected: str) -> None:
    assert merge_text(ours, live) == expected


@pytest.mark.parametrize(
    ("live", "says"),
    [
        pytest.param("{", "property name", id="cut"),
        pytest.param("text", "Expecting value", id="text"),
        pytest.param('{"a": NaN}', "NaN is no JSON value", id="nan"),
        pytest.param('{"a": 1,}', "line 1", id="comma"),
        pytest.param("[" * 100_000, "nested too deep", id="deep"),
    ],
)
def test_what_is_no_json_is_not_replaced(live: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        merge_text('{"a": 1}', live)


@settings(max_examples=40, deadline=None)
@given(OBJECTS, OBJECTS)
def test_merging_again_changes_nothing(ours: dict[str, Any], live: dict[str, Any]) -> None:
    once = merge_text(json.dumps(ours), json.dumps(live))
    assert merge_text(json.dumps(ours), once) == once
    assert json.loads(once).keys() == ours.keys() | live.keys()


def test_a_config_map() -> None:
    ours = an("ConfigMap", data={"json": '{"a": 1}', "text": "ours", "new": "n"})
    live = an("ConfigMap", data={"json": '{"b": 2}', "text": "theirs", "own": "{"})

    merged = merge_config_map(ours, live)

    expected = {"json": '{"b": 2, "a": 1}', "text": "ours", "new": "n"}
    assert merged == {**ours, "data": expected}
    assert differs(merged, live)
    assert not differs(merged, {**live, "data": {**expected, "own": "{"}})


def test_what_is_not_there_is_ours() -> None:
    ours = an("ConfigMap", data={"json": '{"a": 1}'})
    assert merge_config_map(ours, None) is ours
    assert merge_config_map(ours, an("ConfigMap")) == ours


def test_invalid_json_holds_and_says_where() -> None:
    ours = an("ConfigMap", data={"json": '{"a": 1}'})
    with pytest.raises(Held) as caught:
        merge_config_map(ours, an("ConfigMap", data={"json": "{"}))
    assert caught.value.reason == "InvalidJSON"
    assert str(caught.value).startswith("ConfigMap ns/x: data.json is not JSON (")
    assert str(caught.value).endswith("; correct it, or delete the key to get the default back")


def test_what_we_are_to_leave_alone_is_not_looked_into() -> None:
    ours = an("ConfigMap", data={"json": '{"a": 1}'})
    live = an("ConfigMap", annotations={MANAGED: "false"}, data={"json": "{"})
    assert merge_config_map(ours, live) is ours
