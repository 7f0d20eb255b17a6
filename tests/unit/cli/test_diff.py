from __future__ import annotations

from rhoai_operator.cli.diff import CHANGE, CREATE, Difference, lines
from rhoai_operator.core.objects import Manifest, ObjectRef
from tests.manifests import an


def shown(before: Manifest | None, after: Manifest) -> str:
    ref = ObjectRef.of(after)
    action = CHANGE if before else CREATE
    return "\n".join(lines(Difference("web", ref, action, before, after)))


def test_a_change_is_a_unified_diff_without_what_is_the_servers() -> None:
    metadata = {"resourceVersion": "7", "managedFields": [{"manager": "them"}]}
    before = an("ConfigMap", data={"a": "1"}, metadata=metadata)

    text = shown(before, an("ConfigMap", data={"a": "2"}))

    assert "-  a: '1'" in text
    assert "+  a: '2'" in text
    assert "resourceVersion" not in text
    assert "them" not in text


def test_values_of_secrets_are_not_shown_but_which_change() -> None:
    before = an("Secret", data={"same": "c2FtZQ==", "other": "b25l"})

    text = shown(before, an("Secret", data={"same": "c2FtZQ==", "other": "dHdv"}))

    assert "-  other: '*** before'" in text
    assert "+  other: '*** after'" in text
    assert not any(value in text for value in ("c2FtZQ==", "b25l", "dHdv"))


def test_a_secret_that_is_to_be_made_shows_its_keys_only() -> None:
    text = shown(None, an("Secret", stringData={"root": "hunter2"}))

    assert "root: '*** after'" in text
    assert "hunter2" not in text
