from __future__ import annotations

import pytest

from rhoai_operator.cluster.errors import (
    Admission,
    AdmissionDenied,
    Cause,
    ClusterError,
    Conflict,
    FieldConflict,
    Forbidden,
    Immutable,
    Invalid,
    KindNotServed,
    Missing,
    Permission,
    QuotaExceeded,
    Terminating,
    TooLarge,
    Unauthorized,
    Unavailable,
    Unsupported,
    WebhookUnavailable,
)
from rhoai_operator.core.fields import Claim
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.reconcile.explained import MOST, NAMED, explained, listed, quoted
from tests.manifests import an

WEB = ObjectRef.of(an("Deployment", "web"))
DEFINITION = ObjectRef.of(an("CustomResourceDefinition", "webs.example.com"))
SOURCE = "web/templates/web.yaml.j2"
WEAK = "system:serviceaccount:ops:operator"
RBAC = "rbac.authorization.k8s.io"
SELECTOR = Cause(
    "spec.selector",
    "FieldValueInvalid",
    'Invalid value: {"matchLabels":{"app":"other"}}: field is immutable',
)
CLAIM = Cause(
    "spec", "FieldValueForbidden", "Forbidden: spec is immutable after creation\n@@ -6,11 +6,11 @@"
)
NEGATIVE = Cause("spec.replicas", "FieldValueInvalid", "Invalid value: -1: must not be negative")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        pytest.param(
            AdmissionDenied("", by=Admission.WEBHOOK, name="hook.example.com", cause="ask ops"),
            "admission webhook hook.example.com denied it: ask ops; "
            "satisfy what it asks for, or exempt namespace ns from it",
            id="webhook",
        ),
        pytest.param(
            AdmissionDenied("", by=Admission.POLICY, name="p", binding="b"),
            "ValidatingAdmissionPolicy p (binding b) denied it: without explanation; "
            "satisfy what it asks for, or exempt namespace ns from it",
            id="policy",
        ),
        pytest.param(
            AdmissionDenied("", by=Admission.POD_SECURITY, name="baseline:latest", cause="host"),
            "Pod Security baseline:latest denied it: host; make it comply, or label namespace ns "
            "pod-security.kubernetes.io/enforce with a level that admits it",
            id="pod-security",
        ),
        pytest.param(
            QuotaExceeded("", quota="q", cause="requested: services=1, limited: services=0"),
            "ResourceQuota ns/q is in the way: requested: services=1, limited: services=0; "
            "raise it, or delete what uses it up",
            id="quota",
        ),
        pytest.param(
            Forbidden("", Permission(WEAK, "patch", "deployments", "apps", "ns")),
            f"{WEAK} may not patch deployments.apps in namespace ns; add "
            "{apiGroups: [apps], resources: [deployments], verbs: [patch]} "
            f"to a ClusterRole of {WEAK}",
            id="forbidden-in-a-namespace",
        ),
        pytest.param(
            Forbidden("", Permission(WEAK, "list", "secrets")),
            f"{WEAK} may not list secrets; add "
            '{apiGroups: [""], resources: [secrets], verbs: [list]} '
            f"to a ClusterRole of {WEAK}",
            id="forbidden-everywhere",
        ),
        pytest.param(
            Forbidden("", Permission(WEAK, "escalate", "roles", RBAC, name="r"), ("{a}", "{b}")),
            f"{WEAK} may not grant what it does not hold: {{a}}, {{b}}; add these, or "
            f"{{apiGroups: [{RBAC}], resources: [roles], resourceNames: [r], verbs: [escalate]}}, "
            f"to a ClusterRole of {WEAK}",
            id="escalation",
        ),
        pytest.param(
            Forbidden("", Permission(WEAK, "bind", "roles, clusterroles", RBAC), ("{a}",)),
            f"{WEAK} may not grant what it does not hold: {{a}}; "
            f"add these, or bind on its role, to a ClusterRole of {WEAK}",
            id="binding",
        ),
        pytest.param(
            Forbidden("this namespace may not be deleted"),
            "this namespace may not be deleted",
            id="forbidden-by-a-plug-in",
        ),
        pytest.param(
            Unauthorized("Unauthorized"),
            "the API server does not accept the operator's credentials: Unauthorized; "
            "renew its token or kubeconfig",
            id="unauthorized",
        ),
        pytest.param(
            Immutable("", (SELECTOR,), (SELECTOR.field,)),
            "cannot be changed: spec.selector: field is immutable; kept as it is, and its template "
            f"{SOURCE} is not followed; where nothing is lost by it, "
            "kubectl delete deployment.apps web -n ns and it is made anew",
            id="immutable",
        ),
        pytest.param(
            Invalid("", (NEGATIVE, Cause("spec.selector", "FieldValueRequired", "Required value"))),
            "invalid: spec.replicas: Invalid value: -1: must not be negative, "
            f"spec.selector: Required value; correct its template {SOURCE}, "
            "or the settings that it is rendered with",
            id="invalid",
        ),
        pytest.param(
            Invalid("metadata.managedFields must be nil"),
            f"invalid: metadata.managedFields must be nil; correct its template {SOURCE}, "
            "or the settings that it is rendered with",
            id="invalid-without-causes",
        ),
        pytest.param(
            TooLarge("limit is 3145728"),
            f"too large: limit is 3145728; shorten its template {SOURCE}",
            id="too-large",
        ),
        pytest.param(
            Unsupported("415: Unsupported Media Type"),
            "what serves apps/v1 does not take such a request: 415: Unsupported Media Type; "
            "see that it supports server-side apply",
            id="unsupported",
        ),
        pytest.param(
            FieldConflict("", (Claim("helm", "a"), Claim("helm", "b"), Claim("me", "c"))),
            'field manager "helm" has a, b, field manager "me" has c; '
            f"make it give them up, or take them out of its template {SOURCE}",
            id="field-conflict",
        ),
        pytest.param(
            WebhookUnavailable("", webhook="hook.example.com", service="a/b", cause="refused"),
            'webhook "hook.example.com" does not answer: refused; see to what runs behind '
            "Service a/b, or remove a webhook that nothing serves any more",
            id="webhook-unavailable",
        ),
        pytest.param(
            WebhookUnavailable("", webhook="conversion webhook for v1, Kind=A", cause="refused"),
            "conversion webhook for v1, Kind=A does not answer: refused; see to what runs behind "
            "its address, or remove a webhook that nothing serves any more",
            id="conversion-unavailable",
        ),
        pytest.param(
            Terminating("is being terminated"),
            "namespace ns is being deleted; "
            "if that lasts, kubectl get namespace ns -o yaml says what holds it",
            id="terminating",
        ),
        pytest.param(
            Missing("", resource="namespaces", name="ns"),
            "namespace ns is not there; create it, unless something is about to",
            id="namespace-missing",
        ),
        pytest.param(Missing('"x" not found'), '"x" not found', id="missing"),
        pytest.param(
            KindNotServed("404 page not found"),
            "Deployment of apps/v1 is not served here; install what defines it",
            id="not-served",
        ),
        pytest.param(Conflict("has been modified"), "has been modified", id="conflict"),
        pytest.param(Unavailable("no answer"), "no answer", id="unavailable"),
    ],
)
def test_cause_and_next_step(error: ClusterError, text: str) -> None:
    assert explained(error, WEB, SOURCE) == text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        pytest.param(
            AdmissionDenied("", by=Admission.WEBHOOK, name="h", cause="no"),
            "admission webhook h denied it: no; satisfy what it asks for, or exempt it from it",
            id="denied",
        ),
        pytest.param(
            Immutable("", (CLAIM,), (CLAIM.field,)),
            "cannot be changed: spec: spec is immutable after creation; "
            "kept as it is, and its template is not followed",
            id="immutable",
        ),
        pytest.param(Terminating("is being terminated"), "is being terminated", id="terminating"),
        pytest.param(KindNotServed("no such kind"), "no such kind", id="not-served"),
    ],
)
def test_without_an_object(error: ClusterError, text: str) -> None:
    assert explained(error) == text


def test_nobody_is_told_to_delete_what_takes_other_peoples_objects_along() -> None:
    assert "kubectl delete" not in explained(
        Immutable("", (SELECTOR,), (SELECTOR.field,)), DEFINITION
    )


def test_of_a_long_text_both_ends_are_kept_on_one_line() -> None:
    text = f"Invalid value: {{\n{'x' * 2 * MOST}}}: field is immutable"

    found = quoted(text)

    assert found.startswith("Invalid value: { x")
    assert found.endswith(": field is immutable")
    assert MOST < len(found) < MOST + 10


def test_many_are_counted() -> None:
    assert listed(map(str, range(NAMED + 3))) == "0, 1, 2, 3, 4 and 3 more"
