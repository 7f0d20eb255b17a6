"""What ``component.yaml`` says of single objects, and what comes of it in a cluster."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography import x509

from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.reconcile.rollouts import CONFIG_HASH
from tests.integration.keeping.steps import (
    NAMESPACE,
    OFTEN,
    RBAC,
    SECONDS,
    Open,
    Scene,
    an,
    content,
    ref,
)
from tests.madeup import foreign_api
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers", "audit-log")

LIFE_SECONDS = 60.0
"""Of the certificate; after two thirds of it there is another."""
DOMAIN = ref("v1", "ConfigMap", "provided-domain", "default")
ADDRESS = ref("v1", "ConfigMap", "provided-address")
DEFAULTS = ref("v1", "ConfigMap", "provided-defaults")
MERGED = ref("v1", "ConfigMap", "provided-merged")
THEIRS = ref("v1", "ConfigMap", "provided-theirs")
PASSWORD = ref("v1", "Secret", "provided-password")
CONNECTION = ref("v1", "Secret", "provided-connection")
READER = ref("apps/v1", "Deployment", "provided")
TLS = ref("v1", "Secret", "certified-tls")
AUTHORITY = ref("v1", "Secret", "certified-tls-ca")
CALLER = ref("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "certified", "")
RETIRED = ref(RBAC, "RoleBinding", "provided-everybody")


@pytest.fixture(scope="module")
def scene(open_scene: Open) -> Iterator[Scene]:
    with open_scene() as scene:
        binding = {
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "x"}
        }
        scene.is_there(ref("v1", "Namespace", NAMESPACE, ""))
        scene.apply(an(RETIRED, **binding))
        scene.managed("provided", "certified")
        yield scene
        for what in (DOMAIN, DEFAULTS, THEIRS):
            scene.rest.delete(what)


def test_a_value_that_is_missing_is_waited_for(scene: Scene) -> None:
    message = scene.reads("ProvidedReady", "False/ValueMissing")
    assert "data.domain of ConfigMap default/provided-domain" in message
    assert scene.rest.get(ADDRESS) is None
    assert scene.live(RETIRED)

    scene.apply(an(DOMAIN, data={"domain": "apps.example.com"}))

    scene.reads("ProvidedReady", "True/Ready")
    scene.oracle.settle(SECONDS)


def test_what_must_go_is_gone(scene: Scene) -> None:
    scene.is_gone(RETIRED)


def test_a_value_that_changes_is_read_again(scene: Scene) -> None:
    assert scene.live(ADDRESS)["data"]["url"] == "https://provided.apps.example.com"

    scene.rest.merge(DOMAIN, {"data": {"domain": "elsewhere.example.com"}}, "admin")

    is_data(scene, ADDRESS, "url", "https://provided.elsewhere.example.com")


def test_a_kind_that_is_served_changes_a_value(scene: Scene) -> None:
    assert scene.live(ADDRESS)["data"]["gizmos"] == "false"

    scene.apply(foreign_api("gizmos"))

    is_data(scene, ADDRESS, "gizmos", "true")
    scene.rest.delete(ObjectRef.of(foreign_api("gizmos")))
    is_data(scene, ADDRESS, "gizmos", "false")


def test_a_config_map_is_merged_key_by_key_and_json_within(scene: Scene) -> None:
    theirs = '{\n  "server": {"port": 9, "theme": "dark"},\n  "more": [1, 2]\n}\n'
    scene.rest.merge(MERGED, {"data": {"settings.json": theirs, "mine": "too"}}, "user")

    def settings() -> Any:
        return json.loads(scene.live(MERGED)["data"]["settings.json"])

    ours = {"greeting": "hello", "port": 8080, "theme": "dark"}
    merged = {"server": ours, "more": [1, 2]}
    blocking_until(lambda: settings() == merged, SECONDS, "ours is in, theirs stays")
    assert scene.live(MERGED)["data"]["mine"] == "too"


def test_what_is_no_json_is_not_overwritten(scene: Scene) -> None:
    before = scene.live(MERGED)["data"]["settings.json"]
    scene.rest.merge(MERGED, {"data": {"settings.json": "{no"}}, "user")

    message = scene.reads("ProvidedReady", "False/InvalidJSON")
    assert f"{MERGED}: data.settings.json" in message
    assert scene.live(MERGED)["data"]["settings.json"] == "{no"

    scene.rest.merge(MERGED, {"data": {"settings.json": before}}, "user")
    scene.reads("ProvidedReady", "True/Ready")


def test_secrets_are_made_once_and_refer_to_each_other(scene: Scene) -> None:
    password, url = secret(scene, PASSWORD, "root"), secret(scene, CONNECTION, "url")
    assert len(password) == 32
    assert url == f"db://root:{password}@db:5432"

    scene.view.apply("DataScienceCluster", "default-dsc", greeting("good day"))
    scene.restart()

    is_data(scene, MERGED, "greeting", "good day")
    scene.oracle.settle(SECONDS)
    assert (secret(scene, PASSWORD, "root"), secret(scene, CONNECTION, "url")) == (password, url)
    log = scene.operator.log.read_text()
    assert password not in log


def test_a_text_follows_a_password_that_a_user_has_changed(scene: Scene) -> None:
    scene.rest.merge(PASSWORD, {"stringData": {"root": "changed-by-me"}}, "user")

    def follows() -> bool:
        return secret(scene, CONNECTION, "url") == "db://root:changed-by-me@db:5432"

    blocking_until(follows, SECONDS, "the text holds the new password")
    assert secret(scene, PASSWORD, "root") == "changed-by-me"


def test_a_secret_that_is_deleted_has_the_same_password_again(scene: Scene) -> None:
    scene.rest.delete(PASSWORD)

    scene.is_there(PASSWORD)

    assert secret(scene, PASSWORD, "root") == "changed-by-me"
    assert secret(scene, CONNECTION, "url") == "db://root:changed-by-me@db:5432"


@pytest.mark.parametrize("which", ["merged", "generated", "of-others"])
def test_pods_are_replaced_when_what_they_read_changes(scene: Scene, which: str) -> None:
    scene.oracle.settle(SECONDS)
    before = config_hash(scene)
    assert before

    if which == "merged":
        scene.rest.merge(MERGED, {"data": {"mine": "else"}}, "user")
    elif which == "generated":
        scene.rest.merge(PASSWORD, {"stringData": {"root": "again"}}, "user")
    else:
        scene.apply(an(THEIRS, data={"any": "thing"}))

    blocking_until(lambda: config_hash(scene) != before, SECONDS, "the pod template changes")
    scene.oracle.settle(SECONDS)


def test_a_service_has_a_certificate_that_its_callers_trust(scene: Scene) -> None:
    live = scene.live(TLS)
    (serving,) = certificates(live, "tls.crt")
    names = serving.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert f"certified.{NAMESPACE}.svc" in names.get_values_for_type(x509.DNSName)
    assert live["data"]["tls.key"]
    assert trusts(scene, serving)
    assert {TLS, AUTHORITY, CALLER} <= scene.inventory("certified")


def test_a_bundle_that_is_taken_out_is_put_in_again(scene: Scene) -> None:
    before = bundle(scene)
    (hook,) = scene.live(CALLER)["webhooks"]
    service = {"service": hook["clientConfig"]["service"]}

    scene.rest.merge(CALLER, {"webhooks": [{**hook, "clientConfig": service}]}, "somebody")

    blocking_until(lambda: bundle(scene) == before, SECONDS, "the bundle is there again")


def test_a_restart_makes_no_new_one(scene: Scene) -> None:
    before = scene.live(TLS)["metadata"]["resourceVersion"]

    scene.restart()

    assert scene.live(TLS)["metadata"]["resourceVersion"] == before


def test_nothing_is_asked_or_written_at_rest(scene: Scene) -> None:
    scene.restart(**OFTEN)
    before = [content(scene.live(what)) for what in (MERGED, PASSWORD, CONNECTION, READER)]

    scene.is_silent(resyncs=4)

    after = [content(scene.live(what)) for what in (MERGED, PASSWORD, CONNECTION, READER)]
    assert after == before


def test_what_is_created_once_is_the_users(scene: Scene) -> None:
    live = scene.live(DEFAULTS)["metadata"]
    assert "ownerReferences" not in live
    assert DEFAULTS not in scene.inventory("provided")
    mark = scene.mark()

    scene.rest.merge(DEFAULTS, {"data": {"colour": "green"}}, "user")

    scene.resynced(2)
    assert not [w for w in scene.writes(mark) if "provided" in w]
    assert scene.live(DEFAULTS)["data"]["colour"] == "green"


def test_no_secret_is_made_anew_while_something_is_missing(scene: Scene) -> None:
    before = [scene.live(what) for what in (PASSWORD, CONNECTION)]
    domain = scene.live(DOMAIN)["data"]

    scene.rest.delete(DOMAIN)

    scene.reads("ProvidedReady", "False/ValueMissing")
    scene.is_silent(resyncs=4)
    scene.apply(an(DOMAIN, data=domain))
    scene.reads("ProvidedReady", "True/Ready")
    assert [scene.live(what) for what in (PASSWORD, CONNECTION)] == before


def test_it_is_replaced_before_it_ends_and_callers_trust_both(scene: Scene) -> None:
    scene.restart()  # without resyncs: nothing tells it but the time
    (before,) = certificates(scene.live(TLS), "tls.crt")

    def is_new() -> bool:
        return certificates(scene.live(TLS), "tls.crt") != [before]

    blocking_until(is_new, LIFE_SECONDS, "another certificate serves")
    (after,) = certificates(scene.live(TLS), "tls.crt")
    assert after.not_valid_before_utc < before.not_valid_after_utc
    assert trusts(scene, before)
    assert trusts(scene, after)
    end = after.not_valid_after_utc.timestamp()
    blocking_until(lambda: told_end(scene, TLS) == end, SECONDS, "the metric tells its end")
    scene.oracle.settle(SECONDS)


def greeting(text: str) -> dict[str, Any]:
    return {
        "components": {
            "provided": {"managementState": "Managed", "greeting": text},
            "certified": {"managementState": "Managed"},
        }
    }


def told_end(scene: Scene, secret: ObjectRef) -> float:
    """Return when a certificate ends, as SREs read it; 0 where nothing tells."""
    label = f'{{certificate="{secret.namespace}/{secret.name}"}}'
    name = f"rhoai_operator_certificate_expiration_timestamp_seconds{label} "
    lines = scene.operator.get("/metrics").splitlines()
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


def is_data(scene: Scene, what: ObjectRef, key: str, wanted: str) -> None:
    def is_so() -> bool:
        return bool(scene.live(what)["data"].get(key) == wanted)

    blocking_until(is_so, SECONDS, f"{key} of {what} is {wanted}")


def secret(scene: Scene, what: ObjectRef, key: str) -> str:
    return b64decode(scene.live(what)["data"][key]).decode()


def config_hash(scene: Scene) -> str:
    template = scene.live(READER)["spec"]["template"]["metadata"]
    return str(template["annotations"][CONFIG_HASH])


def certificates(live: Manifest, key: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(b64decode(live["data"][key]))


def bundle(scene: Scene) -> str:
    (hook,) = scene.live(CALLER)["webhooks"]
    return str(hook["clientConfig"].get("caBundle", ""))


def trusts(scene: Scene, serving: x509.Certificate) -> bool:
    """Tell whether one of the authorities in the webhook's bundle has signed a certificate."""
    found = x509.load_pem_x509_certificates(b64decode(bundle(scene)))
    return any(authority.subject == serving.issuer for authority in found)
