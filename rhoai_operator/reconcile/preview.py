"""What would be applied, as far as it can be told without a cluster. Pure."""

from __future__ import annotations

from dataclasses import replace

from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.hidden import GENERATED
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.policies import Named, Policies
from rhoai_operator.reconcile.certificates import preview as certificates
from rhoai_operator.reconcile.generating import with_secret_field
from rhoai_operator.reconcile.rollouts import with_config_hash

COMPUTED = "<computed>"
"""Stands for the digest of a configuration."""


def preview(desired: DesiredState, policies: Policies) -> DesiredState:
    """Return what ``prepare`` would, with marks in place of what it finds out or makes."""
    policies = policies.everywhere
    workloads = {rollout.workload for rollout in policies.rollouts}

    def marked(manifest: Manifest) -> Manifest:
        ref = ObjectRef.of(manifest)
        if (ref.group, ref.kind) == ("", "Secret") and ref.name in policies.secrets:
            keys = dict.fromkeys(policies.secrets[ref.name], GENERATED)
            return {**manifest, "stringData": {**manifest.get("stringData", {}), **keys}}
        for field in policies.secret_fields:
            if Named.of(ref) == field.target:
                manifest = with_secret_field(manifest, field.path, GENERATED)
        if ref.group == "apps" and Named.of(ref) in workloads:
            return with_config_hash(manifest, COMPUTED)
        return manifest

    desired = certificates.preview(desired, policies.certificates)
    return replace(desired, objects=tuple(map(marked, desired.objects)))
