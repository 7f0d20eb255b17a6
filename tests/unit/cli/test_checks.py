from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rhoai_operator.catalog.platforms import load_platforms
from rhoai_operator.cli.checks import ALL, BEFORE, ERROR, OK, OPTIONAL, WARNING, checked
from rhoai_operator.cli.facts import Facts
from rhoai_operator.cli.platform import Found
from rhoai_operator.cluster.errors import Forbidden, Permission
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.settings import MANIFESTS
from tests.unit.cli.conftest import Reached, Rhoai

PLATFORM = next(iter(load_platforms(MANIFESTS).values()))
READY = [{"type": "Ready", "status": "True", "reason": "AllReady"}]
ESTABLISHED = {"status": {"conditions": [{"type": "Established", "status": "True"}]}}
CRDS = (
    "datascienceclusters.datasciencecluster.opendatahub.io",
    "dscinitializations.dscinitialization.opendatahub.io",
)


def live(name: str, created: str = "2026-01-01T00:00:00Z", **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "creationTimestamp": created}, **more}


def deployment(name: str, ready: int = 2) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "redhat-ods-operator"}
    return {"metadata": metadata, "spec": {"replicas": 2}, "status": {"readyReplicas": ready}}


def lease(seconds: float = 1) -> dict[str, Any]:
    renewed = datetime.now(UTC) - timedelta(seconds=seconds)
    return {"spec": {"holderIdentity": "pod-1", "renewTime": renewed.isoformat()}}


GOOD = live("a", status={"conditions": READY})
WELL = Facts(
    version=(1, 31),
    served=frozenset(
        Kind(*reversed([*k.split(".", 1)[:1], "v1", k.split(".", 1)[1]])) for k in OPTIONAL
    ),
    found=Found((GOOD,), (GOOD,), (), PLATFORM),
    definitions=dict.fromkeys(CRDS, ESTABLISHED),
    operators=(deployment("rhoai-operator"),),
    lease=lease(-3600),
    ingress={"spec": {"domain": "apps.example.com"}},
    storage_classes=(
        live("fast")
        | {
            "metadata": {
                "name": "fast",
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            }
        },
    ),
    namespaces={"apps": {"metadata": {"labels": {"opendatahub.io/generated-namespace": "true"}}}},
    openshift="4.16.9",
    webhook={"webhooks": [{"name": "w", "clientConfig": {"caBundle": "eA=="}}]},
)


def worst(facts: Facts) -> dict[str, str]:
    found = checked(facts, (*BEFORE, *ALL))
    return {result.text: result.level for result in found if result.level != OK}


def test_where_all_is_well_nothing_is_found() -> None:
    assert worst(WELL) == {}


@pytest.mark.parametrize(
    ("facts", "text", "level"),
    [
        pytest.param({"version": (1, 28)}, "Kubernetes 1.28 is too old", ERROR, id="old"),
        pytest.param({"version": None}, "does not tell its version", WARNING, id="no-version"),
        pytest.param(
            {"lacking": ["create namespaces"]}, "you may not create", WARNING, id="rights"
        ),
        pytest.param({"storage_classes": ()}, "no StorageClass", WARNING, id="storage"),
        pytest.param(
            {"operators": (deployment("rhoai-operator"), deployment("rhods-operator"))},
            "rhods-operator looks after the same objects",
            ERROR,
            id="another-operator",
        ),
        pytest.param({"served": frozenset()}, "Route.route.openshift.io", WARNING, id="apis"),
        pytest.param({"ingress": None}, "domain is not known", WARNING, id="domain"),
        pytest.param({"definitions": {}}, f"CRD {CRDS[0]} is not there", ERROR, id="no-crd"),
        pytest.param(
            {"definitions": {**WELL.definitions, CRDS[0]: {}}},
            "not established",
            ERROR,
            id="crd-waits",
        ),
        pytest.param(
            {"expected": {CRDS[0]: {"spec": {"scope": "Cluster"}}}},
            f"CRD {CRDS[0]} is not this version's",
            WARNING,
            id="crd-of-another-version",
        ),
        pytest.param(
            {"strangers": {"CustomResourceDefinition workflows.argoproj.io": "remove it"}},
            "workflows.argoproj.io is somebody else's",
            WARNING,
            id="stranger",
        ),
        pytest.param(
            {"unanswered": ("ns/hook",)},
            "nobody answers behind Service ns/hook",
            ERROR,
            id="silent",
        ),
        pytest.param({"operators": ()}, "rhoai-operator is not there", WARNING, id="no-operator"),
        pytest.param(
            {"operators": (deployment("rhoai-operator", 0),)}, "has 0 of 2", ERROR, id="no-pods"
        ),
        pytest.param(
            {"operators": (deployment("rhoai-operator", 1),)}, "has 1 of 2", WARNING, id="one-pod"
        ),
        pytest.param({"lease": None}, "no replica leads", ERROR, id="no-lease"),
        pytest.param({"lease": lease(90)}, "has not renewed its lease", ERROR, id="late"),
        pytest.param({"webhook": None}, "webhook is not configured", WARNING, id="no-webhook"),
        pytest.param(
            {"webhook": {"webhooks": [{"name": "w", "clientConfig": {}}]}},
            "webhook w has no caBundle",
            ERROR,
            id="no-bundle",
        ),
        pytest.param(
            {"found": Found((), (GOOD,), (), PLATFORM)},
            "there is no DataScienceCluster",
            WARNING,
            id="no-dsc",
        ),
        pytest.param(
            {"found": Found((GOOD, live("b", "2026-02-01T00:00:00Z")), (GOOD,), (), PLATFORM)},
            "DataScienceCluster b does nothing: a is older",
            ERROR,
            id="two",
        ),
        pytest.param(
            {"found": Found((live("a"),), (GOOD,), (), PLATFORM)},
            "DataScienceCluster a is not Ready: NotReconciled",
            ERROR,
            id="not-ready",
        ),
        pytest.param(
            {"definitions": {}, "unseen": {"CustomResourceDefinition"}},
            "not known: Our API is there",
            WARNING,
            id="unseen-crds",
        ),
        pytest.param(
            {"lease": None, "unseen": {"Lease"}},
            "not known: Some replica",
            WARNING,
            id="unseen-lease",
        ),
        pytest.param({"namespaces": {"apps": None}}, "apps is not there", ERROR, id="namespace"),
        pytest.param(
            {"namespaces": {"apps": {"metadata": {}}}}, "apps lacks the label", WARNING, id="label"
        ),
    ],
)
def test_what_is_not_is_told_with_its_weight(facts: dict[str, Any], text: str, level: str) -> None:
    found = worst(replace(WELL, **facts))

    assert [have for said, have in found.items() if text in said] == [level], found


def test_what_may_not_be_looked_at_is_not_taken_for_absent(rhoai: Rhoai) -> None:
    cluster = Reached(namespaces=("redhat-ods-operator",))
    ref = ObjectRef("coordination.k8s.io", "Lease", "redhat-ods-operator", "rhoai-operator", "v1")
    may_not = Permission("ann", "get", "leases", ref.group, ref.namespace)
    cluster.failing["get", ref] = Forbidden("no", may_not)

    done = rhoai(cluster, "check")

    assert "‼ not known: Some replica leads\n" in done.stdout
    assert "you may not get leases.coordination.k8s.io in redhat-ods-operator: " in done.stderr


def test_every_hint_names_a_page_that_there_is() -> None:
    root = MANIFESTS.parent
    source = (root / "rhoai_operator/cli/checks.py").read_text()

    pages = set(re.findall(r'"((?:docs/|README)[^"#]*)(#[^"]*)?"', source))

    assert len(pages) > 3
    for page, anchor in pages:
        headings = re.findall("^#+ (.*)$", (root / page).read_text(), re.MULTILINE)
        anchors = {re.sub("[^a-z0-9- ]", "", text.lower()).replace(" ", "-") for text in headings}
        assert not anchor or anchor[1:] in anchors, anchor
