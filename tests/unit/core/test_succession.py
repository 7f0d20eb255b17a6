from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core.fields import FIELD_MANAGER
from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.succession import inherited
from tests.manifests import an

OWNERS = {"default-dsc"}


def entry(manager: str, operation: str, *fields: str, **more: str) -> dict[str, Any]:
    named = {"manager": manager, "operation": operation, "apiVersion": "v1", **more}
    return {**named, "fieldsV1": {"f:data": {f"f:{field}": {} for field in fields}}}


def live(*entries: dict[str, Any]) -> Manifest:
    return an("ConfigMap", metadata={"managedFields": list(entries)})


USERS = entry("kubectl-edit", "Update", "u")
APPLIED = entry("default-dsc", "Apply", "a", "b")
CREATED = entry("manager", "Update", "b", "c")
OURS = entry(FIELD_MANAGER, "Apply", "a", "b", "c")


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param((USERS, APPLIED, CREATED), [USERS, OURS], id="all"),
        pytest.param((APPLIED, entry(FIELD_MANAGER, "Apply", "b", "c")), [OURS], id="after-us"),
        pytest.param(
            (APPLIED, entry("default-dsc", "Apply", "s", subresource="status")),
            [
                entry(FIELD_MANAGER, "Apply", "a", "b"),
                entry(FIELD_MANAGER, "Apply", "s", subresource="status"),
            ],
            id="subresources-stay-apart",
        ),
        pytest.param(
            (APPLIED, entry("default-dsc", "Apply", "s", apiVersion="v2")),
            [
                entry(FIELD_MANAGER, "Apply", "a", "b"),
                entry(FIELD_MANAGER, "Apply", "s", apiVersion="v2"),
            ],
            id="versions-stay-apart",
        ),
        pytest.param((USERS,), None, id="nothing-of-its"),
        pytest.param((entry("default-dsc", "Update", "a"),), None, id="a-user-of-that-name"),
        pytest.param((entry("manager", "Apply", "a"),), None, id="another-manager"),
        pytest.param((), None, id="nothing-at-all"),
    ],
)
def test_who_owns_what_afterwards(
    entries: tuple[dict[str, Any], ...], expected: list[dict[str, Any]] | None
) -> None:
    assert inherited(live(*entries), OWNERS) == expected


def test_one_subresource_only() -> None:
    status = entry("manager", "Update", "s", subresource="status")

    found = inherited(live(CREATED, status), OWNERS, "status")

    assert found == [CREATED, entry(FIELD_MANAGER, "Apply", "s", subresource="status")]


def test_what_is_nested_is_united() -> None:
    one = {**APPLIED, "fieldsV1": {"f:spec": {"f:a": {"f:x": {}}}}}
    other = {**CREATED, "fieldsV1": {"f:spec": {"f:a": {"f:y": {}}, ".": {}}}}

    found = inherited(live(one, other), OWNERS)

    assert found
    assert found[0]["fieldsV1"] == {"f:spec": {"f:a": {"f:x": {}, "f:y": {}}, ".": {}}}
