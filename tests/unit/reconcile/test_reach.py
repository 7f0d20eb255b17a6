from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import Manifest, ObjectRef
from tests.fakes.cluster import FakeCluster
from tests.fakes.reach import Surroundings
from tests.manifests import an

THERE, OLD = an("ConfigMap", data={"a": "now"}), an("ConfigMap", data={"a": "then"})
REF = ObjectRef.of(THERE)


@dataclass(frozen=True)
class View:
    """Satisfies ``View``: one object, perhaps."""

    live: Manifest | None
    is_known: bool = False

    def get(self, ref: ObjectRef) -> Manifest | None:
        return self.live if ref == REF else None

    def knows(self, ref: ObjectRef) -> bool:
        return self.is_known and ref == REF

    def follows(self, kind: Kind) -> bool:
        return kind == Kind.of(REF)

    def took(self, live: Manifest) -> None:
        return


@pytest.mark.parametrize(
    ("view", "fresh", "found", "requests"),
    [
        pytest.param(View(OLD), False, "then", 0, id="seen"),
        pytest.param(View(OLD), True, "now", 1, id="seen-but-has-to-be-newest"),
        pytest.param(View(None), False, "now", 1, id="perhaps-without-our-label"),
        pytest.param(View(None, is_known=True), False, None, 0, id="known-to-be-absent"),
        pytest.param(View(None, is_known=True), True, "now", 1, id="absent-but-to-be-newest"),
    ],
)
async def test_a_look_costs_a_request_only_where_it_must(
    view: View, fresh: bool, found: str | None, requests: int
) -> None:
    cluster = FakeCluster(THERE)
    reach = replace(Surroundings(cluster).reach(), view=view)

    live = await reach.look(REF, fresh=fresh)

    assert (live["data"]["a"] if live else None) == found
    assert cluster.calls == [("get", REF)] * requests
