"""Named core types come in place of their names, with what stands beside the name."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from rhoai_operator.render.crds import CoreTypes, expand_crd
from rhoai_operator.render.errors import RenderError

TYPES: dict[str, dict[str, Any]] = {
    "Port": {"type": "object", "required": ["port"], "properties": {"port": {"type": "integer"}}},
    "Pod": {"type": "object", "properties": {"ports": {"items": {"$ref": "Port"}}}},
    "Bad": {"$ref": "Nope"},
    "Loop": {"properties": {"a": {"$ref": "Loop"}}},
}


@pytest.fixture
def types(tmp_path: Path) -> CoreTypes:
    tmp_path.joinpath("core-types.yaml").write_text(json.dumps(TYPES))
    return CoreTypes(tmp_path)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        pytest.param({"$ref": "Port"}, TYPES["Port"], id="alone"),
        pytest.param(
            {"$ref": "Pod"},
            {"type": "object", "properties": {"ports": {"items": TYPES["Port"]}}},
            id="a-type-in-a-type",
        ),
        pytest.param(
            {"$ref": "Port", "nullable": True, "required": []},
            {"type": "object", "properties": {"port": {"type": "integer"}}, "nullable": True},
            id="keys-beside-win-and-empty-required-vanishes",
        ),
        pytest.param(
            {"$ref": "Port", "properties": {"name": {}}},
            {**TYPES["Port"], "properties": {"port": {"type": "integer"}, "name": {}}},
            id="properties-are-added",
        ),
        pytest.param(
            {"$ref": "Port", "properties": {"port": {}}},
            {**TYPES["Port"], "properties": {"port": {}}},
            id="properties-beside-win",
        ),
        pytest.param(
            {"additionalProperties": {"$ref": "Port"}, "anyOf": [{"$ref": "Port"}]},
            {"additionalProperties": TYPES["Port"], "anyOf": [TYPES["Port"]]},
            id="in-maps-and-choices",
        ),
        pytest.param(
            {"properties": {"$ref": {"type": "string"}}, "default": {"$ref": "Port"}},
            {"properties": {"$ref": {"type": "string"}}, "default": {"$ref": "Port"}},
            id="a-field-or-value-of-that-name-is-no-reference",
        ),
        pytest.param({"additionalProperties": True}, {"additionalProperties": True}, id="a-bool"),
        pytest.param({"required": []}, {"required": []}, id="without-reference-all-stays"),
    ],
)
def test_expansion(types: CoreTypes, schema: dict[str, Any], expected: dict[str, Any]) -> None:
    assert types.expand(schema) == expected


def test_a_type_exists_once_however_often_it_is_named(types: CoreTypes) -> None:
    whole = types.expand({"anyOf": [{"$ref": "Port"}, {"$ref": "Port"}]})

    assert whole["anyOf"][0]["properties"] is whole["anyOf"][1]["properties"]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("Nope", "no core type 'Nope': one of Bad, Loop, Pod, Port"),
        ("Bad", "no core type 'Nope'"),
        ("Loop", "the core type Loop contains itself"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused_every_time(
    types: CoreTypes, name: str, complaint: str
) -> None:
    for _ in range(2):
        with pytest.raises(LookupError, match=complaint):
            types.expand({"$ref": name})


@pytest.mark.parametrize("text", ["", "[a]", "a: b: c", "{}\n---\n{}"])
def test_a_file_of_types_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    tmp_path.joinpath("core-types.yaml").write_text(text)

    with pytest.raises(RenderError, match=r"^core-types\.yaml: not a mapping of type names"):
        CoreTypes(tmp_path).expand({"$ref": "Port"})


def test_all_else_in_a_definition_stays(types: CoreTypes) -> None:
    version = {"name": "v1", "served": True, "schema": {"openAPIV3Schema": {"$ref": "Port"}}}
    bare = {"name": "v0", "served": False}
    crd = {"kind": "CRD", "spec": {"group": "g", "versions": [version, bare]}}

    whole = expand_crd(crd, types)

    expected = {**version, "schema": {"openAPIV3Schema": TYPES["Port"]}}
    assert whole == {"kind": "CRD", "spec": {"group": "g", "versions": [expected, bare]}}


def test_copies_can_be_changed(types: CoreTypes) -> None:
    frozen = types.expand({"anyOf": [{"$ref": "Port"}]})

    for copied in (copy.deepcopy(frozen), copy.copy(frozen), frozen | {}):
        assert copied == frozen
        copied["type"] = "object"
    assert type(copy.deepcopy(frozen)["anyOf"]) is list
    assert json.loads(json.dumps(frozen)) == frozen
