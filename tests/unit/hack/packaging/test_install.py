from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from hack.packaging import guard
from hack.packaging.operator_objects import NAMESPACE, ROOT, objects

NEEDED = ("Namespace", "ServiceAccount", "Deployment", "Role", "RoleBinding")
NEEDED_EVERYWHERE = ("ClusterRole", "ClusterRoleBinding")


@cache
def read(path: str) -> list[dict[str, Any]]:
    text = (ROOT / path).read_text(encoding="utf-8")
    return [item for item in yaml.load_all(text, Loader=yaml.CSafeLoader) if item]


def manifest() -> list[dict[str, Any]]:
    return read("install.yaml")


def named(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["kind"], item["metadata"]["name"]


def test_it_holds_all_that_the_other_ways_to_install_do() -> None:
    found = {named(item): item for item in manifest()}

    for item in (*objects(), *read("config/rbac.yaml"), *guard.objects()):
        assert found[named(item)] == item


def test_what_others_need_comes_first() -> None:
    kinds = [item["kind"] for item in manifest()]

    assert kinds[:3] == ["Namespace", *["CustomResourceDefinition"] * 2]
    assert kinds.index("Deployment") > max(kinds.index("RoleBinding"), kinds.index("Role"))


def test_nothing_is_outside_the_operators_namespace() -> None:
    assert {item["metadata"].get("namespace", NAMESPACE) for item in manifest()} == {NAMESPACE}


def test_the_guard_knows_everything_that_the_operator_needs() -> None:
    policy = guard.objects()[0]["spec"]
    rules = policy["matchConstraints"]["resourceRules"]
    guarded = {resource for rule in rules for resource in rule["resources"]}
    (condition,) = policy["matchConditions"]
    needed = [item for item in manifest() if item["kind"] in (*NEEDED, *NEEDED_EVERYWHERE)]

    for item in needed:
        assert f"{item['kind'].lower()}s" in guarded
        if item["metadata"]["name"].endswith("metrics-reader"):
            continue
        assert f"'{item['metadata']['name']}'" in condition["expression"]
