"""What ``component.yaml`` says of objects is in them; shared ones are the same whoever renders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.objects import MANAGED, Manifest, ObjectRef, Owner
from rhoai_operator.core.overrides import Overrides
from rhoai_operator.core.plan import ManagementState, Step
from rhoai_operator.core.policies import ApiKind, Named, Policies, RandomText, Share
from rhoai_operator.render.errors import RenderError, UnknownContainer
from rhoai_operator.render.renderer import Renderer
from rhoai_operator.render.steps import render_step

PREFIX = "app.opendatahub.io/"
MESH = """
apiVersion: v1
kind: ConfigMap
metadata: {name: both, labels: {app.opendatahub.io/extra: "true"}}
data: {size: "{{ size }}"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: own}
"""
CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %s}
spec: {group: example.com, names: {kind: %s}, versions: [{name: v1, served: true}]}
"""
USER = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: user}\n"
BOTH = Named("ConfigMap", "both")
WIDGETS = Named("CustomResourceDefinition", "widgets")


@pytest.fixture
def renderer(tmp_path: Path) -> Renderer:
    """Two components: the user has none of what it shares in its own folder."""
    for path, text in (
        ("mesh/templates/it.yaml.j2", MESH),
        ("mesh/crds/widgets.yaml", CRD % ("widgets", "Widget")),
        ("mesh/crds/gizmos.yaml", CRD % ("gizmos", "Gizmo")),
        ("user/templates/it.yaml.j2", USER),
    ):
        tmp_path.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        tmp_path.joinpath(path).write_text(text)
    return Renderer(tmp_path)


def step(name: str, **policies: Any) -> Step:
    own = Policies(label=f"l-{name}", namespace="apps", **policies)
    return Step(name, name.title(), ManagementState.MANAGED, {"size": 1}, policies=own)


def sharing(renderer: Renderer, **its: Any) -> DesiredState:
    mesh = step("mesh", **its)
    share = Share("mesh", mesh.context, mesh.policies, frozenset({BOTH, WIDGETS}))
    users = dict.fromkeys((BOTH, WIDGETS), frozenset({"l-user", "l-mesh"}))
    return render_step(renderer, step("user", shares=(share,), sharers=users))


def by_name(desired: DesiredState) -> dict[str, Manifest]:
    return {manifest["metadata"]["name"]: manifest for manifest in desired.objects}


def test_nothing_special(renderer: Renderer) -> None:
    found = render_step(renderer, step("user"))
    assert by_name(found)["user"]["metadata"]["labels"] == {
        f"{PREFIX}l-user": "true",
        "app.kubernetes.io/part-of": "l-user",
        "app.kubernetes.io/managed-by": "rhoai-operator",
    }


def test_created_once(renderer: Renderer) -> None:
    once = frozenset({Named("ConfigMap", "own"), Named("Secret", "none")})
    owner = Owner("example.com/v1", "Owner", "o", "1")

    found = by_name(render_step(renderer, step("mesh", created_once=once)).owned_by(owner))

    assert found["own"]["metadata"]["annotations"] == {MANAGED: "false"}
    assert "ownerReferences" not in found["own"]["metadata"]
    assert "annotations" not in found["both"]["metadata"]


def test_optional_kinds(renderer: Renderer) -> None:
    kinds = frozenset({ApiKind("", "", "ConfigMap")})
    found = render_step(renderer, step("mesh", optional_kinds=kinds))
    assert {ref.name for ref in found.optional} == {"both", "own"}


def test_a_secret_without_template_is_made_without_values(renderer: Renderer) -> None:
    recipe = {"key": RandomText(8)}
    found = render_step(renderer, step("user", secrets={"pw": recipe}))

    ref = ObjectRef("", "Secret", "apps", "pw", "v1")
    assert [m["kind"] for m in found.objects] == ["Secret", "Deployment"]
    assert found.sources[ref] == "user/component.yaml"
    secret, deployment = found.objects
    assert secret == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "pw",
            "namespace": "apps",
            "labels": deployment["metadata"]["labels"],
        },
        "type": "Opaque",
    }


def test_a_secret_with_template_is_the_templates(tmp_path: Path) -> None:
    folder = tmp_path / "user" / "templates"
    folder.mkdir(parents=True)
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: pw, namespace: elsewhere}\n"
    folder.joinpath("it.yaml.j2").write_text(text)

    found = render_step(Renderer(tmp_path), step("user", secrets={"pw": {"key": RandomText(8)}}))

    assert [m["metadata"]["namespace"] for m in found.objects] == ["elsewhere"]


def test_what_is_shared_and_nothing_else_comes_from_the_other_folder(renderer: Renderer) -> None:
    found = sharing(renderer)

    names = [manifest["metadata"]["name"] for manifest in found.objects]
    assert names == ["widgets", "both", "user"]
    assert found.defined == {("example.com", "v1", "Widget")}
    assert sorted(found.sources.values()) == [
        "mesh/crds/widgets.yaml",
        "mesh/templates/it.yaml.j2",
        "user/templates/it.yaml.j2",
    ]


def test_what_is_shared_is_the_same_whoever_renders_it(renderer: Renderer) -> None:
    its: dict[str, Any] = {
        "created_once": frozenset({BOTH}),
        "optional_kinds": frozenset({ApiKind("", "", "ConfigMap")}),
    }
    users = dict.fromkeys((BOTH, WIDGETS), frozenset({"l-user", "l-mesh"}))

    theirs = render_step(renderer, step("mesh", sharers=users, **its))
    ours = sharing(renderer, **its)

    for name in ("both", "widgets"):
        assert by_name(ours)[name] == by_name(theirs)[name]
        assert list(by_name(ours)[name]["metadata"]["labels"]) == list(
            by_name(theirs)[name]["metadata"]["labels"]
        )
    assert by_name(ours)["both"]["metadata"]["labels"] == {
        f"{PREFIX}extra": "true",
        f"{PREFIX}l-mesh": "true",
        f"{PREFIX}l-user": "true",
        "app.kubernetes.io/part-of": "l-mesh",
        "app.kubernetes.io/managed-by": "rhoai-operator",
    }
    both = ObjectRef("", "ConfigMap", "", "both", "v1")
    assert (both in ours.optional, both in theirs.optional) == (True, True)


def test_who_is_removed_labels_nothing(renderer: Renderer) -> None:
    users = {BOTH: frozenset({"l-user"})}
    found = by_name(render_step(renderer, step("mesh", sharers=users)))
    assert f"{PREFIX}l-mesh" not in found["both"]["metadata"]["labels"]
    assert found["both"]["metadata"]["labels"]["app.kubernetes.io/part-of"] == "l-mesh"
    assert f"{PREFIX}l-mesh" in found["own"]["metadata"]["labels"]


def test_what_both_folders_have_is_named_with_both(renderer: Renderer, tmp_path: Path) -> None:
    tmp_path.joinpath("user/templates/both.yaml.j2").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: both}\n"
    )
    with pytest.raises(RenderError) as caught:
        sharing(Renderer(tmp_path))
    assert str(caught.value) == (
        "user/templates/both.yaml.j2: ConfigMap both is shared: also in mesh/templates/it.yaml.j2"
    )


WORKLOADS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: server}
spec:
  replicas: 2
  template: {spec: {containers: [{name: main}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: store}
spec:
  replicas: 1
  template: {spec: {containers: [{name: db}]}}
"""


def test_workloads_are_as_users_want_them(tmp_path: Path) -> None:
    templates = tmp_path / "web" / "templates"
    templates.mkdir(parents=True)
    templates.joinpath("it.yaml.j2").write_text(WORKLOADS)
    asked = Overrides(replicas=3, resources={"db": {"limits": {"cpu": "1"}}})
    wanted = replace(step("web", single=frozenset({Named("Deployment", "store")})), overrides=asked)

    found = render_step(Renderer(tmp_path), wanted)

    specs = {ref.name: m["spec"] for m in found.objects for ref in (ObjectRef.of(m),)}
    assert {name: spec["replicas"] for name, spec in specs.items()} == {"server": 3, "store": 1}
    (db,) = specs["store"]["template"]["spec"]["containers"]
    assert db == {"name": "db", "resources": {"limits": {"cpu": "1"}}}
    assert {ref.name: len(paths) for ref, paths in found.insisted.items()} == {
        "server": 1,
        "store": 1,
    }


def test_a_container_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
    templates = tmp_path / "web" / "templates"
    templates.mkdir(parents=True)
    templates.joinpath("it.yaml.j2").write_text(WORKLOADS)
    asked = Overrides(resources={"mian": {"limits": {"cpu": "1"}}})

    with pytest.raises(UnknownContainer) as caught:
        render_step(Renderer(tmp_path), replace(step("web"), overrides=asked))

    field = "spec.components.web.overrides.resources.mian"
    assert str(caught.value) == f"{field}: there is no such container: name one of db, main"
