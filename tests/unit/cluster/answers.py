"""Refusals as a real API server words them, that of Kubernetes 1.36."""

from __future__ import annotations

import json
from typing import Any

WEAK = "system:serviceaccount:ns:weak"


def body(message: str = "because", **status: Any) -> bytes:
    head = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return json.dumps({**head, "message": message, **status}).encode()


def about(message: str, kind: str, name: str, *, reason: str, **details: Any) -> bytes:
    return body(message, reason=reason, details={"kind": kind, "name": name, **details})


def forbidden(why: str, kind: str = "configmaps", *causes: dict[str, str]) -> bytes:
    text = f'{kind} "x" is forbidden: {why}'
    details = {"causes": causes} if causes else {}
    return about(text, kind, "x", reason="Forbidden", **details)


def invalid(kind: str, *causes: tuple[str, str, str]) -> bytes:
    """An object of a kind is refused for causes: reason, field and message."""
    rows = [dict(zip(("reason", "field", "message"), cause, strict=True)) for cause in causes]
    several = ", ".join(f"{field}: {message}" for _, field, message in causes)
    text = f'{kind} "x" is invalid: {f"[{several}]" if len(causes) > 1 else several}'
    return about(text, kind.partition(".")[0], "x", reason="Invalid", causes=rows)


def internal(why: str) -> bytes:
    causes = [{"message": why}]
    text = f"Internal error occurred: {why}"
    return body(text, reason="InternalError", details={"causes": causes}, code=500)


SELECTOR = (
    "FieldValueInvalid",
    "spec.selector",
    'Invalid value: {"matchLabels":{"app":"other"}}: field is immutable',
)
NEGATIVE = (
    "FieldValueInvalid",
    "spec.progressDeadlineSeconds",
    "Invalid value: -1: must be greater than or equal to 0",
)
ENUM = ("FieldValueNotSupported", "spec.mode", 'Unsupported value: "c": supported values: "a", "b"')
UNCHECKED = (
    "FieldValueInvalid",
    "<nil>",
    "Invalid value: null: some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation",
)
TOO_LONG = (
    "FieldValueTooLong",
    "metadata.annotations",
    "Too long: may not be more than 262144 bytes",
)
OTHER_ROLE = (
    "FieldValueInvalid",
    "roleRef",
    'Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"ClusterRole","Name":"edit"}: '
    "cannot change roleRef",
)
CLUSTER_IP = (
    "FieldValueInvalid",
    "spec.clusterIPs[0]",
    'Invalid value: ["10.96.77.7"]: may not change once set',
)
STATEFUL_SET = (
    "FieldValueForbidden",
    "spec",
    "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', "
    "'template', 'updateStrategy', 'revisionHistoryLimit', "
    "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
)
CLAIM = (
    "FieldValueForbidden",
    "spec",
    "Forbidden: spec is immutable after creation except resources.requests and "
    "volumeAttributesClassName for bound claims\n@@ -6,11 +6,11 @@\n"
    '-   "storage": "1Gi"\n+   "storage": "500Mi"\n',
)
CONFIG_MAP = (
    "FieldValueForbidden",
    "data",
    "Forbidden: field is immutable when `immutable` is set",
)
PRIORITY = ("FieldValueForbidden", "value", "Forbidden: may not be changed in an update.")
POD = (
    "FieldValueForbidden",
    "spec",
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`",
)
RULE = ("FieldValueInvalid", "spec.size", "Invalid value: 2: size cannot change")

POLICY = (
    "ValidatingAdmissionPolicy 'no-a.example.com' with binding 'no-a.example.com-b' denied "
    "request: failed expression: !('a' in object.data)"
)
POD_SECURITY = (
    'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container '
    '"main" must set securityContext.allowPrivilegeEscalation=false)'
)
EXCEEDED = (
    "exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=0, "
    "limited: count/configmaps=0"
)
UNSPECIFIED = "failed quota: q: must specify limits.memory for: main; requests.cpu for: main"
NOT_ALLOWED = (
    f'User "{WEAK}" cannot patch resource "configmaps" in API group "" in the namespace "ns"'
)
ESCALATION = (
    f'user "{WEAK}" (groups=["system:serviceaccounts" "system:serviceaccounts:ns" '
    '"system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n'
    '{APIGroups:[""], Resources:["secrets"], ResourceNames:["a"], Verbs:["get"]}\n'
    '{NonResourceURLs:["/metrics"], Verbs:["get"]}'
)
NO_SERVICE = (
    'failed calling webhook "hook.example.com": failed to call webhook: '
    'Post "https://absent.other.svc:443/x?timeout=2s": service "absent" not found'
)
NO_LISTENER = (
    'failed calling webhook "hook.example.com": failed to call webhook: '
    'Post "https://127.0.0.1:1/?timeout=2s": dial tcp 127.0.0.1:1: connect: connection refused'
)
NO_CONVERSION = (
    "conversion webhook for example.com/v1, Kind=Gizmo failed: "
    'Post "https://absent.other.svc:443/?timeout=30s": service "absent" not found'
)
NOT_TYPED = (
    "failed to create typed patch object (ns/x; /v1, Kind=Secret): errors:\n"
    "  .stringData.password: expected string, got &value.valueUnstructured{Value:123456}\n"
    '  .stringData.list: expected string, got &value.valueUnstructured{Value:[]interface {}{"a"}}\n'
    "  .spec.nope: field not declared in schema"
)
NOT_A_MAP = (
    "failed to create typed patch object (ns/x; /v1, Kind=Secret): "
    ".data: expected map, got &{123456\nand more}"
)
NOT_BASE64 = (
    "failed to convert new object (ns/x; /v1, Kind=Secret) to proper version: unable to convert "
    "unstructured object to /v1, Kind=Secret: error decoding from json: illegal base64 data at "
    "input byte 6"
)
CONFLICTS = [
    {
        "reason": "FieldManagerConflict",
        "message": 'conflict with "gitops"',
        "field": ".spec.replicas",
    },
    {
        "reason": "FieldManagerConflict",
        "message": 'conflict with "helm" using apps/v1',
        "field": ".spec.paused",
    },
]
CONFLICTING = (
    'Apply failed with 2 conflicts: conflicts with "gitops":\n- .spec.replicas\n'
    'conflicts with "helm" using apps/v1:\n- .spec.paused'
)
