from __future__ import annotations

import json
from pathlib import Path

from hack.packaging.rights import OPERATOR, Need
from hack.packaging.rights_check import recorded, unused
from rhoai_operator.reconcile.rights import Right
from rhoai_operator.reconcile.rules import Rule

RULE = Rule(("",), ("a",), ("get", "list"))
GET, LIST = Right("", "a", "get"), Right("", "a", "list")
OURS = {right: frozenset({Need("inventories", OPERATOR)}) for right in (GET, LIST)}


def test_what_nobody_asked_for_is_not_used() -> None:
    assert unused(RULE, frozenset({GET}), OURS) == [LIST]


def test_to_ask_for_one_object_is_to_use_what_allows_all() -> None:
    assert unused(RULE, frozenset({LIST, GET._replace(name="n")}), OURS) == []


def test_what_a_components_role_grants_is_used_by_making_it() -> None:
    granted = {right: frozenset({Need("granted", "ray")}) for right in (GET, LIST)}
    assert unused(RULE, frozenset(), granted) == []


def test_what_is_recorded_is_read_from_all_files(tmp_path: Path) -> None:
    for name, right in (("one", GET), ("two", LIST)):
        (tmp_path / name).write_text(json.dumps(right) + "\n")

    assert recorded(tmp_path.iterdir()) == {GET, LIST}
