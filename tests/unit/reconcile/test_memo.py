from __future__ import annotations

import copy

import pytest

from rhoai_operator.core.objects import Manifest, ObjectRef, digest
from rhoai_operator.core.version import live_version
from rhoai_operator.reconcile import memo
from rhoai_operator.reconcile.memo import Memo
from tests.manifests import an

WANTED = an("ConfigMap", data={"a": "1"})
LIVE = an("ConfigMap", data={"a": "2"})
REF = ObjectRef.of(WANTED)


class Counting:
    """How often what is computed really is."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.digests = self.versions = 0
        monkeypatch.setattr(memo, "digest", self.digest)
        monkeypatch.setattr(memo, "live_version", self.live_version)

    def digest(self, wanted: Manifest) -> str:
        self.digests += 1
        return digest(wanted)

    def live_version(self, live: Manifest, wanted: Manifest, sent: str) -> str:
        self.versions += 1
        return live_version(live, wanted, sent)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    return Counting(monkeypatch)


def test_of_the_same_objects_it_is_computed_once(counting: Counting) -> None:
    known = Memo()
    for _ in range(3):
        assert known.digest(REF, WANTED) == digest(WANTED)
        assert known.version(REF, LIVE, WANTED) == live_version(LIVE, WANTED, digest(WANTED))
    assert (counting.digests, counting.versions) == (1, 1)


def test_of_others_anew_even_if_they_are_equal(counting: Counting) -> None:
    known = Memo()
    for wanted in (WANTED, copy.deepcopy(WANTED), WANTED):
        known.digest(REF, wanted)
    for live, wanted in ((LIVE, WANTED), (LIVE, {**WANTED}), (copy.deepcopy(LIVE), WANTED)):
        known.version(REF, live, wanted)
    assert (counting.digests, counting.versions) == (5, 3)


def test_a_change_is_seen() -> None:
    known, changed = Memo(), {**WANTED, "data": {"a": "3"}}
    assert known.digest(REF, WANTED) != known.digest(REF, changed)
    assert known.version(REF, LIVE, WANTED) != known.version(REF, changed, WANTED)


def test_objects_are_told_apart(counting: Counting) -> None:
    known, other = Memo(), an("ConfigMap", "other")
    for _ in range(2):
        known.digest(REF, WANTED)
        known.digest(ObjectRef.of(other), other)
    assert counting.digests == 2


def test_what_is_gone_is_forgotten(counting: Counting) -> None:
    known = Memo()
    known.digest(REF, WANTED)
    known.version(REF, LIVE, WANTED)

    known.forget([REF, ObjectRef.of(an("ConfigMap", "never-known"))])

    assert not known._digests
    assert not known._versions
    known.digest(REF, WANTED)
    assert counting.digests == 2


async def test_whether_an_object_is_being_applied() -> None:
    known = Memo()
    assert not known.is_applying(REF)
    async with known.turns[REF]:
        assert known.is_applying(REF)
    assert not known.is_applying(REF)
