"""What RBAC refuses: the rule that is advised is granted as it stands, until none lacks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
import yaml

from hack.account import signed_in
from rhoai_operator.cluster.errors import Forbidden, Permission
from rhoai_operator.cluster.kubernetes import KubernetesCluster, connect
from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.objects import Manifest
from tests.cluster import ControlPlane
from tests.integration.refusals.steps import RBAC, SECONDS, Make, an, refusal
from tests.wait import until


@pytest.fixture
async def weak(
    control_plane: ControlPlane, make: Make, namespace: str, tmp_path: Path
) -> AsyncIterator[KubernetesCluster]:
    """The cluster as a ServiceAccount sees it that may do nothing."""
    await make(an("ServiceAccount", "weak", namespace))
    token = control_plane.kubectl("create", "token", "weak", "-n", namespace).stdout.strip()
    cluster = await connect(
        kubeconfig=signed_in(control_plane.kubeconfig, token, tmp_path / "kubeconfig")
    )
    yield cluster
    await cluster.close()


def role(namespace: str, rules: Iterable[str]) -> tuple[Manifest, Manifest]:
    """A ClusterRole with these rules, each a line of YAML, and its binding to the account."""
    reference = {"apiGroup": RBAC.partition("/")[0], "kind": "ClusterRole", "name": namespace}
    subject = {"kind": "ServiceAccount", "name": "weak", "namespace": namespace}
    return (
        an("ClusterRole", namespace, api_version=RBAC, rules=[*map(yaml.safe_load, rules)]),
        an("ClusterRoleBinding", namespace, "", RBAC, roleRef=reference, subjects=[subject]),
    )


async def grant_until_taken(
    weak: Cluster, make: Make, namespace: str, manifest: Manifest
) -> dict[Permission, tuple[str, ...]]:
    """Grant what lacks, as it is named; return it, with what a role would grant too much."""
    lacking: dict[Permission, tuple[str, ...]] = {}

    async def is_taken() -> bool:
        try:
            await weak.apply(manifest)
        except Forbidden as error:
            if error.permission is None:
                raise
            lacking[error.permission] = error.rules
        else:
            return True
        for part in role(namespace, (permission.rule for permission in lacking)):
            await make(part)
        return False

    await until(is_taken, SECONDS, "everything that it takes is granted")
    return lacking


async def test_what_lacks_is_named(weak: Cluster, make: Make, namespace: str) -> None:
    config_map = an("ConfigMap", "x", namespace, data={"key": "value"})
    user = f"system:serviceaccount:{namespace}:weak"

    verdict = await refusal(weak, config_map, "Forbidden")
    lacking = await grant_until_taken(weak, make, namespace, config_map)

    assert verdict.stuck
    assert (
        f"{user} may not patch configmaps in namespace {namespace}; add "
        '{apiGroups: [""], resources: [configmaps], verbs: [patch]} to a ClusterRole of '
        f"{user}" in verdict.message
    )
    assert list(lacking) == [
        Permission(user, verb, "configmaps", "", namespace) for verb in ("patch", "create")
    ]


async def test_a_role_that_grants_too_much(weak: Cluster, make: Make, namespace: str) -> None:
    secrets = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    reader = an("Role", "reader", namespace, api_version=RBAC, rules=[secrets])

    lacking = await grant_until_taken(weak, make, namespace, reader)

    rules = {permission.verb: rules for permission, rules in lacking.items()}
    assert rules["escalate"] == ('{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',)


async def test_a_binding_to_a_role_that_grants_too_much(
    weak: Cluster, make: Make, namespace: str
) -> None:
    reference = {"apiGroup": RBAC.partition("/")[0], "kind": "ClusterRole", "name": "view"}
    binding = an("RoleBinding", "viewer", namespace, api_version=RBAC, roleRef=reference)

    lacking = await grant_until_taken(weak, make, namespace, binding)

    assert "bind" in {permission.verb for permission in lacking}


async def test_credentials_that_nobody_knows(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    stranger = await connect(
        kubeconfig=signed_in(control_plane.kubeconfig, "nobody's", tmp_path / "kubeconfig")
    )
    try:
        verdict = await refusal(stranger, an("ConfigMap", "x", namespace), "Unauthorized")
    finally:
        await stranger.close()

    assert "does not accept the operator's credentials: Unauthorized" in verdict.message
