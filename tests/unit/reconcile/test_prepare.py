"""The newest live objects decide, and where none do, nothing is asked."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.hidden import GENERATED
from rhoai_operator.core.objects import MANAGED, Manifest, ObjectRef
from rhoai_operator.core.policies import (
    ComposedText,
    Entry,
    Foreign,
    Named,
    Policies,
    RandomText,
    Rollout,
    SecretField,
    Share,
)
from rhoai_operator.reconcile.held import Held
from rhoai_operator.reconcile.prepare import looked_at, prepare
from rhoai_operator.reconcile.rollouts import CONFIG_HASH
from tests.manifests import an

NOW = datetime(2025, 1, 1, tzinfo=UTC)
SETTINGS = an("ConfigMap", "settings", data={"json": '{"a": 1}'})
PASSWORDS = an("Secret", "passwords")
SERVER = an("Deployment", "server", spec={"template": {"spec": {}}})
MERGED = Policies(merged=frozenset({Named("ConfigMap", "settings")}))
SECRETS = Policies(secrets={"passwords": {"root": RandomText(16)}})


class Live:
    """Answers like a cache in front of an API server."""

    def __init__(self, *server: Manifest, cached: Iterable[Manifest] | None = None) -> None:
        self._server = {ObjectRef.of(m): m for m in server}
        remembered = server if cached is None else cached
        self._cache = {ObjectRef.of(m): m for m in remembered}
        self.looked: set[ObjectRef] = set()
        self.asked: list[ObjectRef] = []

    async def __call__(self, ref: ObjectRef, *, fresh: bool = False) -> Manifest | None:
        self.looked.add(ref)
        if not fresh and ref in self._cache:
            return self._cache[ref]
        self.asked.append(ref)
        return self._server.get(ref)


def secret(name: str, annotations: dict[str, str] | None = None, **values: str) -> Manifest:
    data = {key: b64encode(value.encode()).decode() for key, value in values.items()}
    return an("Secret", name, annotations=annotations, data=data)


async def prepared(policies: Policies, look: Live, *objects: Manifest) -> dict[str, Manifest]:
    desired = DesiredState(objects)
    found, due = await prepare(desired, policies, look, frozenset(), NOW)
    assert due is None
    assert look.looked == looked_at(desired, policies)
    assert [ObjectRef.of(m) for m in found.objects] == [ObjectRef.of(m) for m in objects]
    return {manifest["metadata"]["name"]: manifest for manifest in found.objects}


def value(manifest: Manifest, key: str) -> str:
    return b64decode(manifest["data"][key]).decode()


def config(found: dict[str, Manifest]) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(found["settings"]["data"]["json"])
    return decoded


async def test_nothing_special_is_passed_on_as_it_is() -> None:
    look, desired = Live(), DesiredState((SETTINGS, SERVER))
    policies = Policies(label="web", created_once=frozenset({Named("ConfigMap", "settings")}))
    found, _ = await prepare(desired, policies, look, frozenset(), NOW)
    assert found is desired
    assert look.looked == set()


async def test_what_templates_do_not_give_is_passed_over() -> None:
    policies = Policies(
        merged=MERGED.merged,
        rollouts=(Rollout(Named("Deployment", "other"), (Named("ConfigMap", "far"),)),),
    )
    assert await prepared(policies, Live(), SERVER) == {"server": SERVER}


async def test_a_users_field_in_json_stays() -> None:
    look = Live({**SETTINGS, "data": {"json": '{"b": 2}'}})
    assert config(await prepared(MERGED, look, SETTINGS)) == {"b": 2, "a": 1}


async def test_where_nothing_differs_nothing_is_asked() -> None:
    text = '{"b":2,"a":1}'
    look = Live({**SETTINGS, "data": {"json": text}})
    found = await prepared(MERGED, look, SETTINGS)
    assert found["settings"]["data"]["json"] == text
    assert look.asked == []


async def test_an_old_copy_overwrites_no_field() -> None:
    old = {**SETTINGS, "data": {"json": '{"b": 2}'}}
    look = Live({**SETTINGS, "data": {"json": '{"b": 3}'}}, cached=[old])
    assert config(await prepared(MERGED, look, SETTINGS)) == {"b": 3, "a": 1}


async def test_it_is_known_of_what_an_object_was_made() -> None:
    live = {**SETTINGS, "metadata": {**SETTINGS["metadata"], "resourceVersion": "7"}}
    desired, policies = (
        DesiredState((SETTINGS, PASSWORDS)),
        replace(MERGED, secrets=SECRETS.secrets),
    )

    found, _ = await prepare(desired, policies, Live(live), frozenset(), NOW)

    assert found.made_of == {ObjectRef.of(SETTINGS): "7"}


async def test_invalid_json_holds_unless_it_was_corrected_meanwhile() -> None:
    broken = {**SETTINGS, "data": {"json": "{"}}
    with pytest.raises(Held, match=r"^ConfigMap ns/settings: data\.json is not JSON"):
        await prepared(MERGED, Live(broken), SETTINGS)
    look = Live({**SETTINGS, "data": {"json": "{}"}}, cached=[broken])
    assert config(await prepared(MERGED, look, SETTINGS)) == {"a": 1}


async def test_a_secret_is_made_once() -> None:
    first = (await prepared(SECRETS, Live(), PASSWORDS))["passwords"]
    assert len(value(first, "root")) == 16
    assert GENERATED in repr(first)

    look = Live(first)
    again = (await prepared(SECRETS, look, PASSWORDS))["passwords"]

    assert again == first
    assert look.asked == []


async def test_an_old_copy_rotates_no_secret() -> None:
    look = Live(secret("passwords", root="pw"), cached=[PASSWORDS])
    assert value((await prepared(SECRETS, look, PASSWORDS))["passwords"], "root") == "pw"


async def test_a_missing_key_is_filled_in() -> None:
    found = await prepared(SECRETS, Live(secret("passwords", other="x")), PASSWORDS)
    assert found["passwords"]["data"].keys() == {"root"}


async def test_the_template_of_a_secret_says_what_it_is() -> None:
    template = an("Secret", "passwords", type="example.com/login", stringData={"user": "me"})
    found = (await prepared(SECRETS, Live(), template))["passwords"]
    assert (found["type"], found["stringData"]) == ("example.com/login", {"user": "me"})


ROLLOUT = Policies(
    rollouts=(
        Rollout(
            Named("Deployment", "server"),
            (Named("ConfigMap", "settings"), Named("Secret", "passwords"), Named("Secret", "far")),
        ),
    )
)


async def hashed(policies: Policies, live: Iterable[Manifest], *objects: Manifest) -> str:
    found = await prepared(policies, Live(*live), *objects, SERVER)
    return str(found["server"]["spec"]["template"]["metadata"]["annotations"][CONFIG_HASH])


async def test_pods_are_replaced_when_what_we_render_changes() -> None:
    other = {**SETTINGS, "data": {"json": "{}"}}
    one = await hashed(ROLLOUT, [], SETTINGS)
    assert one == await hashed(ROLLOUT, [], SETTINGS)
    assert one != await hashed(ROLLOUT, [], other)
    assert one == await hashed(ROLLOUT, [other], SETTINGS)


async def test_pods_are_replaced_when_an_object_of_others_changes() -> None:
    found = {await hashed(ROLLOUT, [secret("far", key=text)]) for text in ("a", "b")}
    assert len({*found, await hashed(ROLLOUT, [])}) == 3


async def test_pods_are_replaced_when_a_user_adds_to_a_merged_config_map() -> None:
    policies = Policies(rollouts=ROLLOUT.rollouts, merged=MERGED.merged)
    lives: list[dict[str, str]] = [{}, {"json": '{"b": 1}'}, {"own": "x"}]
    found = {await hashed(policies, [{**SETTINGS, "data": d}], SETTINGS) for d in lives}
    assert len(found) == 3


async def test_pods_are_replaced_when_a_user_edits_what_is_his() -> None:
    once = an("ConfigMap", "settings", annotations={MANAGED: "false"}, data={"a": "1"})
    found = [await hashed(ROLLOUT, [{**once, "data": {"a": a}}], once) for a in ("1", "2")]
    assert found[0] == await hashed(ROLLOUT, [], once)
    assert found[1] == await hashed(ROLLOUT, [an("ConfigMap", "settings", data={"a": "2"})], once)
    assert found[0] != found[1]


async def test_pods_are_replaced_when_a_generated_value_is_lost() -> None:
    policies = Policies(rollouts=ROLLOUT.rollouts, secrets=SECRETS.secrets)
    live = [secret("passwords", root="pw")]
    one = await hashed(policies, live, PASSWORDS)
    assert one == await hashed(policies, live, PASSWORDS)
    assert one != await hashed(policies, [], PASSWORDS)


async def test_texts_refer_across_secrets() -> None:
    link = {"text": ComposedText(("pw=", Entry("passwords", "root")))}
    policies = Policies(secrets={**SECRETS.secrets, "link": link})
    found = await prepared(policies, Live(), PASSWORDS, an("Secret", "link"))
    assert value(found["link"], "text") == f"pw={value(found['passwords'], 'root')}"


async def test_what_another_says_of_a_shared_object_holds_here_too() -> None:
    shared = frozenset({Named("ConfigMap", "settings")})
    policies = Policies(shares=(Share("other", {}, MERGED, shared),))
    look = Live({**SETTINGS, "data": {"json": '{"b": 2}'}})
    assert config(await prepared(policies, look, SETTINGS)) == {"b": 2, "a": 1}


CLIENT = an("OAuthClient", "client", secret="", grantMethod="auto")
CLIENT_FIELD = SecretField(Named("OAuthClient", "client"), ("secret",), Entry("passwords", "root"))


async def test_a_generated_value_stands_in_another_object_as_well() -> None:
    policies = replace(SECRETS, secret_fields=(CLIENT_FIELD,))
    known = secret("passwords", root="old password")

    found = await prepared(policies, Live(known), PASSWORDS, CLIENT)

    assert found["client"] == {**CLIENT, "secret": "old password"}
    assert "old password" not in repr(found["client"])


async def test_a_value_made_now_is_the_same_in_both() -> None:
    policies = replace(SECRETS, secret_fields=(CLIENT_FIELD,))
    found = await prepared(policies, Live(), PASSWORDS, CLIENT)
    assert found["client"]["secret"] == value(found["passwords"], "root")


ARGO = an("CustomResourceDefinition", "workflows.argoproj.io")
LABELLED = {"labels": {"app.opendatahub.io/pipes": "true"}}
OURS_ONLY = Policies(
    label="pipes",
    foreign={Named("CustomResourceDefinition", ARGO["metadata"]["name"]): Foreign("Argo", "go")},
)


@pytest.mark.parametrize("labels", [{}, {"app.opendatahub.io/pipes": "false"}])
async def test_what_is_somebody_elses_holds_the_component(labels: dict[str, str]) -> None:
    theirs = an("CustomResourceDefinition", "workflows.argoproj.io", metadata={"labels": labels})

    with pytest.raises(Held) as caught:
        await prepare(DesiredState((ARGO,)), OURS_ONLY, Live(theirs), frozenset(), NOW)

    text = "CustomResourceDefinition workflows.argoproj.io is there without the label"
    assert caught.value.reason == "Argo"
    assert str(caught.value) == f"{text} app.opendatahub.io/pipes: go"


@pytest.mark.parametrize(
    "live",
    [
        pytest.param((), id="nobodys"),
        pytest.param(
            (an("CustomResourceDefinition", "workflows.argoproj.io", metadata=LABELLED),), id="ours"
        ),
    ],
)
async def test_what_is_ours_does_not(live: tuple[Manifest, ...]) -> None:
    desired = DesiredState((ARGO,))
    assert await prepare(desired, OURS_ONLY, Live(*live), frozenset(), NOW) == (desired, None)


MAKER = {"labels": {"app.kubernetes.io/managed-by": "rhoai-operator"}}
SPEC_ENTRY = {"manager": "dashboard", "fieldsV1": {"f:spec": {"f:enabled": {}}}}
LABEL_ENTRY = {"manager": "kubectl", "fieldsV1": {"f:metadata": {"f:labels": {"f:x": {}}}}}
PROFILE = an("AcceleratorProfile", "gpu", spec={"enabled": True})


@pytest.mark.parametrize(
    ("metadata", "is_theirs"),
    [
        pytest.param({**MAKER, "managedFields": [SPEC_ENTRY]}, True, id="edited"),
        pytest.param({**MAKER, "managedFields": [LABEL_ENTRY]}, False, id="labelled"),
        pytest.param(MAKER, False, id="as-we-made-it"),
        pytest.param({}, True, id="made-by-somebody"),
    ],
)
async def test_what_users_edit_is_theirs(metadata: dict[str, Any], is_theirs: bool) -> None:
    live = an("AcceleratorProfile", "gpu", metadata=metadata, spec={"enabled": False})
    policies = Policies(until_edited=frozenset({"AcceleratorProfile"}))

    found, _ = await prepare(DesiredState((PROFILE,)), policies, Live(live), frozenset(), NOW)

    ref = ObjectRef.of(PROFILE)
    assert found.given_up == (frozenset({ref}) if is_theirs else frozenset())
    assert (ref in found.inventory.records) is not is_theirs
