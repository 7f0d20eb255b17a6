"""``rhoai check``: whether a cluster has what the platform needs, and how the operator is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from rhoai_operator.cli.facts import Facts, gather
from rhoai_operator.cli.output import BAD, DOUBTFUL, GOOD, Output
from rhoai_operator.cli.platform import DSC, DSCI, conditions
from rhoai_operator.cli.session import FOUND, Session, asks_cluster, leave
from rhoai_operator.core.objects import Manifest

OLDEST = (1, 29)
"""Kubernetes' version from which on CEL in CRDs is there for good."""
LATE_SECONDS = 60
OK, WARNING, ERROR = "ok", "warning", "error"
SIGNS = {
    OK: ("√", GOOD),
    WARNING: ("‼", DOUBTFUL),
    ERROR: ("\N{MULTIPLICATION SIGN}", BAD),
}
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


@click.command()
@click.option("--pre", is_flag=True, help="Only what has to hold before the operator is installed.")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings as well.")
@click.option("-o", "--output", "form", type=click.Choice(["text", "json"]), default="text")
@asks_cluster
async def check(session: Session, *, pre: bool, strict: bool, form: str) -> None:
    """Check the cluster, and unless --pre says otherwise the operator and what it looks after.

    Exits with 1 if a check fails, or with --strict warns.
    """
    facts = await gather(session)
    results = [result for one in (BEFORE if pre else ALL) for result in one(facts)]
    if form == "json":
        rows = [{f: getattr(r, f) for f in Result.__slots__} for r in results]
        session.output.mapping({"results": rows, "denied": session.denied}, "json")
    else:
        _show(session.output, results)
        session.tell_denied()
    levels = {result.level for result in results}
    if ERROR in levels or (strict and WARNING in levels):
        leave(FOUND)


def _show(output: Output, results: list[Result]) -> None:
    section = ""
    for result in results:
        if result.section != section:
            section = result.section
            output.line(f"\n{click.style(section, bold=True)}")
        sign, color = SIGNS[result.level]
        output.line(f"{click.style(sign, fg=color)} {result.text}")
        if result.remedy:
            output.line(f"    {result.remedy}")
        if result.page:
            output.line(f"    see {result.page}")
    worst = next(
        (level for level in (ERROR, WARNING) if any(r.level == level for r in results)), OK
    )
    sign, color = SIGNS[worst]
    output.line(f"\nStatus check results are {click.style(sign, fg=color)}")


def version(facts: Facts) -> Iterator[Result]:
    """The API server is new enough."""
    section = "kubernetes"
    if facts.version is None:
        yield Result(section, WARNING, "the API server does not tell its version")
        return
    said, oldest = (".".join(map(str, v)) for v in (facts.version, OLDEST))
    if facts.version < OLDEST:
        remedy = f"upgrade it to {oldest} or newer"
        yield Result(section, ERROR, f"Kubernetes {said} is too old", remedy, "docs/install")
    else:
        yield Result(section, OK, f"Kubernetes {said} is {oldest} or newer")


def rights(facts: Facts) -> Iterator[Result]:
    """Who asks may install."""
    if facts.lacking:
        text = f"you may not {', '.join(facts.lacking)}"
        remedy = "have a cluster administrator install the operator"
        yield Result("kubernetes", WARNING, text, remedy, "docs/install")
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
        state = conditions(found).get("Established", {}).get("status", "Unknown")
        if state == "True":
            yield Result("operator", OK, f"CRD {plural} is established")
        else:
            remedy = f"see kubectl describe crd {plural}"
            yield Result("operator", ERROR, f"CRD {plural} is not established", remedy)


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
            yield Result("operator", ERROR, text, remedy, "docs/runbooks")
    if not ours:
        text, remedy = "Deployment rhoai-operator is not there", "it may run outside of the cluster"
        yield Result("operator", WARNING, text, remedy)
    yield _lease(facts.lease)


def _lease(lease: Manifest | None) -> Result:
    spec: dict[str, Any] = (lease or {}).get("spec") or {}
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
            yield Result("platform", WARNING, f"there is no {kind}", "create one", "docs/install")
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
    else:
        yield Result("operator", OK, "the webhook has a caBundle")


Check = Callable[[Facts], Iterator[Result]]
BEFORE: tuple[Check, ...] = (version, rights, storage, others, apis, domain)
ALL: tuple[Check, ...] = (
    *(version, storage, others, definitions, operator, webhook, resources, namespaces),
    *(apis, domain),
)
