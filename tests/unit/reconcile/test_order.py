from __future__ import annotations

import pytest

from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.packed import Packed
from rhoai_operator.reconcile.order import Waves, waiting_for
from tests.fakes.cluster import KINDS, FakeCluster
from tests.fakes.reach import Surroundings
from tests.manifests import an

WIDGET, GADGET = Kind("example.com", "v1", "Widget"), Kind("example.com", "v1", "Gadget")
DEFINED = (WIDGET, GADGET)
CALLED = {"clientConfig": {"service": {"namespace": "ns", "name": "hook"}}}
HOOK = an("ValidatingWebhookConfiguration", webhooks=[{"name": "a", **CALLED}])
SERVICE = an("Service", "hook")
CUSTOM = {**an("ConfigMap"), "apiVersion": "example.com/v1", "kind": "Widget"}


def test_waves_keep_the_order_within_each() -> None:
    kinds = ("Deployment", "Service", "Namespace", "CustomResourceDefinition", "ConfigMap")
    objects = [an(kind, name) for kind in (*kinds, HOOK["kind"], "Widget") for name in "ba"]

    waves = Waves.of(objects)

    def named(wave: tuple[Manifest, ...]) -> list[tuple[str, str]]:
        return [(m["kind"], m["metadata"]["name"]) for m in wave]

    assert named(waves.definitions) == [("CustomResourceDefinition", "b"), (kinds[3], "a")]
    assert named(waves.namespaces) == [("Namespace", "b"), ("Namespace", "a")]
    assert [kind for kind, _ in named(waves.configuration)] == ["Service"] * 2 + ["ConfigMap"] * 2
    assert [kind for kind, _ in named(waves.workloads)] == ["Deployment"] * 2 + ["Widget"] * 2
    assert named(waves.webhooks) == [(HOOK["kind"], "b"), (HOOK["kind"], "a")]


def test_small_definitions_come_before_large_ones() -> None:
    sizes = {"large": 90, "small": 3, "middle": 40}
    objects = [
        Packed(an("CustomResourceDefinition", name, spec={"x": "x" * size}))
        for name, size in sizes.items()
    ]

    found = Waves.of(objects).definitions

    assert [m["metadata"]["name"] for m in found] == ["small", "middle", "large"]


def test_what_binds_roles_comes_after_them() -> None:
    kinds = ("RoleBinding", "Role", "ClusterRoleBinding", "ServiceAccount", "ClusterRole")

    waves = Waves.of(an(kind) for kind in kinds)

    assert [m["kind"] for m in waves.configuration] == ["Role", "ClusterRole", "ServiceAccount"]
    assert [m["kind"] for m in waves.bindings] == ["RoleBinding", "ClusterRoleBinding"]


def said(waits: Change | None) -> str:
    return waits.detail if waits else ""


NOTHING = frozenset[Kind]()
BOTH = frozenset({WIDGET, GADGET})
SAID = "waits until the API server serves "


@pytest.mark.parametrize(
    ("manifest", "served", "reason"),
    [
        pytest.param(an("Deployment"), NOTHING, f"{SAID}Gadget.v1.example.com and 1 more", id="2"),
        pytest.param(an("Deployment"), {GADGET}, f"{SAID}Widget.v1.example.com", id="one-left"),
        pytest.param(an("Deployment"), BOTH, "", id="all-served"),
        pytest.param(CUSTOM, NOTHING, f"{SAID}Widget.v1.example.com", id="custom-resource"),
        pytest.param(CUSTOM, {WIDGET}, "", id="its-own-definition-only"),
        pytest.param(an("ConfigMap"), NOTHING, "", id="needs-no-definition"),
        pytest.param(an("CustomResourceDefinition"), NOTHING, "", id="definition"),
        pytest.param(an("Gizmo"), NOTHING, "", id="defined-by-somebody-else"),
    ],
)
def test_what_waits_for_definitions(
    manifest: Manifest, served: frozenset[Kind], reason: str
) -> None:
    reach = Surroundings(FakeCluster(), served=KINDS | served).reach()

    waits = waiting_for(manifest, DEFINED, (), (), reach)

    assert said(waits) == reason
    if waits:
        own = frozenset({WIDGET}) if manifest is CUSTOM else BOTH
        assert waits == Change(ObjectRef.of(manifest), Action.WAITING, reason, awaits=own - served)


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        pytest.param(an("Deployment"), f"{SAID}Widget.v1.example.com", id="workload"),
        pytest.param(an("ConfigMap"), "", id="configuration"),
        pytest.param(an("CustomResourceDefinition"), "", id="definition"),
    ],
)
def test_only_workloads_wait_for_what_others_define(manifest: Manifest, reason: str) -> None:
    reach = Surroundings(FakeCluster(), served=KINDS | {GADGET}).reach()
    assert said(waiting_for(manifest, {GADGET}, {WIDGET}, (), reach)) == reason


@pytest.mark.parametrize(
    ("hooks", "silent", "reason"),
    [
        pytest.param([CALLED], {"hook"}, "ns/hook", id="nobody-answers"),
        pytest.param([CALLED], set(), "", id="answers"),
        pytest.param(
            [{"clientConfig": {"service": {"namespace": "a", "name": "b"}}}, CALLED],
            {"hook"},
            "ns/hook",
            id="one-of-two",
        ),
        pytest.param([{"clientConfig": {"url": "https://u"}}], {"hook"}, "", id="url"),
        pytest.param([], {"hook"}, "", id="no-webhooks"),
    ],
)
def test_what_waits_for_endpoints(
    hooks: list[dict[str, object]], silent: set[str], reason: str
) -> None:
    reach = Surroundings(FakeCluster(), silent=frozenset(silent)).reach()
    found = waiting_for({**HOOK, "webhooks": hooks}, DEFINED, (), (), reach)
    assert said(found) == (f"waits until Service {reason} has a ready endpoint" if reason else "")


@pytest.mark.parametrize(
    "manifest", [pytest.param(HOOK, id="webhook"), pytest.param(an("Deployment"), id="workload")]
)
def test_what_is_there_already_waits_for_nothing(manifest: Manifest) -> None:
    around = Surroundings(FakeCluster(manifest), silent=frozenset({"hook"}))
    assert waiting_for(manifest, DEFINED, (), (), around.reach()) is None


@pytest.mark.parametrize(
    ("live", "absent", "waits"),
    [
        pytest.param([], True, True, id="could-not-be-made"),
        pytest.param([SERVICE], True, False, id="could-not-be-changed"),
        pytest.param([], False, False, id="somebody-elses"),
    ],
)
def test_webhooks_wait_for_a_service_of_ours_that_is_not_there(
    live: list[Manifest], absent: bool, waits: bool
) -> None:
    refs = {ObjectRef.of(SERVICE)} if absent else set()
    found = waiting_for(HOOK, DEFINED, (), refs, Surroundings(FakeCluster(*live)).reach())
    assert said(found) == ("waits until Service ns/hook has a ready endpoint" if waits else "")
