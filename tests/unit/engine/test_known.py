from __future__ import annotations

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.engine.known import Known
from rhoai_operator.engine.owned import Owned
from rhoai_operator.engine.reads import Reads
from rhoai_operator.engine.supervisor import Supervisor
from rhoai_operator.metrics import Metrics
from tests.fakes.cluster import KINDS, FakeCluster
from tests.manifests import an
from tests.unit.engine.following import News

LABELS = {"app.kubernetes.io/managed-by": "rhoai-operator"}
OURS = an("ConfigMap", metadata={"labels": LABELS})
READ, OTHER = an("Secret", data={"a": "eA=="}), an("Secret", "other")
REF, READ_REF, OTHER_REF = map(ObjectRef.of, (OURS, READ, OTHER))


async def test_what_is_owned_and_what_is_only_read_are_known_as_one(
    supervisor: Supervisor, metrics: Metrics
) -> None:
    cluster, news = FakeCluster(OURS, READ, OTHER), News()
    owned = Owned(cluster, supervisor, news.changed, metrics)
    reads = Reads(cluster, supervisor, news.concerns, metrics)
    known = Known(owned, reads)

    await owned.follow("web", frozenset({Kind.of(REF)}))
    await reads.follow("web", [READ_REF], KINDS)

    found = {ref for ref in (REF, READ_REF, OTHER_REF) if known.get(ref)}
    assert found == {REF, READ_REF}
    assert {ref for ref in (REF, READ_REF, OTHER_REF) if known.knows(ref)} == {READ_REF}
    assert [known.follows(Kind.of(ref)) for ref in (REF, READ_REF)] == [True, False]

    metadata = {"labels": LABELS, "resourceVersion": "1000000"}
    known.took(an("ConfigMap", metadata=metadata, data={"a": "1"}))
    live = known.get(REF)
    assert live
    assert live["data"] == {"a": "1"}
