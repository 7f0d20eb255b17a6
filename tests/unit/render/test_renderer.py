"""Templates become labelled objects in apply order; what cannot, names file and object."""

from __future__ import annotations

import json
from pathlib import Path, PurePath
from typing import Any

import pytest

from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.render.errors import RenderError
from rhoai_operator.render.renderer import Renderer

RAY = ComponentDefinition(name="ray", kind="Ray", description="", label={"rhoai": "rhods-ray"})
CM = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
OPTIONAL = "rhoai.opendatahub.io/optional"
CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  versions: [{name: v1, schema: {openAPIV3Schema: {$ref: Thing}}}]
"""


def write(root: Path, file: str, text: str) -> Path:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return root


def template(root: Path, text: str, name: str = "it") -> Path:
    return write(root, f"ray/templates/{name}.yaml.j2", text)


def test_objects_get_the_labels_of_their_component_on_the_platform(tmp_path: Path) -> None:
    named = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {mine: '1'}}"
    template(tmp_path, named)

    (found,) = Renderer(tmp_path).render(RAY, "rhoai", {}).objects

    assert found["metadata"]["labels"] == {
        "mine": "1",
        "app.opendatahub.io/rhods-ray": "true",
        "app.kubernetes.io/part-of": "rhods-ray",
        "app.kubernetes.io/managed-by": "rhoai-operator",
    }


def test_upstreams_managed_by_is_replaced(tmp_path: Path) -> None:
    helm = "metadata: {name: a, labels: {app.kubernetes.io/managed-by: helm}}"
    template(tmp_path, f"apiVersion: v1\nkind: ConfigMap\n{helm}")

    (found,) = Renderer(tmp_path).render(RAY, "odh", {}).objects

    assert found["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "rhoai-operator"


def test_selectors_and_pod_labels_are_the_templates_own(tmp_path: Path) -> None:
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {}}}}
    template(
        tmp_path, f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\nspec: {spec}"
    )

    (found,) = Renderer(tmp_path).render(RAY, "odh", {}).objects

    assert found["spec"] == spec


def test_objects_come_in_apply_order_from_all_files(tmp_path: Path) -> None:
    template(tmp_path, CM.replace("ConfigMap", "Deployment"), "1")
    template(tmp_path, f"---\n---\n{CM}", "sub/2")
    write(tmp_path, "ray/crds/things.yaml", CRD)
    write(tmp_path, "core-types.yaml", "Thing: {type: object}")

    found = Renderer(tmp_path).render(RAY, "odh", {}).objects

    assert [o["kind"] for o in found] == ["CustomResourceDefinition", "ConfigMap", "Deployment"]


def test_the_optional_mark_becomes_a_fact_of_the_desired_state(tmp_path: Path) -> None:
    marked = f"metadata: {{name: b, annotations: {{{OPTIONAL}: 'true'}}}}"
    template(tmp_path, f"{CM}---\napiVersion: v1\nkind: Secret\n{marked}")

    desired = Renderer(tmp_path).render(RAY, "odh", {})

    assert [str(ref) for ref in desired.optional] == ["Secret b"]
    assert not [o for o in desired.objects if "annotations" in o["metadata"]]


def test_other_annotations_stay(tmp_path: Path) -> None:
    noted = f"metadata: {{name: b, annotations: {{a: b, {OPTIONAL}: 'true'}}}}"
    template(tmp_path, f"apiVersion: v1\nkind: Secret\n{noted}")

    (found,) = Renderer(tmp_path).render(RAY, "odh", {}).objects

    assert found["metadata"]["annotations"] == {"a": "b"}


def test_same_input_same_bytes(tmp_path: Path) -> None:
    template(tmp_path, f"{CM}data: {{a: {{{{ namespace | json }}}}}}")
    write(tmp_path, "ray/crds/things.yaml", CRD)
    write(tmp_path, "core-types.yaml", "Thing: {type: object}")
    one, other = Renderer(tmp_path), Renderer(tmp_path)

    states = [r.render(RAY, "odh", {"namespace": n}) for r in (one, other) for n in "aba"]

    texts = [json.dumps(list(map(dict, state.objects))) for state in states]
    assert texts[:3] == texts[3:]
    assert texts[0] == texts[2] != texts[1]


def test_what_is_shared_between_calls_cannot_be_changed(tmp_path: Path) -> None:
    write(tmp_path, "ray/crds/things.yaml", CRD)
    write(tmp_path, "core-types.yaml", "Thing: {type: object}")
    (crd,) = Renderer(tmp_path).render(RAY, "odh", {}).objects

    changeable: Any = crd
    with pytest.raises(TypeError, match="copy it"):
        changeable["metadata"]["labels"]["a"] = "b"
    changeable["spec"]["versions"].append({})
    assert len(crd["spec"]["versions"]) == 1


def test_definitions_have_the_labels_of_each_platform(tmp_path: Path) -> None:
    write(tmp_path, "ray/crds/things.yaml", CRD)
    write(tmp_path, "core-types.yaml", "Thing: {type: object}")
    renderer = Renderer(tmp_path)

    found = [renderer.render(RAY, platform, {}).objects[0] for platform in ("rhoai", "odh")]

    parts = [o["metadata"]["labels"]["app.kubernetes.io/part-of"] for o in found]
    assert parts == ["rhods-ray", "ray"]


def test_definitions_are_whole_in_files_and_in_templates(tmp_path: Path) -> None:
    write(tmp_path, "core-types.yaml", "Thing: {type: object, properties: {a: {type: string}}}")
    template(tmp_path, CRD.replace("things", "{{ 'others' }}"))
    write(tmp_path, "ray/crds/things.yaml", CRD)

    found = Renderer(tmp_path).render(RAY, "odh", {}).objects

    schemas = [o["spec"]["versions"][0]["schema"]["openAPIV3Schema"] for o in found]
    assert schemas == [{"type": "object", "properties": {"a": {"type": "string"}}}] * 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("a: b\nname: {{ nope }}", "line 2: 'nope' is undefined", id="undefined-name"),
        pytest.param("\n{% if %}", "line 2: Expected an expression", id="no-template"),
        pytest.param("{% include 'other.j2' %}", "line 1: 'other.j2' not found", id="no-include"),
        pytest.param("{{ 1 / 0 }}", "line 1: division by zero", id="failing-expression"),
        pytest.param("a: [", "not YAML that Kubernetes reads", id="not-yaml"),
        pytest.param(
            "kind: ConfigMap", "document 1 .* ConfigMap without metadata", id="no-metadata"
        ),
        pytest.param(f"{CM}---\n- a", "document 2 .* a list", id="a-list"),
        pytest.param(CM.replace("name: a", "name: 1"), "name is 1, not text", id="a-number"),
        pytest.param(CM.replace("{name: a}", "{}"), "name is None", id="no-name"),
        pytest.param(
            CM.replace("name: a", "name: a, namespace: 1"),
            "ConfigMap a: namespace is 1, not text",
            id="numeric-namespace",
        ),
        pytest.param(
            CM.replace("name: a", "name: a, labels: {b: true}"),
            "ConfigMap a: labels must be a mapping of text",
            id="label-not-text",
        ),
        pytest.param(f"{CM}---\n{CM}", "ConfigMap a is defined twice", id="duplicate"),
        pytest.param(CRD, "no core type 'Thing': one of Other", id="unknown-type"),
        pytest.param(
            CRD.replace("versions: [", "versions: [1, "),
            "CustomResourceDefinition things.example.com: ",
            id="malformed-definition",
        ),
    ],
)
def test_errors_name_the_file_and_the_fault(tmp_path: Path, text: str, complaint: str) -> None:
    write(tmp_path, "core-types.yaml", "Other: {}")
    template(tmp_path, text)

    with pytest.raises(RenderError, match=f"^ray/templates/it.yaml.j2: .*{complaint}") as caught:
        Renderer(tmp_path).render(RAY, "odh", {})

    assert caught.value.source == PurePath("ray/templates/it.yaml.j2")


@pytest.mark.parametrize("file", ["ray/crds/a.yaml", "ray/templates/a.yaml.j2"])
def test_a_file_that_is_no_text_is_an_error_like_any_other(tmp_path: Path, file: str) -> None:
    write(tmp_path, file, "").joinpath(file).write_bytes(b"\xff")

    with pytest.raises(RenderError, match=f"^{file}: cannot be read"):
        Renderer(tmp_path).render(RAY, "odh", {})


def test_the_other_file_of_a_duplicate_is_named(tmp_path: Path) -> None:
    template(tmp_path, CM, "1")
    template(tmp_path, CM, "2")

    with pytest.raises(RenderError, match=r"^ray/templates/2\..* also in ray/templates/1\."):
        Renderer(tmp_path).render(RAY, "odh", {})


def test_one_components_broken_template_leaves_the_others_alone(tmp_path: Path) -> None:
    template(tmp_path, CM)
    write(tmp_path, "kueue/templates/it.yaml.j2", "{% if %}")

    assert Renderer(tmp_path).render(RAY, "odh", {}).objects


def test_a_component_without_templates_is_empty(tmp_path: Path) -> None:
    assert Renderer(tmp_path).render(RAY, "odh", {}).objects == ()
