"""What ``rhoai check`` looks at: pure functions from facts to results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from rhoai_operator.cli.facts import Facts
from rhoai_operator.cli.platform import DSC, DSCI, conditions
from rhoai_operator.core.fields import agrees
from rhoai_operator.core.objects import Manifest

OLDEST = (1, 29)
"""Kubernetes' version from which on CEL in CRDs is there for good."""
LATE_SECONDS = 60
OK, WARNING, ERROR = "ok", "warning", "error"
OPTIONAL = {
    "Route.route.openshift.io": "addresses of web pages and models: OpenShift",
    "OAuthClient.oauth.openshift.io": "logging in: OpenShift",
    "ServiceMonitor.monitoring.coreos.com": "metrics of components: the Prometheus operator",
    "ServiceMeshControlPlane.maistra.io": "serverless models: OpenShift Service Mesh",
    "KnativeServing.operator.knative.dev": "serverless models: OpenShift Serverless",
    "Certificate.cert-manager.io": "certificates: cert-manager; without it they are self-made",
}
"""Kinds that some components can use, and what for."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one check.

    Attributes:
        level: ok, warning or error.
        remedy: what to do; empty where all is well.
        page: where the documentation tells more.
    """

    section: str
    level: str
    text: str
    remedy: str = ""
    page: str = ""


def version(facts: Facts) -> Iterator[Result]:
    """The API server is new enough."""
    section = "kubernetes"
    if facts.version is None:
        yield Result(section, WARNING, "the API server does not tell its version")
        return
    said, oldest = (".".join(map(str, v)) for v in (facts.version, OLDEST))
    if facts.version < OLDEST:
        remedy = f"upgrade it to {oldest} or newer"
        yield Result(section, ERROR, f"Kubernetes {said} is too old", remedy, "README.md")
    else:
        yield Result(section, OK, f"Kubernetes {said} is {oldest} or newer")
    if facts.openshift:
        yield Result(section, OK, f"OpenShift {facts.openshift}")


def rights(facts: Facts) -> Iterator[Result]:
    """Who asks may install."""
    if facts.lacking:
        text = f"you may not {', '.join(facts.lacking)}"
        remedy = "have a cluster administrator install the operator"
        yield Result("kubernetes", WARNING, text, remedy, "README.md")
    else:
        yield Result("kubernetes", OK, "you may install the operator")


def storage(facts: Facts) -> Iterator[Result]:
    """Notebooks and registries get volumes."""
    key = "storageclass.kubernetes.io/is-default-class"
    default = [
        item["metadata"]["name"]
        for item in facts.storage_classes
        if (item["metadata"].get("annotations") or {}).get(key) == "true"
    ]
    if default:
        yield Result("kubernetes", OK, f"StorageClass {default[0]} is the default")
    else:
        remedy = f"mark one with the annotation {key}, or notebooks get no volumes"
        yield Result("kubernetes", WARNING, "no StorageClass is the default", remedy)


def others(facts: Facts) -> Iterator[Result]:
    """No other operator looks after the same objects."""
    found = [d["metadata"] for d in facts.operators if d["metadata"]["name"] != "rhoai-operator"]
    for other in found:
        text = f"Deployment {other['namespace']}/{other['name']} looks after the same objects"
        remedy = "stop it before this operator starts"
        page = "docs/operating.md#coming-from-the-operator-in-go"
        yield Result("conflicts", ERROR, text, remedy, page)
    if not found:
        yield Result("conflicts", OK, "no other operator looks after the same objects")


def strangers(facts: Facts) -> Iterator[Result]:
    """Nothing is there that a component would have to take from somebody else."""
    for ref, message in facts.strangers.items():
        yield Result(
            "conflicts", WARNING, f"{ref} is somebody else's", message, "docs/conditions.md"
        )
    if not facts.strangers:
        yield Result("conflicts", OK, "nothing of somebody else's is in the way of a component")


def apis(facts: Facts) -> Iterator[Result]:
    """What components can use."""
    served = {f"{kind.kind}.{kind.group}" for kind in facts.served}
    for kind, use in OPTIONAL.items():
        if kind in served:
            yield Result("optional APIs", OK, f"{kind} is served")
        else:
            yield Result("optional APIs", WARNING, f"{kind} is not served", f"for {use}")


def domain(facts: Facts) -> Iterator[Result]:
    """The domain that the ingress serves is known."""
    found = ((facts.ingress or {}).get("spec") or {}).get("domain")
    if found:
        yield Result("optional APIs", OK, f"the ingress serves {found}")
    else:
        remedy = "set RHOAI_INGRESS_DOMAIN of the operator, or Ray clusters get no addresses"
        yield Result("optional APIs", WARNING, "the ingress' domain is not known", remedy)


def definitions(facts: Facts) -> Iterator[Result]:
    """Our API is there."""
    for kind in (DSC, DSCI):
        plural = f"{kind.kind.lower()}s.{kind.group}"
        found = facts.definitions.get(plural)
        if found is None:
            yield Result("operator", ERROR, f"CRD {plural} is not there", "install the operator")
            continue
        yield _definition(plural, found, facts.expected.get(plural, {}))


def _definition(plural: str, found: Manifest, expected: Manifest) -> Result:
    state = conditions(found).get("Established", {}).get("status", "Unknown")
    if state != "True":
        remedy = f"see kubectl describe crd {plural}"
        return Result("operator", ERROR, f"CRD {plural} is not established", remedy)
    if not agrees(found.get("spec"), expected.get("spec")):
        remedy = "kubectl apply --server-side -f crds/ of the operator's version, or upgrade rhoai"
        return Result("operator", WARNING, f"CRD {plural} is not this version's", remedy)
    return Result("operator", OK, f"CRD {plural} is established and up to date")


def operator(facts: Facts) -> Iterator[Result]:
    """It runs, and leads."""
    ours = [d for d in facts.operators if d["metadata"]["name"] == "rhoai-operator"]
    for deployment in ours:
        wanted = deployment["spec"].get("replicas", 1)
        there = (deployment.get("status") or {}).get("readyReplicas", 0)
        text = f"Deployment rhoai-operator has {there} of {wanted} pods ready"
        if there:
            yield Result("operator", OK if there == wanted else WARNING, text)
        else:
            remedy = "see kubectl describe, and the log of its pods"
            yield Result("operator", ERROR, text, remedy, "docs/operating.md#what-is-it-doing")
    if not ours:
        text, remedy = "Deployment rhoai-operator is not there", "it may run outside of the cluster"
        yield Result("operator", WARNING, text, remedy)


def lease(facts: Facts) -> Iterator[Result]:
    """Some replica leads."""
    yield _lease(facts.lease)


def _lease(live: Manifest | None) -> Result:
    spec: dict[str, Any] = (live or {}).get("spec") or {}
    holder, renewed = spec.get("holderIdentity"), spec.get("renewTime")
    if not holder or not renewed:
        remedy = "see the log of the operator's pods"
        return Result("operator", ERROR, "no replica leads", remedy, "docs/operating.md#replicas")
    late = (datetime.now(UTC) - datetime.fromisoformat(renewed)).total_seconds()
    if late > LATE_SECONDS:
        text = f"{holder} has not renewed its lease for {late:.0f} s"
        return Result("operator", ERROR, text, "see its log", "docs/operating.md#replicas")
    return Result("operator", OK, f"{holder} leads")


def resources(facts: Facts) -> Iterator[Result]:
    """There is one DataScienceCluster and one DSCInitialization, and they are Ready."""
    found = facts.found
    if found is None:
        return
    for kind, objects, live in (
        (DSC.kind, found.dscs, found.dsc),
        (DSCI.kind, found.dscis, found.dsci),
    ):
        if live is None:
            yield Result("platform", WARNING, f"there is no {kind}", "create one", "README.md")
            continue
        yield _ready(kind, live)
        for other in objects:
            name = other["metadata"]["name"]
            if name != live["metadata"]["name"]:
                text = f"{kind} {name} does nothing: {live['metadata']['name']} is older"
                yield Result("platform", ERROR, text, f"delete {name}")


def _ready(kind: str, live: Manifest) -> Result:
    name, ready = live["metadata"]["name"], conditions(live).get("Ready", {})
    if ready.get("status") == "True":
        return Result("platform", OK, f"{kind} {name} is Ready")
    text = f"{kind} {name} is not Ready: {ready.get('reason', 'NotReconciled')}"
    return Result("platform", ERROR, text, ready.get("message", ""), "docs/conditions.md")


def namespaces(facts: Facts) -> Iterator[Result]:
    """Those of the platform are there and say that they are."""
    key = "opendatahub.io/generated-namespace"
    for name, live in facts.namespaces.items():
        labels = (live or {"metadata": {}})["metadata"].get("labels") or {}
        if live is None:
            yield Result("platform", ERROR, f"namespace {name} is not there", "see the operator")
        elif labels.get(key) != "true":
            text = f"namespace {name} lacks the label {key}=true"
            yield Result("platform", WARNING, text, "network policies rest on it")
        else:
            yield Result("platform", OK, f"namespace {name} is labelled")


def webhook(facts: Facts) -> Iterator[Result]:
    """The operator's webhook has a certificate that the API server trusts."""
    if facts.webhook is None:
        text = "the operator's webhook is not configured"
        yield Result("operator", WARNING, text, "two of a kind are told in status only")
        return
    lacking = [
        hook["name"]
        for hook in facts.webhook.get("webhooks") or ()
        if not hook["clientConfig"].get("caBundle")
    ]
    if lacking:
        remedy = "see what injects its certificates: cert-manager, service-ca or the operator"
        yield Result("operator", ERROR, f"webhook {lacking[0]} has no caBundle", remedy)
    elif facts.unanswered:
        text = f"nobody answers behind Service {facts.unanswered[0]} of the webhook"
        remedy = "see that a pod of the operator is ready and that the Service selects it"
        yield Result("operator", ERROR, text, remedy, "docs/operating.md#replicas")
    else:
        yield Result("operator", OK, "the webhook has a caBundle, and somebody answers")


Check = Callable[[Facts], Iterator[Result]]
BEFORE: tuple[Check, ...] = (version, rights, storage, others, strangers, apis, domain)
ALL: tuple[Check, ...] = (
    *(version, storage, others, strangers, definitions, operator, lease, webhook, resources),
    *(namespaces, apis, domain),
)
_RESTS_ON: Mapping[Check, tuple[str, str]] = MappingProxyType({
    storage: ("kubernetes", "StorageClass"),
    others: ("conflicts", "Deployment"),
    strangers: ("conflicts", "CustomResourceDefinition"),
    definitions: ("operator", "CustomResourceDefinition"),
    operator: ("operator", "Deployment"),
    lease: ("operator", "Lease"),
    webhook: ("operator", "ValidatingWebhookConfiguration"),
    namespaces: ("platform", "Namespace"),
})  # fmt: skip
"""Section of a check, and the kind that it has to see."""


def checked(facts: Facts, checks: Iterable[Check]) -> Iterator[Result]:
    """Go through what checks come to; what may not be looked at is neither good nor bad."""
    for check in checks:
        section, kind = _RESTS_ON.get(check, ("", ""))
        if kind in facts.unseen:
            text = f"not known: {(check.__doc__ or '').rstrip('.')}"
            yield Result(section, WARNING, text, f"you may not look at {kind}s")
        else:
            yield from check(facts)
