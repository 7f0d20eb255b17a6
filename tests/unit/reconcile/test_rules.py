from __future__ import annotations

import pytest

from rhoai_operator.reconcile.rights import Right
from rhoai_operator.reconcile.rules import Rule, rules_of, without_idle


def rights(group: str, resource: str, verbs: str, *names: str) -> set[Right]:
    return {Right(group, resource, v, n) for v in verbs.split() for n in names or ("",)}


A, B = ("get", "list"), ("get",)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            rights("apps", "b", "list get") | rights("apps", "a", "get list"),
            [Rule(("apps",), ("a", "b"), A)],
            id="equal-verbs-of-a-group",
        ),
        pytest.param(
            rights("x", "a", "get list") | rights("y", "a", "get list"),
            [Rule(("x", "y"), ("a",), A)],
            id="equal-resources-of-two-groups",
        ),
        pytest.param(
            rights("x", "a", "get") | rights("x", "b", "get") | rights("y", "a", "get"),
            [Rule(("x",), ("a", "b"), B), Rule(("y",), ("a",), B)],
            id="never-more-than-asked-for",
        ),
        pytest.param(
            rights("", "a", "get", "n", "m"), [Rule(("",), ("a",), B, ("m", "n"))], id="names"
        ),
        pytest.param(
            rights("", "a", "get") | rights("", "a", "list get", "n"),
            [Rule(("",), ("a",), B), Rule(("",), ("a",), ("list",), ("n",))],
            id="names-beside-all",
        ),
        pytest.param(
            rights("", "/metrics", "get") | rights("", "a", "get"),
            [Rule((), ("/metrics",), B), Rule(("",), ("a",), B)],
            id="paths",
        ),
    ],
)
def test_rules_say_the_same_in_fewer_words(given: set[Right], expected: list[Rule]) -> None:
    assert list(rules_of(given)) == expected


def test_what_is_held_for_all_objects_is_not_said_of_some() -> None:
    everywhere = rights("", "a", "get")
    assert without_idle(everywhere | rights("", "a", "get list", "n")) == everywhere | rights(
        "", "a", "list", "n"
    )
    assert without_idle(rights("", "a", "get list", "n"), everywhere) == rights(
        "", "a", "list", "n"
    )
    assert without_idle(everywhere, everywhere) == set()


@pytest.mark.parametrize(
    ("rule", "manifest"),
    [
        pytest.param(
            Rule(("",), ("a",), B, ("n",)),
            {"apiGroups": [""], "resources": ["a"], "resourceNames": ["n"], "verbs": ["get"]},
            id="names",
        ),
        pytest.param(
            Rule((), ("/x",), B), {"nonResourceURLs": ["/x"], "verbs": ["get"]}, id="paths"
        ),
    ],
)
def test_a_rule_as_roles_have_it(rule: Rule, manifest: dict[str, list[str]]) -> None:
    assert rule.manifest == manifest
