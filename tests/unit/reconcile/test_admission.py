from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rhoai_operator.api.metadata import Metadata
from rhoai_operator.reconcile.admission import Request, Stored, review
from rhoai_operator.reconcile.webhook import validating_webhook
from tests import corpus

DSC, DSCI = "DataScienceCluster", "DSCInitialization"
START = datetime(2030, 1, 1, tzinfo=UTC)


def body(name: str, *, age: int = 0, deleting: bool = False, **fields: Any) -> dict[str, Any]:
    metadata = {"name": name, "creationTimestamp": (START - timedelta(days=age)).isoformat()}
    ending = {"deletionTimestamp": START.isoformat()} if deleting else {}
    return {"metadata": {**metadata, **ending}, **fields}


def asked(operation: str, kind: str, given: dict[str, Any] | None) -> dict[str, Any]:
    where = "oldObject" if operation == "DELETE" else "object"
    return {"request": {"kind": {"kind": kind}, "operation": operation, where: given}}


def stored(dscs: list[dict[str, Any]], dscis: list[dict[str, Any]]) -> Stored:
    return {DSC: tuple(map(Metadata.of, dscs)), DSCI: tuple(map(Metadata.of, dscis))}


def refusal(operation: str, kind: str, given: dict[str, Any], there: Stored) -> tuple[int, str]:
    verdict = review(Request.of(asked(operation, kind, given)), there)
    return verdict.code.value, verdict.message


@pytest.mark.parametrize("kind", [DSC, DSCI])
def test_the_first_of_a_kind_is_allowed(kind: str) -> None:
    there = {kind: ()}

    assert refusal("CREATE", kind, body("mine"), there) == (200, "")


@pytest.mark.parametrize("kind", [DSC, DSCI])
def test_a_second_one_is_refused_and_the_ruling_one_named(kind: str) -> None:
    there = {kind: (Metadata.of(body("young")), Metadata.of(body("old", age=1)))}

    assert refusal("CREATE", kind, body("mine"), there) == (
        403,
        f"there is {kind} old already, and a cluster has only one: change that one, or delete it"
        " before you create another",
    )


def test_one_that_takes_the_place_of_another_waits_for_its_end() -> None:
    there = stored([body("old", deleting=True)], [])

    assert refusal("CREATE", DSC, body("new"), there) == (
        403,
        f"{DSC} old is being deleted: wait until it is gone, then create this one",
    )


def test_what_exists_already_is_left_to_the_api_server_to_refuse() -> None:
    there = stored([body("default-dsc")], [])

    assert refusal("CREATE", DSC, body("default-dsc"), there) == (200, "")


def test_a_second_one_whose_name_is_yet_to_be_made_is_refused() -> None:
    there = stored([body("default-dsc")], [])

    code, _ = refusal("CREATE", DSC, {"metadata": {"generateName": "dsc-"}}, there)

    assert code == 403


def test_a_namespace_that_cannot_be_is_refused() -> None:
    given = body("mine", spec={"applicationsNamespace": "No_Namespace"})

    code, message = refusal("CREATE", DSCI, given, stored([], []))

    assert code == 422
    assert message.startswith("spec.applicationsNamespace: 'No_Namespace' cannot be used")


def test_a_component_that_cannot_be_understood_is_refused() -> None:
    given = body("mine", spec={"components": {"ray": {"managementState": "Sometimes"}}})

    code, message = refusal("CREATE", DSC, given, stored([], []))

    assert (code, message) == (
        422,
        "spec.components.ray.managementState: 'Sometimes' is not one of Managed, Removed, "
        "Unmanaged; set one of them",
    )


@pytest.mark.parametrize("path", corpus.VALID, ids=lambda path: path.stem)
def test_nothing_valid_is_refused(path: Path) -> None:
    given = corpus.document(path)

    assert refusal("CREATE", given["kind"], given, stored([], [])) == (200, "")


def test_a_dsci_goes_after_the_dsc_that_stands_on_it() -> None:
    dsc, dsci = body("default-dsc"), body("default-dsci")

    assert refusal("DELETE", DSCI, dsci, stored([dsc], [dsci])) == (
        403,
        f"{DSC} default-dsc stands on {DSCI} default-dsci: delete the {DSC} first",
    )
    assert refusal("DELETE", DSCI, dsci, stored([], [dsci])) == (200, "")


def test_a_dsci_waits_for_the_end_of_the_dsc() -> None:
    dsc, dsci = body("default-dsc", deleting=True), body("default-dsci")

    assert refusal("DELETE", DSCI, dsci, stored([dsc], [dsci])) == (
        403,
        f"{DSC} default-dsc, which stands on {DSCI} default-dsci, is being deleted: try again when"
        " it is gone",
    )


def test_a_duplicate_dsci_carries_nothing() -> None:
    dsc, first, second = body("default-dsc"), body("old", age=1), body("young")
    there = stored([dsc], [second, first])

    assert refusal("DELETE", DSCI, second, there) == (200, "")
    assert refusal("DELETE", DSCI, first, there)[0] == 403


def test_what_is_being_deleted_already_is_not_held_up() -> None:
    dsc, dsci = body("default-dsc"), body("default-dsci", deleting=True)

    assert refusal("DELETE", DSCI, dsci, stored([dsc], [dsci])) == (200, "")


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({}, id="empty"),
        pytest.param(asked("UPDATE", DSC, body("mine")), id="operation"),
        pytest.param(asked("CREATE", "Pod", body("mine")), id="kind"),
        pytest.param(asked("CREATE", DSC, None), id="nothing"),
        pytest.param({"request": "please"}, id="text"),
    ],
)
def test_what_we_do_not_ask_for_is_not_judged(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"nothing is known|no object"):
        Request.of(wrong)


def test_all_that_the_api_server_asks_is_judged() -> None:
    kinds = {"datascienceclusters": DSC, "dscinitializations": DSCI}
    (webhook,) = validating_webhook({})["webhooks"]

    for rule in webhook["rules"]:
        for operation in rule["operations"]:
            request = Request.of(asked(operation, kinds[rule["resources"][0]], body("mine")))
            assert set(request.depends_on) <= set(kinds.values())
