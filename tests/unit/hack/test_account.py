from __future__ import annotations

import json
from pathlib import Path

import yaml

from hack.account import objects, shipped, signed_in, stream
from hack.packaging import rights


def test_what_is_shipped_is_what_is_derived() -> None:
    assert shipped() == rights.everything()


def test_an_account_has_the_operators_roles_under_its_own_name() -> None:
    made = json.loads(stream(objects("me", shipped())))["items"]

    named = [(item["kind"], item["metadata"]["name"]) for item in made]
    assert named == [
        ("Namespace", rights.NAMESPACE),
        ("ServiceAccount", "me"),
        ("ClusterRole", "me"),
        ("Role", "me"),
        ("ClusterRoleBinding", "me"),
        ("RoleBinding", "me"),
    ]
    subject = {"kind": "ServiceAccount", "name": "me", "namespace": rights.NAMESPACE}
    for binding in made[-2:]:
        assert binding["subjects"] == [subject]
        assert binding["roleRef"]["name"] == "me"


def test_who_has_a_token_is_let_in_by_it_alone(tmp_path: Path) -> None:
    users = [{"name": "admin", "user": {"client-key-data": "secret"}}]
    known = {"clusters": [{"name": "c"}], "users": users}
    (tmp_path / "known").write_text(yaml.safe_dump(known))

    path = signed_in(tmp_path / "known", "a token", tmp_path / "path")

    told = json.loads(path.read_text())
    assert told["users"] == [{"name": "admin", "user": {"token": "a token"}}]
    assert told["clusters"] == known["clusters"]
