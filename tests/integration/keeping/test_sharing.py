"""What components have in common: the same for both, and gone with the last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.keeping.steps import OFTEN, RBAC, SECONDS, Open, Scene, content, ref

pytestmark = pytest.mark.needs("controllers", "audit-log")

LOAN = ref("v1", "ConfigMap", "loan")
ROLE = ref(RBAC, "ClusterRole", "loan", "")
COMMON = ref("v1", "ConfigMap", "common")
OF_LENDER, OF_BORROWER = "app.opendatahub.io/lender", "app.opendatahub.io/borrower"


@pytest.fixture(scope="module")
def scene(open_scene: Open) -> Iterator[Scene]:
    with open_scene() as scene:
        yield scene


def test_each_has_it_and_it_says_so(scene: Scene) -> None:
    mark = scene.mark()
    scene.managed("lender", "borrower")
    scene.oracle.settle(SECONDS)

    for what in (LOAN, ROLE):
        labels = scene.live(what)["metadata"]["labels"]
        assert labels[OF_LENDER] == labels[OF_BORROWER] == "true"
        assert labels["app.kubernetes.io/part-of"] == "lender"
        assert what in scene.inventory("lender") & scene.inventory("borrower")
    created = [w for w in scene.writes(mark) if w == f"patch {scene.path(LOAN)}"]
    assert len(created) <= 2  # both may have found it missing


def test_it_is_right_again_whoever_sets_it_right(scene: Scene) -> None:
    before = scene.live(LOAN)
    scene.rest.merge(LOAN, {"data": {"by": "somebody"}}, "somebody")

    scene.oracle.settle(SECONDS)
    scene.is_idle()
    assert scene.changes(before) == 2  # somebody's, and one that sets it right


def test_it_stays_for_the_one_that_is_left(scene: Scene) -> None:
    uid = scene.live(LOAN)["metadata"]["uid"]
    scene.managed("borrower", lender="Removed")
    scene.reads("LenderReady", "False/Removed")
    scene.oracle.settle(SECONDS)

    live = scene.live(LOAN)["metadata"]
    assert live["uid"] == uid
    assert OF_LENDER not in live["labels"]
    assert LOAN not in scene.inventory("lender")
    assert scene.live(COMMON)
    scene.reads("CommonReady", "True/Ready")


def test_it_leaves_with_the_last(scene: Scene) -> None:
    scene.managed(lender="Removed", borrower="Removed")

    scene.reads("BorrowerReady", "False/Removed")
    scene.reads("CommonReady", "False/Removed")
    scene.oracle.settle(SECONDS)
    assert [scene.rest.get(what) for what in (LOAN, ROLE, COMMON)] == [None, None, None]


def test_it_leaves_when_both_go_at_once(scene: Scene) -> None:
    scene.managed("lender", "borrower")
    scene.oracle.settle(SECONDS)

    scene.managed(lender="Removed", borrower="Removed")

    scene.oracle.settle(SECONDS)
    assert [scene.rest.get(what) for what in (LOAN, ROLE, COMMON)] == [None, None, None]


def test_neither_rewrites_what_the_other_has_written(scene: Scene) -> None:
    scene.managed("lender", "borrower")
    scene.oracle.settle(SECONDS)
    scene.restart(**OFTEN)
    before = [content(scene.live(what)) for what in (LOAN, ROLE)]

    scene.is_silent(resyncs=4)

    assert [content(scene.live(what)) for what in (LOAN, ROLE)] == before
