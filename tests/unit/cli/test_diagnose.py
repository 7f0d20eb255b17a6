from __future__ import annotations

import json

from rhoai_operator.cli.diagnose import HIDDEN, redacted
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
