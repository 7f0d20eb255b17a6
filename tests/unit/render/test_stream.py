"""A stream reads back as the objects it was made from, whoever reads it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rhoai_operator.render.documents import read_documents
from rhoai_operator.render.frozen import freeze
from rhoai_operator.render.stream import to_yaml

TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.text("019+-.eExob_:yn~=\n \t#'\"")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def an_object(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, **fields}


@given(value=JSON)
@settings(max_examples=200, deadline=None)
def test_any_value_reads_back(value: object) -> None:
    objects = [an_object(data=value), an_object(data=freeze(value))]

    text = to_yaml(objects)

    assert read_documents(text) == objects
    assert list(yaml.load_all(text, yaml.CSafeLoader)) == objects  # YAML 1.1 as it is


@pytest.mark.parametrize(
    "text", ["yes", "y", "N", "null", "~", "1e10", "0o17", "1_0", "12:30", "2024-01-01", "0644", ""]
)
def test_text_that_looks_like_something_else_is_quoted(text: str) -> None:
    assert f"data: '{text}'\n" in to_yaml([an_object(data=text)])


def test_lines_stay_lines() -> None:
    assert "data: |\n  a\n  b\n" in to_yaml([an_object(data="a\nb\n")])


def test_identity_comes_first_and_other_keys_keep_their_order() -> None:
    metadata = {"annotations": {"z": "", "a": ""}, "name": "a", "uid": "1", "namespace": "b"}
    text = to_yaml([{"z": 1, "metadata": metadata, "a": 1, "kind": "K", "apiVersion": "v1"}])

    (found,) = read_documents(text)
    assert list(found) == ["apiVersion", "kind", "metadata", "z", "a"]
    assert list(found["metadata"]) == ["name", "namespace", "annotations", "uid"]
    assert list(found["metadata"]["annotations"]) == ["z", "a"]


def test_what_is_shared_is_written_out_each_time() -> None:
    shared = {"a": ["b"]}

    text = to_yaml([an_object(data=shared, more=shared)])

    assert "&" not in text
    assert "*" not in text
