from __future__ import annotations

from typing import Any

import pytest

from rhoai_operator.catalog.checks import first_fault
from rhoai_operator.catalog.definition import ComponentDefinition

CONFIG = {"kind": "ConfigMap", "name": "c"}
SECRETS = {"a": {"k": {"random": 8}}, "b": {"k": {"text": "$(a.k)"}}}


def fault(**components: dict[str, Any]) -> tuple[str, str] | None:
    given = {
        name: ComponentDefinition.model_validate(
            {"name": name, "kind": name.title(), "description": "", **fields}
        )
        for name, fields in components.items()
    }
    return first_fault(given)


@pytest.mark.parametrize(
    ("components", "name", "says"),
    [
        pytest.param({"web": {"requires": ["x1"]}}, "web", "no such component: x1", id="stranger"),
        pytest.param({"web": {"requires": ["web"]}}, "web", "web requires web", id="itself"),
        pytest.param(
            {"web": {"requires": ["job"]}, "job": {"requires": ["web"]}},
            "",
            "requires itself: ",
            id="circle",
        ),
        pytest.param(
            {"web": {}, "job": {"kind": "Web"}}, "job", "kind Web is component web's", id="kind"
        ),
        pytest.param(
            {"web": {}, "job": {"legacyName": "web"}}, "job", "legacyName web is", id="legacy-name"
        ),
        pytest.param(
            {"web": {"secrets": SECRETS}, "job": {"secrets": SECRETS}},
            "job",
            "secret a is component web's already",
            id="secret",
        ),
        pytest.param(
            {"web": {}, "one": {"sharedBy": ["web"]}, "two": {"sharedBy": ["one"]}},
            "two",
            "sharedBy one, which has no field",
            id="shared-by-what-is-shared",
        ),
        pytest.param(
            {"base": {"owner": "DSCInitialization"}, "one": {"sharedBy": ["base"]}},
            "one",
            "sharedBy base, which has no field",
            id="shared-by-a-service",
        ),
        pytest.param({"web": {"shares": {"web": []}}}, "web", "with itself", id="with-itself"),
        pytest.param(
            {"base": {"owner": "DSCInitialization"}, "web": {"shares": {"base": []}}},
            "web",
            "shares objects with base, which another kind owns",
            id="another-owner",
        ),
        pytest.param(
            {"web": {}, "job": {}, "both": {"shares": {"web": [CONFIG], "job": [CONFIG]}}},
            "both",
            "shares ConfigMap c with web and with job",
            id="from-two",
        ),
        pytest.param(
            {
                "web": {},
                "job": {"shares": {"web": [CONFIG]}},
                "guest": {"shares": {"job": [CONFIG]}},
            },
            "guest",
            "shares ConfigMap c with job: job itself has it from web",
            id="from-one-that-has-it-from-another",
        ),
        pytest.param(
            {
                "web": {"secrets": SECRETS},
                "job": {"shares": {"web": [{"kind": "Secret", "name": "b"}]}},
            },
            "job",
            "shares Secret b with web without Secret a, which it is made from",
            id="half-of-two-secrets",
        ),
    ],
)
def test_faults(components: dict[str, dict[str, Any]], name: str, says: str) -> None:
    found = fault(**components)
    assert found is not None
    assert says in found[1]
    assert not name or found[0] == name


def test_nothing_is_wrong() -> None:
    secrets = [{"kind": "Secret", "name": name} for name in SECRETS]
    found = fault(
        web={"secrets": SECRETS},
        job={"shares": {"web": [CONFIG, *secrets]}, "requires": ["web"]},
        one={"sharedBy": ["web", "job"], "requires": ["web", "job"]},
    )
    assert found is None
