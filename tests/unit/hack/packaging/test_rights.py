"""The operator's roles: all that is needed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from hack.packaging import rights, rights_text
from hack.packaging.rights import Need
from hack.packaging.variations import WORD
from rhoai_operator.reconcile.rights import Right, allowed_by
from rhoai_operator.reconcile.rules import Rule

ROLES = Path(__file__).parents[4] / "config/rbac.yaml"
RULES = [
    (document["kind"], rule)
    for document in yaml.safe_load_all(ROLES.read_text())
    if document
    for rule in document.get("rules", ())
]


def named(row: tuple[str, dict[str, Any]]) -> str:
    kind, rule = row
    what = rule.get("resources") or rule["nonResourceURLs"]
    names = rule.get("resourceNames", ())[:1]
    return "-".join((kind, *rule.get("apiGroups", ()), what[0], rule["verbs"][0], *names))


@pytest.fixture(scope="module")
def needed() -> dict[str, frozenset[Right]]:
    """What is derived from the catalog, by the kind of role that it is in."""
    found = rights.derived()
    return {"ClusterRole": frozenset(found.everywhere), "Role": frozenset(found.at_home)}


def allowed(rules: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, set[Right]]:
    found: dict[str, set[Right]] = {"ClusterRole": set(), "Role": set()}
    for kind, rule in rules:
        found[kind] |= set(allowed_by(rule))
    return found


def test_the_rules_allow_what_is_needed_and_nothing_else(
    needed: dict[str, frozenset[Right]],
) -> None:
    assert allowed(RULES) == needed


@pytest.mark.parametrize("row", RULES, ids=named)
def test_without_any_one_rule_something_lacks(
    row: tuple[str, dict[str, Any]], needed: dict[str, frozenset[Right]]
) -> None:
    rest = allowed(other for other in RULES if other is not row)

    lacking = needed[row[0]] - rest[row[0]]

    assert lacking
    assert lacking <= set(allowed_by(row[1]))


def test_no_rule_has_a_wildcard() -> None:
    words = [word for _, rule in RULES for part in rule.values() for word in part]
    assert not [word for word in words if "*" in word]


def test_escalate_bind_and_use_are_of_named_objects_only() -> None:
    wide = [r for _, rule in RULES for r in allowed_by(rule) if not r.name]
    assert not {r for r in wide if r.verb in ("bind", "escalate", "impersonate")}


def test_nothing_rests_on_a_word_of_users(needed: dict[str, frozenset[Right]]) -> None:
    assert not [right for found in needed.values() for right in found if WORD in str(right)]


def test_each_rule_says_what_it_is_there_for() -> None:
    lines = ROLES.read_text().splitlines()
    begins = [n for n, line in enumerate(lines) if line.startswith(("  - api", "  - nonRes"))]

    assert len(begins) == len(RULES)
    assert [lines[n] for n in begins if not lines[n - 1].startswith("  # ")] == []


def test_reasons_tell_who_needs_what() -> None:
    rule = Rule(("",), ("a", "b", "c"), ("get",))
    both = frozenset({Need("applied", "ray"), Need("applied", "kueue")})
    ours = frozenset({Need("status", rights.OPERATOR)})
    needs = {Right("", "a", "get"): both, Right("", "b", "get"): both, Right("", "c", "get"): ours}

    assert rights_text.reasons(rule, needs) == [
        "a, b: applied: kueue, ray",
        "c: the operator itself: status",
    ]


def test_bindings_are_to_the_operators_account() -> None:
    subject = {
        "kind": "ServiceAccount",
        "name": "rhoai-operator",
        "namespace": "redhat-ods-operator",
    }
    assert [b["subjects"] for b in rights.bindings()] == [[subject], [subject]]
    assert [b["roleRef"]["kind"] for b in rights.bindings()] == ["ClusterRole", "Role"]
