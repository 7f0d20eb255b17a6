"""Every key of ``component.yaml`` arrives where the engine looks for it, namespaces resolved."""

from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.namespaces import Namespaces
from rhoai_operator.catalog.policies import policies_of, values_of
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.policies import (
    ApiKind,
    ComposedText,
    Entry,
    Named,
    Policies,
    RandomText,
    Rollout,
)
from rhoai_operator.core.values import ABSENT, ObjectValue, ServedValue

NAMESPACES = Namespaces("apps", "watch", "mesh")
BINDING = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "name": "old"}


def definition(**fields: Any) -> ComponentDefinition:
    named = {"name": "web", "kind": "Web", "description": "", "label": {"odh": "legacy"}}
    return ComponentDefinition.model_validate({**named, **fields})


def policies(**fields: Any) -> Policies:
    return policies_of(definition(**fields), "odh", NAMESPACES)


def test_nothing_said() -> None:
    assert policies() == Policies(label="legacy", namespace="apps")


@pytest.mark.parametrize(
    ("fields", "name", "expected"),
    [
        ({"requires": ["job"]}, "requires", {"job"}),
        ({"needsApis": ["Pod.v1"]}, "needs_apis", {ApiKind("", "v1", "Pod")}),
        (
            {"createdOnce": [{"kind": "ConfigMap", "name": "c"}]},
            "created_once",
            {Named("ConfigMap", "c")},
        ),
        ({"mergedConfigMaps": ["c"]}, "merged", {Named("ConfigMap", "c")}),
        (
            {"secrets": {"s": {"k": {"random": 9}, "t": {"text": "a$(k)"}}}},
            "secrets",
            {"s": {"k": RandomText(9), "t": ComposedText(("a", Entry("s", "k")))}},
        ),
        (
            {"optionalKinds": ["Route", "Pod.v1"]},
            "optional_kinds",
            {ApiKind("", "", "Route"), ApiKind("", "v1", "Pod")},
        ),
        (
            {
                "rollouts": [
                    {
                        "kind": "Deployment",
                        "name": "d",
                        "configs": [{"kind": "Secret", "name": "s"}],
                    }
                ]
            },
            "rollouts",
            (Rollout(Named("Deployment", "d"), (Named("Secret", "s"),)),),
        ),
        (
            {"retired": [{**BINDING, "namespace": "$applications"}, {**BINDING, "namespace": "x"}]},
            "retired",
            tuple(
                ObjectRef("rbac.authorization.k8s.io", "RoleBinding", namespace, "old", "v1")
                for namespace in ("apps", "x")
            ),
        ),
    ],
)
def test_each_key(fields: dict[str, Any], name: str, expected: object) -> None:
    assert getattr(policies(**fields), name) == expected


def test_values() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "namespace": "$monitoring", "name": "s"}
    given = {
        "crt": {**secret, "path": r"data.tls\.crt"},
        "maybe": {**secret, "path": "data.x", "default": None},
        "pods": {"serves": "Pod.v1"},
    }
    ref = ObjectRef("", "Secret", "watch", "s", "v1")

    found = list(values_of(definition(values=given), NAMESPACES, "web."))

    assert found == [
        ObjectValue("web.crt", ref, ("data", "tls.crt"), ABSENT),
        ObjectValue("web.maybe", ref, ("data", "x"), None),
        ServedValue("web.pods", ApiKind("", "v1", "Pod")),
    ]
