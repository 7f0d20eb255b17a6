from __future__ import annotations

from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.hidden import GENERATED
from rhoai_operator.core.policies import Named, Policies, RandomText, Rollout
from rhoai_operator.reconcile.preview import COMPUTED, preview
from rhoai_operator.reconcile.rollouts import CONFIG_HASH
from tests.manifests import an


def test_marks_stand_where_a_cluster_decides() -> None:
    secret = an("Secret", "s", stringData={"user": "me"})
    server = an("Deployment", "d", spec={"template": {}})
    other = an("ConfigMap", "s")
    policies = Policies(
        secrets={"s": {"root": RandomText(8)}},
        rollouts=(Rollout(Named("Deployment", "d"), (Named("Secret", "s"),)),),
    )

    found = preview(DesiredState((secret, other, server)), policies).objects

    assert found[0] == {**secret, "stringData": {"user": "me", "root": GENERATED}}
    assert found[1] is other
    annotations = found[2]["spec"]["template"]["metadata"]["annotations"]
    assert annotations == {CONFIG_HASH: COMPUTED}
