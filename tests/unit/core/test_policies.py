from __future__ import annotations

import pytest

from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.policies import (
    ApiKind,
    ComposedText,
    Entry,
    Named,
    Policies,
    RandomText,
    Rollout,
    Share,
    is_of_kind,
)

ROUTE = ObjectRef("route.example.com", "Route", "ns", "x", "v1")


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        pytest.param(ApiKind("route.example.com", "v1", "Route"), True, id="exactly"),
        pytest.param(ApiKind("", "", "Route"), True, id="of-any-group"),
        pytest.param(ApiKind("route.example.com", "v2", "Route"), False, id="another-version"),
        pytest.param(ApiKind("", "v1", "Route"), False, id="of-the-core-group"),
        pytest.param(ApiKind("", "", "Gateway"), False, id="another-kind"),
    ],
)
def test_kinds(kind: ApiKind, meant: bool) -> None:
    assert is_of_kind(ROUTE, frozenset({kind})) is meant


def test_what_a_text_is_made_from_is_named_once() -> None:
    text = ComposedText(("a", Entry("s", "b"), Entry("s", "c"), Entry("s", "b")))
    assert text.references == (Entry("s", "b"), Entry("s", "c"))
    assert str(text.references[0]) == "s.b"
    assert RandomText(8).references == ()


def test_what_others_say_of_shared_objects_holds_and_no_more() -> None:
    server, extra = Named("Deployment", "server"), Named("Deployment", "extra")
    config, other = Named("ConfigMap", "config"), Named("ConfigMap", "other")
    recipe = {"key": RandomText(8)}
    its = Policies(
        merged=frozenset({config, other}),
        secrets={"shared": recipe, "its": recipe},
        rollouts=(Rollout(server, (config,)), Rollout(extra, (other,))),
        created_once=frozenset({config}),
    )
    shared = frozenset({server, config, Named("Secret", "shared")})
    own = Policies(
        merged=frozenset({Named("ConfigMap", "own")}),
        secrets={"own": recipe},
        shares=(Share("other", {}, its, shared),),
    )

    found = own.everywhere

    assert found.merged == {config, Named("ConfigMap", "own")}
    assert found.secrets.keys() == {"own", "shared"}
    assert [rollout.workload for rollout in found.rollouts] == [server]
    assert its.everywhere is its
