"""What a template interpolates reads back from YAML as the value it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhoai_operator.render.documents import read_documents
from rhoai_operator.render.templates import Templates, as_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    value=st.lists(TEXT | st.integers() | st.booleans() | st.none()) | st.dictionaries(TEXT, TEXT)
)
def test_json_in_a_template_is_yaml_and_json(value: object) -> None:
    text = as_json(value)

    assert json.loads(text) == value
    assert read_documents(f"a: {text}") == [{"a": value}]
    assert len(text.splitlines()) == 1


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json(float("nan"))


def test_other_names_are_there_to_be_imported(tmp_path: Path) -> None:
    folder = tmp_path / "ray" / "templates"
    folder.mkdir(parents=True)
    folder.joinpath("macros.j2").write_text("{% macro hello() %}hello{% endmacro %}")
    main = '{% from "ray/templates/macros.j2" import hello %}{{ hello() }}'
    folder.joinpath("main.yaml.j2").write_text(main)

    assert [text for _, text in Templates(tmp_path).render("ray", {})] == ["hello"]


def test_templates_are_read_once(tmp_path: Path) -> None:
    path = tmp_path / "ray" / "templates" / "a.yaml.j2"
    path.parent.mkdir(parents=True)
    path.write_text("before")
    templates = Templates(tmp_path)
    path.write_text("after")

    assert [text for _, text in templates.render("ray", {})] == ["before"]
