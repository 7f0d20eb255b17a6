"""What ``rhoai check`` looks at, gathered from a cluster."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from rhoai_operator.cli.platform import DEPLOYMENT, Found, look
from rhoai_operator.cli.session import Session
from rhoai_operator.cluster.kubernetes import KubernetesCluster
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.engine.lease import NAME

DEFINITION = Kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
STORAGE_CLASS = Kind("storage.k8s.io", "v1", "StorageClass")
REVIEW = Kind("authorization.k8s.io", "v1", "SelfSubjectAccessReview")
WEBHOOKS = Kind("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration")
RIGHTS = (
    ("create", "apiextensions.k8s.io", "customresourcedefinitions"),
    ("create", "rbac.authorization.k8s.io", "clusterroles"),
    ("create", "rbac.authorization.k8s.io", "clusterrolebindings"),
    ("create", "", "namespaces"),
    ("create", "apps", "deployments"),
)
"""What it takes to install the operator."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that checks look at.

    Attributes:
        version: major and minor of the API server; None if it did not say.
        served: the kinds that are served.
        lacking: what it takes to install that the user may not.
        definitions: the operator's own CRDs, by name.
        operators: Deployments of operators for this API: ours, and the one in Go.
        namespaces: those of the platform, by name.
    """

    version: tuple[int, int] | None = None
    served: Collection[Kind] = frozenset()
    lacking: Sequence[str] = ()
    found: Found | None = None
    definitions: Mapping[str, Manifest] = field(default_factory=dict)
    operators: Sequence[Manifest] = ()
    lease: Manifest | None = None
    ingress: Manifest | None = None
    storage_classes: Sequence[Manifest] = ()
    namespaces: Mapping[str, Manifest | None] = field(default_factory=dict)
    webhook: Manifest | None = None


async def gather(session: Session) -> Facts:
    """Ask the cluster for all of them.

    Raises:
        ClusterError: it does not answer.
    """
    served = await session.cluster.discover()
    found = await look(session)
    definitions, operators, classes, lease, ingress, webhook = await asyncio.gather(
        _definitions(session),
        _operators(session),
        session.all_of(STORAGE_CLASS),
        session.get(ObjectRef("coordination.k8s.io", "Lease", session.namespace, NAME, "v1")),
        session.get(ObjectRef("config.openshift.io", "Ingress", "", "cluster", "v1")),
        session.get(ObjectRef(WEBHOOKS.group, WEBHOOKS.kind, "", NAME, WEBHOOKS.version)),
    )
    return Facts(
        version=await _version(session),
        served=served,
        lacking=await _lacking(session),
        found=found,
        definitions=definitions,
        operators=operators,
        lease=lease,
        ingress=ingress,
        storage_classes=classes,
        namespaces=await _namespaces(session, found),
        webhook=webhook,
    )


async def _definitions(session: Session) -> Mapping[str, Manifest]:
    names = (
        "datascienceclusters.datasciencecluster.opendatahub.io",
        "dscinitializations.dscinitialization.opendatahub.io",
    )
    refs = [ObjectRef(DEFINITION.group, DEFINITION.kind, "", n, DEFINITION.version) for n in names]
    objects = await asyncio.gather(*map(session.get, refs))
    return {name: live for name, live in zip(names, objects, strict=True) if live}


async def _operators(session: Session) -> Sequence[Manifest]:
    ours = await session.all_of(DEPLOYMENT, session.namespace)
    others = await session.all_of(DEPLOYMENT, labels="control-plane=controller-manager")
    known = {
        "rhoai-operator",
        "rhods-operator",
        "opendatahub-operator-controller-manager",
    }
    found = {(d["metadata"]["namespace"], d["metadata"]["name"]): d for d in (*ours, *others)}
    return [live for (_, name), live in sorted(found.items()) if name in known]


async def _namespaces(session: Session, found: Found) -> Mapping[str, Manifest | None]:
    told = ((found.dsci or {}).get("status") or {}).get("namespaces") or {}
    names = sorted(set(told.values()))
    refs = [ObjectRef("", "Namespace", "", name, "v1") for name in names]
    return dict(zip(names, await asyncio.gather(*map(session.get, refs)), strict=True))


async def _lacking(session: Session) -> Sequence[str]:
    async def may(verb: str, group: str, resource: str) -> bool:
        attributes = {"verb": verb, "group": group, "resource": resource}
        review: dict[str, Any] = {
            "apiVersion": f"{REVIEW.group}/{REVIEW.version}",
            "kind": REVIEW.kind,
            "metadata": {"name": ""},
            "spec": {"resourceAttributes": attributes},
        }
        try:
            answer = await session.cluster.create(review)
        except OperatorError:
            return True  # who may not even ask is told so by what fails
        return bool(answer and answer["status"]["allowed"])

    allowed = await asyncio.gather(*(may(*right) for right in RIGHTS))
    return [
        f"{verb} {resource}"
        for (verb, _, resource), is_allowed in zip(RIGHTS, allowed, strict=True)
        if not is_allowed
    ]


async def _version(session: Session) -> tuple[int, int] | None:
    cluster = session.cluster
    if not isinstance(cluster, KubernetesCluster):
        return None
    try:
        async with cluster.session() as http, http.get(f"{cluster.server}/version") as answer:
            found = await answer.json()
    except aiohttp.ClientError:
        return None
    numbers = [re.match(r"\d+", str(found.get(part, ""))) for part in ("major", "minor")]
    major, minor = (int(number.group()) if number else 0 for number in numbers)
    return major, minor
