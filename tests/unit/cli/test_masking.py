from __future__ import annotations

import json

import pytest

from rhoai_operator.cli.masking import HIDDEN, masked, redacted, scrubbed, values_of, without_copy
from rhoai_operator.core.objects import Manifest
from tests.manifests import an


def test_of_a_secret_its_keys_stay() -> None:
    live = an(
        "Secret", data={"a": "aHVudGVyMg=="}, metadata={"annotations": {"last": "aHVudGVyMg=="}}
    )

    found = redacted(live)

    assert found["data"] == {"a": HIDDEN}
    assert "aHVudGVyMg==" not in json.dumps(found)


def test_variables_that_speak_of_a_secret_have_no_value() -> None:
    env = [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "REGION", "value": "north"}]
    live = an("Pod", spec={"containers": [{"name": "a", "env": env}]})

    assert redacted(live)["spec"]["containers"][0]["env"] == [
        {"name": "DB_PASSWORD", "value": HIDDEN},
        {"name": "REGION", "value": "north"},
    ]


def test_the_secret_of_an_oauth_client_is_hidden() -> None:
    assert redacted({**an("OAuthClient"), "secret": "hunter2"})["secret"] == HIDDEN


COPY = "kubectl.kubernetes.io/last-applied-configuration"


def test_kubectls_copy_of_the_object_goes() -> None:
    live = an("ConfigMap", annotations={COPY: '{"data": {"a": "hunter2"}}', "own": "x"})

    assert without_copy(live)["metadata"]["annotations"] == {"own": "x"}


def test_of_a_config_map_what_speaks_of_a_secret_is_hidden() -> None:
    live = an("ConfigMap", data={"db_password": "hunter2", "size": "3", "conf": "token: hunter2"})

    assert redacted(live)["data"] == {
        "db_password": HIDDEN,
        "size": "3",
        "conf": f"token: {HIDDEN}",
    }


def test_where_a_secret_is_stays() -> None:
    volume = {"name": "v", "secret": {"secretName": "tls"}, "tokenPath": "/run/token"}
    live = an("Pod", spec={"volumes": [volume]})

    assert redacted(live)["spec"]["volumes"] == [volume]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Bearer abcdefgh.ijklmnop", f"Authorization: Bearer {HIDDEN}"),
        ("got eyJhbGciOiJSUzI1.eyJzdWIiOiJh.c2ln, went on", f"got {HIDDEN}, went on"),
        ("via http://ann:hunter2@proxy:3128/", f"via http://{HIDDEN}@proxy:3128/"),
        ("password=hunter2 user=ann", f"password={HIDDEN} user=ann"),
        ('{"token": "hunter2", "a": 1}', f'{{"token": {HIDDEN}, "a": 1}}'),
        (f"sha256~{'x' * 43}", HIDDEN),
        ("-----BEGIN RSA PRIVATE KEY-----\nAAA\n-----END RSA PRIVATE KEY-----\n", f"{HIDDEN}\n"),
        ("image quay.io/a/b@sha256:abc of secretName: tls", None),
        ("automountServiceAccountToken: true\nf:secret: {}\nsecret:\n  secretName: tls\n", None),
        ("a known value: hunter22", f"a known value: {HIDDEN}"),
    ],
)
def test_what_looks_like_a_secret_goes_from_texts(text: str, left: str | None) -> None:
    assert scrubbed(text, ["hunter22"]) == (text if left is None else left)


def test_values_of_a_secret_count_as_written_and_as_meant() -> None:
    live = an("Secret", data={"a": "aHVudGVyMg==", "short": "eA=="})

    assert list(values_of(live)) == ["aHVudGVyMg==", "hunter2"]


def test_a_difference_of_an_oauth_clients_secret_shows_neither() -> None:
    before, after = an("OAuthClient", secret="one"), an("OAuthClient", secret="two")  # noqa: S106

    def shown(*pair: Manifest | None) -> list[str]:
        return [live["secret"] for live in masked(*pair) if live]

    assert shown(before, after) == ["*** before", "*** after"]
    assert shown(before, before) == ["***", "***"]
    assert shown(None, after) == ["*** after"]
