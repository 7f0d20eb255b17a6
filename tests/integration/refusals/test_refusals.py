"""What a real API server refuses, why, and that the advice given then helps."""

from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.cluster.port import Cluster
from rhoai_operator.core.objects import Manifest, ObjectRef
from tests.integration.refusals.steps import SECONDS, SOURCE, Make, an, refusal, taken, workload
from tests.wait import until

ADMISSION = "admissionregistration.k8s.io/v1"


@pytest.mark.needs("controllers")
async def test_quota(cluster: Cluster, make: Make, namespace: str) -> None:
    def quota(services: int) -> Manifest:
        return an("ResourceQuota", "few", namespace, spec={"hard": {"services": services}})

    service = an("Service", "web", namespace, spec={"ports": [{"port": 80}]})
    await make(quota(0))

    async def is_counted() -> bool:
        live = await cluster.get(ObjectRef.of(quota(0)))
        return bool(live and (live.get("status") or {}).get("hard"))

    await until(is_counted, SECONDS, "the quota is counted")
    verdict = await refusal(cluster, service, "QuotaExceeded")
    await cluster.apply(quota(1))
    await taken(cluster, service)

    assert verdict.stuck
    assert (
        f"ResourceQuota {namespace}/few is in the way: requested: services=1, used: services=0, "
        "limited: services=0; raise it, or delete what uses it up" in verdict.message
    )


async def test_admission_policy(cluster: Cluster, make: Make, namespace: str) -> None:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]}
    spec: dict[str, Any] = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [{**rule, "operations": ["CREATE", "UPDATE"]}]},
        "validations": [{"expression": "has(object.data)", "message": "say something"}],
    }
    own = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
    bound = {"policyName": namespace, "validationActions": ["Deny"], "matchResources": own}
    policy = an("ValidatingAdmissionPolicy", namespace, api_version=ADMISSION, spec=spec)
    binding = {**policy, "kind": "ValidatingAdmissionPolicyBinding", "spec": bound}
    await make(policy)
    await make(binding)

    verdict = await refusal(cluster, an("ConfigMap", "x", namespace), "AdmissionDenied")
    await taken(cluster, an("ConfigMap", "x", namespace, data={"key": "value"}))

    assert verdict.stuck
    assert (
        f"ValidatingAdmissionPolicy {namespace} (binding {namespace}) denied it: say something"
        in verdict.message
    )


async def test_pod_security(cluster: Cluster, make: Make, namespace: str) -> None:
    label = "pod-security.kubernetes.io/enforce"
    await make(an("ServiceAccount", "own", namespace))
    containers = [{"name": "main", "image": "example.com/web:1"}]
    spec = {"serviceAccountName": "own", "hostNetwork": True, "containers": containers}
    pod = an("Pod", "web", namespace, spec=spec)

    def labelled(level: str) -> Manifest:
        return {**an("Namespace"), "metadata": {"name": namespace, "labels": {label: level}}}

    await cluster.apply(labelled("baseline"))
    verdict = await refusal(cluster, pod, "AdmissionDenied")
    await cluster.apply(labelled("privileged"))
    await taken(cluster, pod)

    assert "Pod Security baseline:latest denied it: host namespaces" in verdict.message
    assert f"label namespace {namespace} {label}" in verdict.message


async def test_webhook_that_does_not_answer(cluster: Cluster, make: Make, namespace: str) -> None:
    webhook = {
        "name": "hook.example.com",
        "clientConfig": {"service": {"namespace": namespace, "name": "absent", "path": "/"}},
        "rules": [
            {
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "operations": ["CREATE"],
                "resources": ["configmaps"],
            }
        ],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
    }
    await make(
        an("ValidatingWebhookConfiguration", namespace, api_version=ADMISSION, webhooks=[webhook])
    )

    verdict = await refusal(cluster, an("ConfigMap", "x", namespace), "WebhookUnavailable")

    assert not verdict.stuck
    assert 'webhook "hook.example.com" does not answer' in verdict.message
    assert f"behind Service {namespace}/absent" in verdict.message


@pytest.mark.parametrize(
    ("kind", "spec", "says"),
    [
        pytest.param(
            "Deployment",
            {"replicaz": 1},
            "spec.replicaz: field not declared in schema",
            id="unknown",
        ),
        pytest.param(
            "Deployment", {"replicas": "1"}, "spec.replicas: expected numeric", id="wrong-type"
        ),
        pytest.param(
            "DaemonSet",
            {"minReadySeconds": -1},
            "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
            id="wrong-value",
        ),
    ],
)
async def test_invalid_object(
    cluster: Cluster, namespace: str, kind: str, spec: dict[str, Any], says: str
) -> None:
    verdict = await refusal(cluster, workload(kind, namespace, **spec), "Invalid")

    assert verdict.stuck
    assert says in verdict.message
    assert f"correct its template {SOURCE}" in verdict.message


async def test_what_cannot_change_is_held_and_explained(cluster: Cluster, namespace: str) -> None:
    await cluster.apply(workload("StatefulSet", namespace, serviceName="a"))
    other = workload("StatefulSet", namespace, serviceName="b")

    verdict = await refusal(cluster, other, "Immutable")

    live = await cluster.get(ObjectRef.of(other))
    assert verdict.stuck
    assert live
    assert live["spec"]["serviceName"] == "a"
    assert "cannot be changed: spec: updates to statefulset spec" in verdict.message
    assert f"kubectl delete statefulset.apps web -n {namespace}" in verdict.message


async def test_namespace_that_is_not_there(cluster: Cluster) -> None:
    verdict = await refusal(cluster, an("ConfigMap", "x", "nowhere"), "Missing")

    assert not verdict.stuck
    assert "namespace nowhere is not there" in verdict.message


@pytest.mark.needs("controllers")
async def test_namespace_that_is_going(cluster: Cluster, make: Make, namespace: str) -> None:
    metadata = {"name": "held", "namespace": namespace, "finalizers": ["example.com/hold"]}
    held = await make({**an("ConfigMap"), "metadata": metadata})
    going = await cluster.get(ObjectRef("", "Namespace", "", namespace, "v1"))
    assert going
    await cluster.delete(ObjectRef.of(going), uid=going["metadata"]["uid"])

    verdict = await refusal(cluster, an("ConfigMap", "x", namespace), "Terminating")
    await cluster.patch(ObjectRef.of(held), {"metadata": {"finalizers": None}})

    assert not verdict.stuck
    assert f"namespace {namespace} is being deleted" in verdict.message
