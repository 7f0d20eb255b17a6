"""What ``rhoai check`` looks at, gathered from a cluster."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp

from rhoai_operator.catalog.crds import datasciencecluster_crd, dscinitialization_crd
from rhoai_operator.cli.platform import DEPLOYMENT, Found, look
from rhoai_operator.cli.session import Session
from rhoai_operator.cluster.kubernetes import KubernetesCluster
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.objects import COMPONENT_LABEL, Manifest, ObjectRef
from rhoai_operator.engine.lease import NAME
from rhoai_operator.reconcile.platform import ENDPOINTS

DEFINITION = Kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
STORAGE_CLASS = Kind("storage.k8s.io", "v1", "StorageClass")
REVIEW = Kind("authorization.k8s.io", "v1", "SelfSubjectAccessReview")
WEBHOOKS = Kind("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration")
GROUPS = {DEFINITION.kind: DEFINITION.group}
"""Groups of the kinds of the cluster that the catalog knows strangers of."""
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
        openshift: its version; empty on other clusters.
        definitions: the operator's own CRDs, by name.
        expected: likewise, as this version has them.
        strangers: what holds a component back because it is there and not ours -> what is said.
        operators: Deployments of operators for this API: ours, and the one in Go.
        namespaces: those of the platform, by name.
        unanswered: Services of the webhook that no pod answers behind.
        unseen: kinds that the user may not look at, so that nothing follows from their absence.
    """

    version: tuple[int, int] | None = None
    openshift: str = ""
    served: Collection[Kind] = frozenset()
    lacking: Sequence[str] = ()
    found: Found | None = None
    definitions: Mapping[str, Manifest] = field(default_factory=dict)
    expected: Mapping[str, Manifest] = field(default_factory=dict)
    operators: Sequence[Manifest] = ()
    strangers: Mapping[str, str] = field(default_factory=dict)
    lease: Manifest | None = None
    ingress: Manifest | None = None
    storage_classes: Sequence[Manifest] = ()
    namespaces: Mapping[str, Manifest | None] = field(default_factory=dict)
    webhook: Manifest | None = None
    unanswered: Sequence[str] = ()
    unseen: Collection[str] = frozenset()


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
    facts = Facts(
        version=await kubernetes_version(session),
        openshift=await openshift_version(session),
        served=served,
        lacking=await _lacking(session),
        found=found,
        definitions=definitions,
        expected={crd["metadata"]["name"]: crd for crd in _expected(session)},
        strangers=await _strangers(session, found.platform.id),
        operators=operators,
        lease=lease,
        ingress=ingress,
        storage_classes=classes,
        namespaces=await _namespaces(session, found),
        webhook=webhook,
        unanswered=await _unanswered(session, webhook),
    )
    return replace(facts, unseen=frozenset(session.unseen))


def _expected(session: Session) -> tuple[Manifest, ...]:
    return datasciencecluster_crd(session.catalog), dscinitialization_crd()


async def _strangers(session: Session, platform: str) -> Mapping[str, str]:
    """Find what holds components back; as the operator does, by the label that is not there."""
    known = [
        (ObjectRef(GROUPS[item.kind], item.kind, "", item.name, "v1"), item.message, label)
        for component in session.catalog.components.values()
        for item in component.foreign
        if item.kind in GROUPS and (label := COMPONENT_LABEL + component.label_on(platform))
    ]
    objects = await asyncio.gather(*(session.get(ref) for ref, _, _ in known))
    return {
        str(ref): message
        for (ref, message, label), live in zip(known, objects, strict=True)
        if live and (live["metadata"].get("labels") or {}).get(label) != "true"
    }


async def _unanswered(session: Session, webhook: Manifest | None) -> Sequence[str]:
    named = {
        (service["namespace"], service["name"])
        for hook in (webhook or {}).get("webhooks") or ()
        if (service := hook["clientConfig"].get("service"))
    }
    silent = []
    for namespace, name in sorted(named):
        label = f"kubernetes.io/service-name={name}"
        slices = await session.all_of(ENDPOINTS, namespace, label)
        endpoints = [e for item in slices for e in item.get("endpoints") or ()]
        if not any((e.get("conditions") or {}).get("ready", True) for e in endpoints):
            silent.append(f"{namespace}/{name}")
    return silent


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


async def openshift_version(session: Session) -> str:
    """Return OpenShift's version; empty where there is none, or it may not be looked at."""
    live = await session.get(
        ObjectRef("config.openshift.io", "ClusterVersion", "", "version", "v1")
    )
    return str((((live or {}).get("status") or {}).get("desired") or {}).get("version") or "")


async def kubernetes_version(session: Session) -> tuple[int, int] | None:
    """Return major and minor; None if the API server does not say."""
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
