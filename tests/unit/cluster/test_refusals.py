from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.cluster import errors
from rhoai_operator.cluster.errors import (
    AlreadyExists,
    Cause,
    ClusterError,
    Conflict,
    FieldConflict,
    Forbidden,
    Gone,
    Immutable,
    Invalid,
    KindNotServed,
    Missing,
    TerminalError,
    Terminating,
    TooLarge,
    TransientError,
    Unauthorized,
    Unavailable,
    Unsupported,
)
from rhoai_operator.cluster.refusals import refusal
from rhoai_operator.core.fields import Claim
from tests.unit.cluster import answers
from tests.unit.cluster.answers import about, body, forbidden, invalid

ENDING = {"reason": "NamespaceTerminating", "field": "metadata.namespace"}


@pytest.mark.parametrize(
    ("code", "raw", "error", "transient"),
    [
        *(pytest.param(code, body(), Invalid, False, id=f"{code}") for code in (400, 422, 431)),
        *(pytest.param(code, body(), Unsupported, False, id=f"{code}") for code in (405, 406, 415)),
        pytest.param(401, body("Unauthorized"), Unauthorized, False, id="401"),
        pytest.param(403, body(), Forbidden, False, id="403"),
        pytest.param(
            403,
            body(details={"causes": [ENDING]}),
            Terminating,
            True,
            id="403-namespace-terminating",
        ),
        pytest.param(403, body(details={"causes": None}), Forbidden, False, id="403-no-causes"),
        pytest.param(404, body(details={"name": "x"}), Missing, True, id="404-object"),
        pytest.param(404, body(details={}), KindNotServed, False, id="404-no-such-path"),
        pytest.param(409, body(), Conflict, True, id="409"),
        pytest.param(409, body(reason="AlreadyExists"), AlreadyExists, True, id="409-exists"),
        pytest.param(410, body(), Gone, True, id="410"),
        pytest.param(413, body(), TooLarge, False, id="413"),
        *(
            pytest.param(code, body(), Unavailable, True, id=f"{code}")
            for code in (408, 425, 429, 500, 503, 504)
        ),
    ],
)
def test_which_error(code: int, raw: bytes, error: type[ClusterError], transient: bool) -> None:
    found = refusal(code, raw, {})
    assert type(found) is error
    assert isinstance(found, TransientError) is transient
    assert str(found) in {"because", "Unauthorized"}


def test_who_refuses_what_is_too_new_for_it_will_not_for_long() -> None:
    """OwnerReferencesPermissionEnforcement, which OpenShift has on, maps kinds now and then."""
    said = 'cannot find RESTMapping for Kind Thing: no matches for kind "Thing" in version "a/v1"'

    assert isinstance(refusal(403, body(said), {}), Missing)


def test_new_classes_are_caught_as_the_old_ones_are() -> None:
    assert issubclass(AlreadyExists, Conflict)
    assert issubclass(errors.WebhookUnavailable, Unavailable)
    assert all(issubclass(error, Invalid) for error in (Immutable, TooLarge, Unsupported))
    assert issubclass(Unauthorized, Forbidden)


def classes_below(error: type[ClusterError]) -> set[str]:
    below = {name for child in error.__subclasses__() for name in classes_below(child)}
    return {error.__name__} | below if error.__module__ == errors.__name__ else below


def test_the_table_of_the_module_names_every_class() -> None:
    lines = (errors.__doc__ or "").splitlines()
    rows = [line.split() for line in lines if line.lstrip().startswith(("*", "+", "-", "."))]
    assert sorted(row[1] for row in rows) == sorted(classes_below(ClusterError))


@pytest.mark.parametrize("parent", [TransientError, TerminalError])
def test_the_table_has_every_class_where_it_is(parent: type[ClusterError]) -> None:
    _, _, rest = (errors.__doc__ or "").partition(f"+ {parent.__name__}")
    mine = rest.partition("\n  + ")[0].partition("\n\n")[0]
    rows = [line.split() for line in mine.splitlines() if line.lstrip().startswith(("-", "."))]
    assert {row[1] for row in rows} == classes_below(parent) - {parent.__name__}


class TestInvalid:
    def test_every_cause_once_and_none_that_says_nothing(self) -> None:
        wrong = (answers.ENUM, answers.TOO_LONG, answers.TOO_LONG, answers.UNCHECKED)

        found = refusal(422, invalid("Gadget.example.com", *wrong), {})

        assert type(found) is Invalid
        assert found.causes == (
            Cause("spec.mode", answers.ENUM[0], answers.ENUM[2]),
            Cause("metadata.annotations", answers.TOO_LONG[0], answers.TOO_LONG[2]),
        )

    @pytest.mark.parametrize(
        ("cause", "field"),
        [
            pytest.param(answers.SELECTOR, "spec.selector", id="selector"),
            pytest.param(answers.OTHER_ROLE, "roleRef", id="role"),
            pytest.param(answers.CLUSTER_IP, "spec.clusterIPs[0]", id="cluster-ip"),
            pytest.param(answers.STATEFUL_SET, "spec", id="stateful-set"),
            pytest.param(answers.CLAIM, "spec", id="claim"),
            pytest.param(answers.CONFIG_MAP, "data", id="config-map"),
            pytest.param(answers.PRIORITY, "value", id="priority"),
            pytest.param(answers.POD, "spec", id="pod"),
            pytest.param(answers.RULE, "spec.size", id="rule-of-a-definition"),
        ],
    )
    def test_what_cannot_change(self, cause: tuple[str, str, str], field: str) -> None:
        found = refusal(422, invalid("Thing", cause), {})

        assert isinstance(found, Immutable)
        assert found.fields == (field,)

    @pytest.mark.parametrize(
        "causes",
        [
            pytest.param((answers.NEGATIVE,), id="something-else"),
            pytest.param((answers.TOO_LONG,), id="may-not-be-more-than"),
            pytest.param((), id="nothing-in-particular"),
        ],
    )
    def test_what_can_change_but_not_so(self, causes: tuple[tuple[str, str, str], ...]) -> None:
        assert type(refusal(422, invalid("Deployment.apps", *causes), {})) is Invalid

    def test_what_cannot_change_is_told_whatever_else_is_wrong(self) -> None:
        found = refusal(422, invalid("Deployment.apps", answers.NEGATIVE, answers.SELECTOR), {})

        assert isinstance(found, Immutable)
        assert found.fields == ("spec.selector",)
        assert [cause.field for cause in found.causes] == [answers.NEGATIVE[1], "spec.selector"]


def test_whose_fields_they_are() -> None:
    details = {"causes": answers.CONFLICTS}
    raw = body(answers.CONFLICTING, reason="Conflict", details=details)

    found = refusal(409, raw, {})

    assert isinstance(found, FieldConflict)
    assert found.claims == (Claim("gitops", "spec.replicas"), Claim("helm", "spec.paused"))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param("namespaces", "nowhere", id="namespace"),
        pytest.param("configmaps", "x", id="object"),
    ],
)
def test_what_is_missing(kind: str, name: str) -> None:
    raw = about(f'{kind} "{name}" not found', kind, name, reason="NotFound")

    found = refusal(404, raw, {})

    assert isinstance(found, Missing)
    assert (found.resource, found.name) == (kind, name)


def test_no_such_path() -> None:
    found = refusal(404, b"404 page not found\n", {})
    assert isinstance(found, KindNotServed)
    assert str(found) == "404 page not found"


def test_an_ending_namespace_beats_missing_permission() -> None:
    why = "unable to create new content in namespace ns because it is being terminated"
    assert isinstance(refusal(403, forbidden(why, "configmaps", ENDING), {}), Terminating)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        pytest.param({"Retry-After": "7"}, 7.0, id="seconds"),
        pytest.param({"Retry-After": "Wed, 21 Oct 2025 07:28:00 GMT"}, 0.0, id="date"),
        pytest.param({}, 0.0, id="absent"),
    ],
)
def test_when_to_come_back(header: dict[str, str], seconds: float) -> None:
    found = refusal(429, b"", header)
    assert isinstance(found, Unavailable)
    assert found.retry_after == seconds


@pytest.mark.parametrize(
    "status",
    [
        pytest.param({"details": "text"}, id="details"),
        pytest.param({"details": {"causes": ["text", {"field": 1}]}}, id="causes"),
        pytest.param({"details": {"kind": 1, "name": None}}, id="names"),
        pytest.param({"reason": 5}, id="reason"),
    ],
)
@pytest.mark.parametrize("code", [400, 403, 404, 409, 422, 500])
def test_odd_bodies_are_read_as_far_as_they_go(code: int, status: dict[str, Any]) -> None:
    assert str(refusal(code, body(**status), {})) == "because"
