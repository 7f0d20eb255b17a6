"""What we want of an object, compared with what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rhoai_operator.core.fields import agrees, project
from rhoai_operator.core.objects import digest
from rhoai_operator.core.version import live_version
from tests.manifests import an
from tests.quickly import quickly

Path: TypeAlias = tuple[str | int, ...]


@pytest.mark.parametrize(
    ("live", "wanted", "part"),
    [
        pytest.param({"a": 2, "b": 1}, {"a": 1}, {"a": 2}, id="their-field"),
        pytest.param({"b": 1}, {"a": 1}, {}, id="missing-field"),
        pytest.param({"a": None}, {"a": {"b": 1}}, {"a": None}, id="null"),
        pytest.param({"data": {"x": "1"}}, {"data": {}}, {"data": {}}, id="empty-mapping"),
        pytest.param({"rules": [1]}, {"rules": []}, {"rules": [1]}, id="empty-list"),
        pytest.param({"l": [1, 2]}, {"l": [1]}, {"l": [1, 2]}, id="list-with-one-more"),
        pytest.param(
            {"rules": [{"verbs": ["get"], "resourceNames": ["x"]}]},
            {"rules": [{"verbs": ["get"]}]},
            {"rules": [{"verbs": ["get"], "resourceNames": ["x"]}]},
            id="field-in-an-item-of-a-list-without-names",
        ),
        pytest.param(
            {"selector": {"app": "web", "version": "2"}},
            {"selector": {"app": "web"}},
            {"selector": {"app": "web", "version": "2"}},
            id="selector",
        ),
        pytest.param(
            {"webhooks": [{"name": "b"}, {"name": "a", "clientConfig": {"u": 1, "caBundle": "x"}}]},
            {"webhooks": [{"name": "a", "clientConfig": {"u": 1}}]},
            {"webhooks": [{"name": "a", "clientConfig": {"u": 1}}]},
            id="items-by-name",
        ),
        pytest.param(
            {"env": [{"name": "b"}]}, {"env": [{"name": "a"}]}, {"env": [None]}, id="item-is-gone"
        ),
        pytest.param(
            {"env": ["A=1", "B=2"]}, {"env": ["A=1"]}, {"env": ["A=1", "B=2"]}, id="no-names-at-all"
        ),
        pytest.param({"volumes": "x"}, {"volumes": [{"name": "a"}]}, {"volumes": "x"}, id="text"),
    ],
)
def test_the_part_that_we_speak_of(live: Any, wanted: Any, part: Any) -> None:
    assert project(live, wanted) == part


@pytest.mark.parametrize(
    ("live", "wanted", "agreed"),
    [
        pytest.param({"a": 1, "b": 1}, {"a": 1}, True, id="their-field"),
        pytest.param({"a": 2}, {"a": 1}, False, id="other-value"),
        pytest.param({}, {"a": 1}, False, id="missing"),
        pytest.param({}, {"a": ""}, True, id="empty-text-is-left-out"),
        pytest.param({}, {"a": {}}, True, id="empty-mapping-is-left-out"),
        pytest.param({"a": 1}, {"a": None}, False, id="should-not-be-there"),
        pytest.param([{"port": 1, "protocol": "TCP"}], [{"port": 1}], True, id="default-in-item"),
        pytest.param([1, 2], [1], False, id="one-more"),
        pytest.param([], [1], False, id="one-less"),
        pytest.param(
            {"selector": {"a": "1", "b": "1"}}, {"selector": {"a": "1"}}, False, id="selector"
        ),
        pytest.param(
            {"env": [{"name": "b"}, {"name": "a", "value": "1"}]},
            {"env": [{"name": "a", "value": "1"}]},
            True,
            id="items-by-name",
        ),
        pytest.param({"env": [{"name": "b"}]}, {"env": [{"name": "a"}]}, False, id="no-such-item"),
        pytest.param({"env": ["A=1"]}, {"env": ["A=1"]}, True, id="no-names-at-all"),
    ],
)
def test_what_agrees(live: Any, wanted: Any, agreed: bool) -> None:
    assert agrees(live, wanted) is agreed


# The same of any values.


def _mappings(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    plain = st.dictionaries(st.sampled_from(["a", "b", "rules", "podSelector"]), inner, max_size=3)
    item = st.builds(lambda name, rest: {**rest, "name": name}, st.sampled_from("xyz"), plain)
    items = st.lists(item, max_size=3, unique_by=lambda item: item["name"])
    return st.one_of(plain, st.builds(lambda items, rest: {**rest, "env": items}, items, plain))


_SCALARS = st.one_of(st.integers(0, 3), st.sampled_from(["", "a", "b"]))
_INNER = st.recursive(
    _SCALARS, lambda inner: st.one_of(_mappings(inner), st.lists(inner, max_size=2)), max_leaves=9
)
WANTED = _mappings(_INNER)
"""Objects with lists whose items have names, lists whose items have none, and selectors."""


def added_to(value: Any, key: str = "") -> Any:
    """Return what is there when others add all that they may."""
    if isinstance(value, Mapping) and key != "podSelector":
        return {"theirs": 1, **{name: added_to(item, name) for name, item in value.items()}}
    if isinstance(value, list) and key == "env":
        return [{"name": "theirs"}, *map(added_to, reversed(value))]
    return value


def scalars(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, Mapping | list):
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for step, item in pairs:
            yield from scalars(item, (*path, step))
    else:
        yield path


def changed(value: Any, path: Path) -> Any:
    if not path:
        return "changed"
    if isinstance(value, Mapping):
        return {**value, path[0]: changed(value[path[0]], path[1:])}
    return [changed(item, path[1:]) if i == path[0] else item for i, item in enumerate(value)]


@quickly
@given(WANTED)
def test_what_others_may_add_is_neither_projected_nor_drift(wanted: dict[str, Any]) -> None:
    live = added_to(wanted)

    assert project(live, wanted) == project(wanted, wanted) == wanted
    assert agrees(live, wanted)
    assert version(live, wanted) == version(wanted, wanted)


@quickly
@given(WANTED, st.data())
def test_every_change_of_a_value_of_ours_is_drift(
    wanted: dict[str, Any], data: st.DataObject
) -> None:
    paths = list(scalars(wanted))
    assume(paths)
    live = added_to(changed(wanted, data.draw(st.sampled_from(paths))))

    assert not agrees(live, wanted)
    assert version(live, wanted) != version(added_to(wanted), wanted)


def version(live: Any, wanted: Any) -> str:
    applied = an("ConfigMap", data=wanted)
    return live_version(an("ConfigMap", data=live), applied, digest(applied))
