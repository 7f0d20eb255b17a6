"""What is there stays, what is missing is made, and what belongs together fits together."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from itertools import count

import pytest

from rhoai_operator.core.hidden import GENERATED
from rhoai_operator.core.objects import MANAGED, Manifest
from rhoai_operator.core.policies import ComposedText, Entry, RandomText
from rhoai_operator.reconcile.generating import (
    Recipes,
    fill,
    generate,
    is_settled,
    random_text,
)
from rhoai_operator.reconcile.held import Held
from tests.manifests import an

PASSWORD, LINK = Entry("passwords", "root"), Entry("link", "json")
RECIPES: Recipes = {
    "passwords": {"root": RandomText(32), "hint": ComposedText(("ask",))},
    "link": {"json": ComposedText(('{"password": "', PASSWORD, '", "again": "', PASSWORD, '"}'))},
}


def secret(name: str, annotations: dict[str, str] | None = None, **values: str) -> Manifest:
    data = {key: b64encode(value.encode()).decode() for key, value in values.items()}
    return an("Secret", name, annotations=annotations, data=data)


def made(recipes: Recipes = RECIPES, **live: Manifest | None) -> dict[str, str]:
    numbers = count(1)
    values = generate(recipes, live, lambda length: f"made{next(numbers)}:{length}")
    return {str(entry): b64decode(value).decode() for entry, value in values.items()}


def linked(password: str) -> str:
    return f'{{"password": "{password}", "again": "{password}"}}'


@pytest.mark.parametrize(
    ("live", "root", "json"),
    [
        pytest.param({}, "made1:32", linked("made1:32"), id="nothing-there"),
        pytest.param(
            {"passwords": secret("passwords", root="pw")}, "pw", linked("pw"), id="one-is-there"
        ),
        pytest.param(
            {"link": secret("link", json=linked("pw"))}, "pw", linked("pw"), id="read-out-of-text"
        ),
        pytest.param(
            {"link": secret("link", json="else")}, "made1:32", linked("made1:32"), id="unreadable"
        ),
        pytest.param(
            {"link": secret("link", json=linked("pw").replace("pw", "x", 1))},
            "made1:32",
            linked("made1:32"),
            id="two-values-for-one",
        ),
        pytest.param(
            {"passwords": secret("passwords", root="pw"), "link": secret("link", json="my pw !")},
            "pw",
            "my pw !",
            id="a-users-own-text-holds-it",
        ),
        pytest.param(
            {
                "passwords": secret("passwords", root="new"),
                "link": secret("link", json=linked("old")),
            },
            "new",
            linked("new"),
            id="a-text-follows",
        ),
        pytest.param(
            {"passwords": secret("passwords", root="")}, "made1:32", linked("made1:32"), id="empty"
        ),
        pytest.param({"passwords": an("Secret")}, "made1:32", linked("made1:32"), id="no-data"),
    ],
)
def test_values(live: Mapping[str, Manifest], root: str, json: str) -> None:
    assert made(**live) == {"passwords.root": root, "passwords.hint": "ask", "link.json": json}


def test_a_text_that_refers_to_nothing_is_the_users_once_it_is_there() -> None:
    assert made(passwords=secret("passwords", hint="mine"))["passwords.hint"] == "mine"


def test_a_second_time_nothing_is_made() -> None:
    first = generate(RECIPES, {})
    live = {
        name: fill(an("Secret", name), {e.key: v for e, v in first.items() if e.secret == name})
        for name in RECIPES
    }
    assert generate(RECIPES, live) == first
    assert is_settled(RECIPES, live)
    assert not is_settled(RECIPES, {**live, "link": None})
    assert not is_settled(RECIPES, {**live, "link": secret("link", json="old")})


def test_bytes_that_are_no_text_stay() -> None:
    live = an("Secret", "passwords", data={"root": b64encode(b"\xff\x00").decode()})
    values = generate(RECIPES, {"passwords": live})
    assert values[PASSWORD] == live["data"]["root"]
    assert b"\xff\x00" in b64decode(values[LINK])


@pytest.mark.parametrize("name", ["passwords", "link"])
def test_what_we_are_to_leave_alone_is_not_written(name: str) -> None:
    live = {name: secret(name, annotations={MANAGED: "false"})}
    with pytest.raises(Held, match=f"^Secret ns/{name} is left alone") as caught:
        generate(RECIPES, live)
    assert caught.value.reason == "SecretIncomplete"


def test_what_we_are_to_leave_alone_is_read() -> None:
    theirs = secret("passwords", annotations={MANAGED: "false"}, root="pw", hint="h")
    assert made(passwords=theirs)["link.json"] == linked("pw")


def test_values_do_not_show() -> None:
    filled = fill(an("Secret"), {e.key: v for e, v in generate(RECIPES, {}).items()})
    assert repr(filled["data"]).count(GENERATED) == 3


def test_drawn_text() -> None:
    drawn = {random_text(40) for _ in range(20)}
    assert len(drawn) == 20
    assert all(len(text) == 40 and text.isascii() and text.isalnum() for text in drawn)


def test_generated_values_come_before_the_templates() -> None:
    template = an("Secret", stringData={"a": "x", "b": "y"}, data={"c": "eg=="})
    assert fill(template, {"a": "MQ=="}) == {
        **an("Secret"),
        "stringData": {"b": "y"},
        "data": {"c": "eg==", "a": "MQ=="},
    }
    assert "stringData" not in fill(an("Secret", stringData={"a": "x"}), {"a": "MQ=="})
