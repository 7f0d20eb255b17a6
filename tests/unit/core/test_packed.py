from __future__ import annotations

import json
from typing import Any

import pytest

from rhoai_operator.core.objects import ObjectRef, digest
from rhoai_operator.core.packed import Packed
from tests.manifests import an

PLAIN = an("CustomResourceDefinition", spec={"versions": [{"name": "v1"}]})


def test_it_is_the_manifest_in_every_respect() -> None:
    packed = Packed(PLAIN)

    assert dict(packed) == PLAIN
    assert {**packed} == PLAIN
    assert (len(packed), packed.get("status"), "spec" in packed) == (len(PLAIN), None, True)
    assert json.loads(packed.encoded) == PLAIN
    assert packed.digest == digest(PLAIN)
    assert packed.size == len(packed.encoded)
    assert ObjectRef.of(packed) == ObjectRef.of(PLAIN)


def test_what_one_reader_changes_no_other_sees() -> None:
    packed = Packed(PLAIN)
    changed: Any = packed["spec"]

    changed["versions"].clear()

    assert packed["spec"] == PLAIN["spec"]


def test_what_is_absent_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Packed(PLAIN)["status"]


def test_it_is_small() -> None:
    large = an("CustomResourceDefinition", spec={"schema": ["the same again"] * 10_000})

    assert len(Packed(large)._packed) < len(json.dumps(large)) / 20
