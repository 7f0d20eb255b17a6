"""What somebody may do to an object: edits of fields that the operator states, as merge patches."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from rhoai_operator.core.objects import Manifest

Patch: TypeAlias = Mapping[str, Any]
Edit: TypeAlias = Callable[[Manifest], Patch]
"""From the live object to the patch."""


def _metadata(**fields: Any) -> Edit:
    return lambda _: {"metadata": fields}


def _containers(live: Manifest) -> Patch:
    template = copy.deepcopy(live["spec"]["template"])
    for container in template["spec"]["containers"]:
        container["image"] = "registry.example.com/somebody:else"
    return {"spec": {"template": template}}


def _data(live: Manifest) -> Patch:
    return {"data": {key: _other(text) for key, text in live["data"].items()}}


def _other(text: str) -> str:
    """Change a value; what is merged as JSON stays JSON, as else it would hold the component."""
    try:
        found = json.loads(text)
    except ValueError:
        return "changed"
    return json.dumps(dict.fromkeys(found, 0) | {"somebody": 1} if isinstance(found, dict) else 0)


def _pod_labels(_: Manifest) -> Patch:
    labels = {"app.kubernetes.io/part-of": "something-else"}
    return {"spec": {"template": {"metadata": {"labels": labels}}}}


def _ports(live: Manifest) -> Patch:
    ports = [{**port, "port": port["port"] + 1000} for port in live["spec"]["ports"]]
    return {"spec": {"ports": ports}}


def _webhooks(live: Manifest) -> Patch:
    return {"webhooks": [{**webhook, "timeoutSeconds": 2} for webhook in live["webhooks"]]}


def _rules(live: Manifest) -> Patch:
    if live.get("aggregationRule"):  # its rules are not the operator's
        return {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"no": "body"}}]}}
    return {"rules": []}


EVERY_KIND: tuple[Edit, ...] = (
    _metadata(labels={"app.kubernetes.io/managed-by": None}),
    _metadata(labels={"app.kubernetes.io/managed-by": "somebody"}),
    _metadata(labels={"app.kubernetes.io/part-of": "something-else"}),
    _metadata(ownerReferences=None),
)
BY_KIND: Mapping[str, tuple[Edit, ...]] = {
    "ClusterRole": (_rules,),
    "ClusterRoleBinding": (lambda _: {"subjects": []},),
    "ConfigMap": (_data,),
    "Deployment": (
        _containers,
        lambda _: {
            "spec": {"template": {"metadata": {"labels": {"app.kubernetes.io/part-of": "?"}}}}
        },
    ),
    "Gizmo": (lambda _: {"spec": {"size": 4}}, lambda _: {"spec": None}),
    "NetworkPolicy": (lambda _: {"spec": {"podSelector": {"matchLabels": {"app": "else"}}}},),
    "Hook": (lambda _: {"spec": {"line": "hemp"}},),
    "Role": (_rules,),
    "RoleBinding": (lambda _: {"subjects": []},),
    "Secret": (lambda live: {"data": {next(iter(live["data"])): None}},),
    "Service": (lambda _: {"spec": {"selector": {"app": "somebody-else"}}}, _ports),
    "ValidatingWebhookConfiguration": (_webhooks, lambda _: {"webhooks": None}),
}
"""Beside those of every kind."""


def edits_of(kind: str) -> tuple[Edit, ...]:
    """Return all edits of a kind."""
    return EVERY_KIND + 2 * BY_KIND.get(kind, ())
