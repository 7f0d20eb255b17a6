"""By way of ``refusal``, since that is where a message has to win over its code."""

from __future__ import annotations

import pytest

from rhoai_operator.cluster.errors import (
    Admission,
    AdmissionDenied,
    Cause,
    Forbidden,
    Invalid,
    Permission,
    QuotaExceeded,
    TransientError,
    Unauthorized,
    Unavailable,
    WebhookUnavailable,
)
from rhoai_operator.cluster.refusals import refusal
from tests.unit.cluster import answers
from tests.unit.cluster.answers import WEAK, body, forbidden, internal

RBAC = "rbac.authorization.k8s.io"
WEBHOOK = 'admission webhook "hook.example.com" denied the request'


@pytest.mark.parametrize(
    ("code", "raw", "said"),
    [
        pytest.param(
            400,
            body(f"{WEBHOOK}: because I say so"),
            (Admission.WEBHOOK, "hook.example.com", "", "because I say so"),
            id="webhook",
        ),
        pytest.param(
            400,
            body(f"{WEBHOOK} without explanation"),
            (Admission.WEBHOOK, "hook.example.com", "", ""),
            id="webhook-without-explanation",
        ),
        pytest.param(
            422,
            body(f"{WEBHOOK}: x is invalid: spec.a", reason="Invalid"),
            (Admission.WEBHOOK, "hook.example.com", "", "x is invalid: spec.a"),
            id="webhook-with-a-code-of-its-own",
        ),
        pytest.param(
            403,
            body(f"{WEBHOOK}: exceeded quota: mine, by far", reason="Forbidden"),
            (Admission.WEBHOOK, "hook.example.com", "", "exceeded quota: mine, by far"),
            id="webhook-that-sounds-like-a-quota",
        ),
        *(
            pytest.param(
                code,
                forbidden(answers.POLICY),
                (
                    Admission.POLICY,
                    "no-a.example.com",
                    "no-a.example.com-b",
                    "failed expression: !('a' in object.data)",
                ),
                id=f"policy-{code}",
            )
            for code in (403, 413, 422)
        ),
        pytest.param(
            403,
            forbidden(answers.POD_SECURITY, "pods"),
            (
                Admission.POD_SECURITY,
                "restricted:latest",
                "",
                answers.POD_SECURITY.partition(": ")[2],
            ),
            id="pod-security",
        ),
    ],
)
def test_who_denied_it(code: int, raw: bytes, said: tuple[Admission, str, str, str]) -> None:
    found = refusal(code, raw, {})

    assert type(found) is AdmissionDenied
    assert (found.by, found.name, found.binding, found.cause) == said


@pytest.mark.parametrize(
    ("why", "cause"),
    [
        pytest.param(
            answers.EXCEEDED,
            "requested: count/configmaps=1, used: count/configmaps=0, limited: count/configmaps=0",
            id="exceeded",
        ),
        pytest.param(
            answers.UNSPECIFIED,
            "must specify limits.memory for: main; requests.cpu for: main",
            id="unspecified",
        ),
    ],
)
def test_which_quota(why: str, cause: str) -> None:
    found = refusal(403, forbidden(why), {})

    assert type(found) is QuotaExceeded
    assert (found.quota, found.cause) == ("q", cause)


@pytest.mark.parametrize(
    ("text", "permission", "rule"),
    [
        pytest.param(
            f'configmaps "x" is forbidden: {answers.NOT_ALLOWED}',
            Permission(WEAK, "patch", "configmaps", "", "ns"),
            '{apiGroups: [""], resources: [configmaps], verbs: [patch]}',
            id="in-a-namespace",
        ),
        pytest.param(
            f'deployments.apps "web" is forbidden: User "{WEAK}" cannot patch resource '
            '"deployments/status" in API group "apps" in the namespace "ns"',
            Permission(WEAK, "patch", "deployments/status", "apps", "ns"),
            "{apiGroups: [apps], resources: [deployments/status], verbs: [patch]}",
            id="subresource",
        ),
        pytest.param(
            f'secrets is forbidden: User "{WEAK}" cannot list resource "secrets" in API group "" '
            "at the cluster scope",
            Permission(WEAK, "list", "secrets"),
            '{apiGroups: [""], resources: [secrets], verbs: [list]}',
            id="of-the-cluster",
        ),
        pytest.param(
            f'forbidden: User "{WEAK}" cannot get path "/metrics"',
            Permission(WEAK, "get", "/metrics"),
            "{nonResourceURLs: [/metrics], verbs: [get]}",
            id="path",
        ),
    ],
)
def test_what_is_not_permitted(text: str, permission: Permission, rule: str) -> None:
    found = refusal(403, body(text, reason="Forbidden"), {})

    assert type(found) is Forbidden
    assert (found.permission, found.rules) == (permission, ())
    assert permission.rule == rule


@pytest.mark.parametrize(
    ("kind", "permission"),
    [
        pytest.param(
            "clusterroles",
            Permission(WEAK, "escalate", "clusterroles", RBAC, name="x"),
            id="role",
        ),
        pytest.param(
            "rolebindings",
            Permission(WEAK, "bind", "roles, clusterroles", RBAC),
            id="binding",
        ),
    ],
)
def test_what_a_role_grants_beyond_what_is_held(kind: str, permission: Permission) -> None:
    found = refusal(403, forbidden(answers.ESCALATION, f"{kind}.{RBAC}"), {})

    assert isinstance(found, Forbidden)
    assert found.permission == permission
    assert found.rules == (
        '{APIGroups:[""], Resources:["secrets"], ResourceNames:["a"], Verbs:["get"]}',
        '{NonResourceURLs:["/metrics"], Verbs:["get"]}',
    )


def test_escalation_is_granted_for_one_role_only() -> None:
    names = "resources: [clusterroles], resourceNames: [x], verbs: [escalate]"
    lacking = Permission(WEAK, "escalate", "clusterroles", RBAC, name="x")
    assert lacking.rule == f"{{apiGroups: [{RBAC}], {names}}}"


def test_nobody_lacks_credentials_and_not_permission() -> None:
    why = 'User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope'
    assert isinstance(refusal(403, body(f"pods is forbidden: {why}"), {}), Unauthorized)


@pytest.mark.parametrize(
    "why",
    [
        pytest.param("this namespace may not be deleted", id="namespace"),
        pytest.param("maximum cpu usage per Container is 500m, but limit is 5", id="limit-range"),
    ],
)
def test_what_other_plug_ins_refuse(why: str) -> None:
    found = refusal(403, forbidden(why), {})
    assert type(found) is Forbidden
    assert found.permission is None


@pytest.mark.parametrize(
    ("raw", "webhook", "service", "cause"),
    [
        pytest.param(
            internal(answers.NO_SERVICE),
            "hook.example.com",
            "other/absent",
            'service "absent" not found',
            id="no-service",
        ),
        pytest.param(
            internal(answers.NO_LISTENER),
            "hook.example.com",
            "",
            "connection refused",
            id="no-listener",
        ),
        pytest.param(
            body(answers.NO_CONVERSION),
            "conversion webhook for example.com/v1, Kind=Gizmo",
            "other/absent",
            'service "absent" not found',
            id="conversion",
        ),
    ],
)
def test_which_webhook_does_not_answer(raw: bytes, webhook: str, service: str, cause: str) -> None:
    found = refusal(500, raw, {})

    assert isinstance(found, WebhookUnavailable)
    assert isinstance(found, TransientError)
    assert (found.webhook, found.service) == (webhook, service)
    assert found.cause.endswith(cause)


@pytest.mark.parametrize(
    ("message", "causes"),
    [
        pytest.param(
            answers.NOT_TYPED,
            (
                ("stringData.password", "expected string"),
                ("stringData.list", "expected string"),
                ("spec.nope", "field not declared in schema"),
            ),
            id="several",
        ),
        pytest.param(answers.NOT_A_MAP, (("data", "expected map"),), id="one"),
        pytest.param(answers.NOT_BASE64, (), id="not-converted"),
    ],
)
def test_what_server_side_apply_cannot_read_is_invalid_whatever_its_code(
    message: str, causes: tuple[tuple[str, str], ...]
) -> None:
    found = refusal(500, body(message), {})

    assert type(found) is Invalid
    assert found.causes == tuple(Cause(f, "FieldValueTypeInvalid", text) for f, text in causes)


def test_any_other_server_error_passes() -> None:
    assert type(refusal(500, internal("etcdserver: leader changed"), {})) is Unavailable
