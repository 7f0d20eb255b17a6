from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.core import trim
from rhoai_operator.core.objects import Manifest, digest
from rhoai_operator.core.version import live_version, same_intent
from tests.manifests import an

OWNER = {"uid": "u1", "kind": "Boss", "name": "boss"}
OURS = {"labels": {"a": "1"}, "annotations": {"b": "1"}, "ownerReferences": [OWNER]}
WEB = an("Deployment", metadata=OURS, spec={"replicas": 1})
CONFIG = an("ConfigMap", metadata=OURS, data={"a": "1"})
HOOK = an(
    "ValidatingWebhookConfiguration",
    metadata=OURS,
    webhooks=[{"name": "h", "clientConfig": {"url": "u"}, "rules": [{"operations": ["CREATE"]}]}],
)
ROLE = an("ClusterRole", rules=[{"resources": ["pods"], "verbs": ["get"]}])
GATHERED = {**ROLE, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "1"}}]}}
SERVICE = an("Service", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
WITH_GENERATION = frozenset({"Deployment", "ValidatingWebhookConfiguration"})


def live(wanted: Manifest, generation: int = 1, *, meta: Any = None, **fields: Any) -> Manifest:
    """Return how an API server shows it, with other fields."""
    own = {"generation": generation} if wanted["kind"] in WITH_GENERATION else {}
    served = {"uid": "uid-1", "resourceVersion": "7", **own}
    return {**wanted, "metadata": {**wanted["metadata"], **served, **(meta or {})}, **fields}


def version(seen: Manifest, wanted: Manifest) -> str:
    return live_version(seen, wanted, digest(wanted))


def hook(**changes: Any) -> dict[str, Any]:
    return {"webhooks": [HOOK["webhooks"][0] | changes]}


def cluster_role(**changes: Any) -> dict[str, Any]:
    return {"rules": [ROLE["rules"][0] | changes]}


NOBODYS = [
    pytest.param(live(WEB, meta={"resourceVersion": "9"}), WEB, id="resource-version"),
    pytest.param(live(WEB, status={"replicas": 1}), WEB, id="status"),
    pytest.param(
        live(WEB, meta={"annotations": {"b": "1", "deployment.kubernetes.io/revision": "2"}}),
        WEB,
        id="others-annotation",
    ),
    pytest.param(live(WEB, meta={"labels": {"a": "1", "z": "1"}}), WEB, id="others-label"),
    pytest.param(
        live(WEB, meta={"ownerReferences": [{"uid": "u2"}, OWNER]}), WEB, id="others-owner"
    ),
    pytest.param(live(CONFIG, data={"a": "1", "b": "2"}), CONFIG, id="others-key"),
    pytest.param(live(CONFIG, binaryData={"b": ""}), CONFIG, id="others-field"),
    pytest.param(live(HOOK, 2), HOOK, id="generation-of-a-webhook-configuration"),
    pytest.param(
        live(HOOK, 2, **hook(clientConfig={"url": "u", "caBundle": "x"})), HOOK, id="ca-bundle"
    ),
    pytest.param(live(HOOK, **hook(timeoutSeconds=10)), HOOK, id="default-of-a-webhook"),
    pytest.param(
        live(SERVICE, spec={**SERVICE["spec"], "clusterIP": "10.0.0.1"}), SERVICE, id="allocated"
    ),
    pytest.param(
        live(an("ConfigMap"), data={"injected": "1"}), an("ConfigMap"), id="content-is-others"
    ),
]
OURS_CHANGED = [
    pytest.param(live(WEB, 2), WEB, id="generation"),
    pytest.param(live(WEB, meta={"labels": {"a": "2"}}), WEB, id="label"),
    pytest.param(live(WEB, meta={"labels": {}}), WEB, id="label-is-gone"),
    pytest.param(live(WEB, meta={"annotations": {}}), WEB, id="annotation"),
    pytest.param(live(WEB, meta={"ownerReferences": []}), WEB, id="owner-is-gone"),
    pytest.param(
        live(WEB, meta={"ownerReferences": [OWNER | {"uid": "u9"}]}), WEB, id="another-owner"
    ),
    pytest.param(live(CONFIG, data={"a": "2"}), CONFIG, id="value"),
    pytest.param(live(CONFIG, data={}), CONFIG, id="value-is-gone"),
    pytest.param(live(CONFIG, meta={"labels": {"a": "2"}}), CONFIG, id="label-without-generation"),
    pytest.param(
        live(HOOK, **hook(rules=[{"operations": ["CREATE", "UPDATE"]}])), HOOK, id="webhook-rules"
    ),
    pytest.param(live(HOOK, webhooks=[]), HOOK, id="webhook-is-gone"),
    pytest.param(live(ROLE, **cluster_role(verbs=["get", "delete"])), ROLE, id="verb-more"),
    pytest.param(live(ROLE, **cluster_role(resourceNames=["x"])), ROLE, id="rule-allows-less"),
    pytest.param(live(ROLE, rules=[*ROLE["rules"], {"verbs": ["*"]}]), ROLE, id="rule-more"),
    pytest.param(
        live(SERVICE, spec={**SERVICE["spec"], "selector": {"app": "web", "version": "2"}}),
        SERVICE,
        id="service-chooses-less",
    ),
]


@pytest.mark.parametrize(("seen", "wanted"), NOBODYS)
def test_what_others_write_is_no_new_version(seen: Manifest, wanted: Manifest) -> None:
    assert version(seen, wanted) == version(live(wanted), wanted)


@pytest.mark.parametrize(("seen", "wanted"), OURS_CHANGED)
def test_what_we_applied_is_a_new_version_when_it_changes(seen: Manifest, wanted: Manifest) -> None:
    assert version(seen, wanted) != version(live(wanted), wanted)


@pytest.mark.parametrize(("seen", "wanted"), NOBODYS + OURS_CHANGED)
def test_a_cached_object_has_the_version_of_the_whole_one(seen: Manifest, wanted: Manifest) -> None:
    assert version(trim.owned(seen), wanted) == version(seen, wanted)


def test_without_metadata_of_ours_the_generation_is_all() -> None:
    bare = an("Deployment", spec={})
    assert version(live(bare, 3, meta={"labels": {"z": "1"}}), bare) == version(live(bare, 3), bare)
    assert version(live(bare, 3), bare).startswith("3-")


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        pytest.param(live(WEB), live(WEB, meta={"resourceVersion": "9"}), True, id="version"),
        pytest.param(live(WEB), live(WEB, meta={"managedFields": [{}]}), True, id="fields"),
        pytest.param(live(WEB), live(WEB, status={"replicas": 1}), True, id="status"),
        pytest.param(live(WEB), live(WEB, 2), False, id="generation"),
        pytest.param(live(WEB), live(WEB, meta={"labels": {}}), False, id="label"),
        pytest.param(live(WEB), live(WEB, meta={"deletionTimestamp": "t"}), False, id="deletion"),
        pytest.param(
            live(WEB),
            live(WEB, meta={"annotations": {"b": "1", "deployment.kubernetes.io/revision": "2"}}),
            True,
            id="revision",
        ),
        pytest.param(
            live(WEB), live(WEB, meta={"annotations": {"b": "2"}}), False, id="annotation"
        ),
        pytest.param(live(GATHERED), live(GATHERED, rules=[]), True, id="rules-of-others"),
        pytest.param(
            live(GATHERED), live(GATHERED, aggregationRule={}), False, id="whose-rules-they-are"
        ),
        pytest.param(live(ROLE), live(ROLE, rules=[]), False, id="own-rules"),
        pytest.param(live(CONFIG), live(CONFIG, status={"x": 1}), True, id="status-of-any"),
        pytest.param(live(CONFIG), live(CONFIG, data={}), False, id="content"),
        pytest.param(live(CONFIG), live(CONFIG, binaryData={"b": ""}), False, id="their-content"),
        pytest.param(
            live(HOOK), live(HOOK, **hook(rules=[])), False, id="webhook-at-one-generation"
        ),
    ],
)
def test_who_has_to_look(before: Manifest, after: Manifest, same: bool) -> None:
    assert same_intent(before, after) is same
    assert same_intent(after, before) is same
