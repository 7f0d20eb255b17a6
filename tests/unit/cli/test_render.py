"""``rhoai render`` prints the stream and nothing else, or says what is wrong and where."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from rhoai_operator.cli.main import rhoai
from rhoai_operator.render.documents import read_documents

MANIFESTS = Path(__file__).parents[3] / "manifests"
IMAGE = "RELATED_IMAGE_ODH_KUBERAY_OPERATOR_CONTROLLER_IMAGE"
CM = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, namespace: {{ namespace }}}\n"


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    """Components that need little: left and right share an object, none has no templates."""
    root = tmp_path / "manifests"
    root.mkdir()
    shutil.copy(MANIFESTS / "platforms.yaml", root)
    parameters = "{type: object, properties: {size: {type: integer, default: 1}}}"
    for name in ("left", "right", "none"):
        templates = root / name / "templates"
        templates.mkdir(parents=True)
        about = f"name: {name}\nkind: {name.title()}\ndescription: ''\nparameters: {parameters}\n"
        root.joinpath(name, "component.yaml").write_text(about)
        if name != "none":
            text = CM % "shared" + "---\n" + CM % name + "data: {size: '{{ parameters.size }}'}"
            templates.joinpath("it.yaml.j2").write_text(text)
    both = root / "both"
    both.joinpath("templates").mkdir(parents=True)
    about = "name: both\nkind: Both\ndescription: ''\nsharedBy: [left, right]\n"
    both.joinpath("component.yaml").write_text(about)
    both.joinpath("templates", "it.yaml.j2").write_text(CM % "both")
    return root


def run(*args: str | Path, stdin: str | None = None, **env: str) -> Result:
    return CliRunner(env=env).invoke(rhoai, ["render", *map(str, args)], input=stdin)


def objects(result: Result) -> list[dict[str, Any]]:
    assert (result.exit_code, result.exception) == (0, None), result.output
    return read_documents(result.stdout)


def names(result: Result) -> list[str]:
    return [item["metadata"]["name"] for item in objects(result)]


def dsc(**components: Any) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "datasciencecluster.opendatahub.io/v1",
            "kind": "DataScienceCluster",
            "metadata": {"name": "default-dsc"},
            "spec": {"components": components},
        }
    )


def dsci(**spec: Any) -> str:
    group = "dscinitialization.opendatahub.io"
    return yaml.safe_dump({"apiVersion": f"{group}/v1", "kind": "DSCInitialization", "spec": spec})


def test_a_component_at_its_defaults_but_for_its_image() -> None:
    result = run("ray", **{IMAGE: "mirror/kuberay@sha256:1"})

    assert (result.exit_code, result.stderr) == (0, "")
    kinds = Counter(re.findall("^kind: (.*)$", result.stdout, re.MULTILINE))
    assert kinds["CustomResourceDefinition"] == 3
    assert kinds["SecurityContextConstraints"] == 1
    assert "  namespace: redhat-ods-applications\n" in result.stdout
    assert "image: mirror/kuberay@sha256:1\n" in result.stdout


def test_a_platform() -> None:
    assert names(run("namespaces", "--platform", "odh")) == ["opendatahub"]


def test_all_begins_with_namespaces_and_says_what_is_missing(manifests: Path) -> None:
    shutil.copytree(MANIFESTS / "namespaces", manifests / "namespaces")

    result = run("--all", "--manifests", manifests)

    expected = [
        "redhat-ods-applications",
        "redhat-ods-monitoring",
        "both",
        "left",
        "shared",
        "right",
    ]
    assert names(result) == expected
    assert result.stderr == "none: not available yet, left out\n"


def test_a_shared_object_is_in_either_stream(manifests: Path) -> None:
    assert names(run("left", "--manifests", manifests)) == ["left", "shared"]
    assert names(run("right", "--manifests", manifests)) == ["right", "shared"]


def test_the_folder_comes_from_the_environment_too(manifests: Path) -> None:
    assert names(run("left", RHOAI_MANIFESTS_DIR=str(manifests))) == ["left", "shared"]


def test_with_a_file_only_what_is_managed_there(manifests: Path) -> None:
    text = dsc(right={"managementState": "Managed", "size": 3}, left={"size": 2})

    result = run("--all", "--manifests", manifests, "-f", "-", stdin=text)

    assert names(result) == ["both", "right", "shared"]
    assert "size: '3'" in result.stdout


def test_a_named_component_has_the_files_fields_whatever_its_state(manifests: Path) -> None:
    text = dsc(left={"managementState": "Removed", "size": 2})

    assert "size: '2'" in run("left", "--manifests", manifests, "-f", "-", stdin=text).stdout


def test_a_dsci_in_the_file_counts(manifests: Path) -> None:
    stream = f"{dsci(applicationsNamespace='apps')}---\n{dsc()}---\nkind: Other\n---\ntext"

    found = objects(run("left", "--manifests", manifests, "-f", "-", stdin=stream))

    assert {item["metadata"]["namespace"] for item in found} == {"apps"}


def test_a_dsci_alone_leaves_the_components_at_their_defaults(manifests: Path) -> None:
    text = dsci(applicationsNamespace="apps")

    found = objects(run("--all", "--manifests", manifests, "-f", "-", stdin=text))

    assert {item["metadata"]["namespace"] for item in found} == {"apps"}
    assert len(found) == 4


def test_a_list_as_kubectl_prints_it(manifests: Path) -> None:
    text = yaml.safe_dump({"kind": "List", "items": [yaml.safe_load(dsc(left={"size": 7}))]})

    assert "size: '7'" in run("left", "--manifests", manifests, "-f", "-", stdin=text).stdout


KEYS = """
name: keys
kind: Keys
description: ''
values:
  domain: {apiVersion: config.example.com/v1, kind: Ingress, name: cluster, path: spec.domain}
  port: {apiVersion: v1, kind: Service, namespace: x, name: it, path: spec.ports.0, default: 8}
  routes: {serves: Route.v1.example.com}
secrets: {pw: {root: {random: 32}, url: {text: "https://$(root)"}}}
createdOnce: [{kind: ConfigMap, name: it}]
mergedConfigMaps: [merged]
rollouts: [{kind: Deployment, name: server, configs: [{kind: Secret, name: pw}]}]
shares: {left: [{kind: ConfigMap, name: shared}]}
"""
KEYS_TEMPLATE = f"""
{CM % "it"}data: {{domain: {{{{ values.domain }}}}, port: '{{{{ values.port }}}}', routes: '{{{{ values.routes }}}}'}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: server, namespace: x}}
spec: {{template: {{}}}}
"""  # noqa: E501 - one document


def test_what_a_cluster_decides_shows_as_marks(manifests: Path) -> None:
    templates = manifests / "keys" / "templates"
    templates.mkdir(parents=True)
    manifests.joinpath("keys", "component.yaml").write_text(KEYS)
    templates.joinpath("it.yaml.j2").write_text(KEYS_TEMPLATE)

    found = {o["metadata"]["name"]: o for o in objects(run("keys", "--manifests", manifests))}

    assert list(found) == ["it", "shared", "pw", "server"]
    domain = "<spec.domain of Ingress cluster>"
    assert found["it"]["data"] == {"domain": domain, "port": "8", "routes": "True"}
    assert found["it"]["metadata"]["annotations"] == {"opendatahub.io/managed": "false"}
    assert found["pw"]["stringData"] == {"root": "<generated>", "url": "<generated>"}
    assert "data" not in found["pw"]
    annotations = found["server"]["spec"]["template"]["metadata"]["annotations"]
    assert annotations == {"rhoai.opendatahub.io/config-hash": "<computed>"}
    labels = found["shared"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/part-of"] == "left"
    assert {"app.opendatahub.io/left", "app.opendatahub.io/keys"} <= labels.keys()


def test_a_plain_cluster_serves_nothing_special(manifests: Path) -> None:
    templates = manifests / "keys" / "templates"
    templates.mkdir(parents=True)
    manifests.joinpath("keys", "component.yaml").write_text(f"{KEYS}\noptionalKinds: [Route]\n")
    route = "apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: way}\n"
    templates.joinpath("it.yaml.j2").write_text(f"{KEYS_TEMPLATE}\n---\n{route}")

    found = {
        plain: objects(run("keys", "--manifests", manifests, *plain))
        for plain in ((), ("--plain",))
    }

    kinds = {plain: {o["kind"] for o in shown} for plain, shown in found.items()}
    assert kinds[()] - kinds["--plain",] == {"Route"}
    assert "'routes': 'False'" in str(found["--plain",])


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        ([], "name one component or say --all"),
        (["left", "--all"], "name one component or say --all"),
        (["lefty"], "no component 'lefty': one of both, left, none, right"),
        (["left", "--platform", "gke"], "no platform 'gke': one of rhoai, rhoai-cloud, odh"),
        (["left", "-f", "nowhere.yaml"], "nowhere.yaml"),
        (["left", "--manifests", "nowhere"], "nowhere"),
    ],
)
def test_wrong_use(manifests: Path, args: list[str], complaint: str) -> None:
    result = run(*args, RHOAI_MANIFESTS_DIR=str(manifests))

    assert result.exit_code == 2
    assert complaint in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: [", "<stdin>: not YAML: "),
        ("", "<stdin>: holds no DataScienceCluster or DSCInitialization"),
        ("- text", "<stdin>: holds no DataScienceCluster or DSCInitialization"),
        (f"{dsc()}---\n{dsc()}", "<stdin>: holds 2 objects of kind DataScienceCluster: leave one"),
        (
            dsc().replace("opendatahub.io/v1", "opendatahub.io/v2"),
            "apiVersion is 'datasciencecluster.opendatahub.io/v2': "
            "make it datasciencecluster.opendatahub.io/v1",
        ),
        (
            dsc(lefty={}),
            "<stdin>: spec.components.lefty: no such component: one of left, none, right",
        ),
        (dsc(both={}), "spec.components.both: no such component: one of left, none, right"),
        (dsc(left={"sise": 1}), "<stdin>: spec.components.left.sise: no such field"),
        (
            dsc(left={"size": "big"}),
            '<stdin>: spec.components.left.size: "big" is not a whole number',
        ),
        (dsc(left={"managementState": "On"}), "spec.components.left.managementState"),
        (dsc(left=[]), "spec.components.left"),
        (dsc().replace("components:", "component:"), "<stdin>: spec.component: no such field"),
        (f"{dsc()}---\n{dsci(namespace='a')}", "<stdin>: spec.namespace: no such field"),
        (dsc().replace("components: {}", "components: 1"), "spec.components: 1 is not an object"),
    ],
)
def test_wrong_content(manifests: Path, text: str, complaint: str) -> None:
    result = run("left", "--manifests", manifests, "-f", "-", stdin=text)

    assert (result.exit_code, result.stdout) == (3, ""), result.exception
    assert complaint in result.stderr


def test_what_has_no_templates_is_not_available_yet(manifests: Path) -> None:
    result = run("none", "--manifests", manifests)

    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "Error: none: not available yet: it has no templates\n"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("left/templates/it.yaml.j2", "{{ nope }}"),
        ("platforms.yaml", "a"),
        ("left/component.yaml", ""),
    ],
)
def test_broken_manifests_are_named(manifests: Path, file: str, text: str) -> None:
    manifests.joinpath(file).write_text(text)

    result = run("left", "--manifests", manifests)

    assert (result.exit_code, result.stdout) == (3, "")
    assert file in result.stderr


def test_a_file_that_is_no_text_is_named(manifests: Path) -> None:
    path = manifests / "dsc.yaml"
    path.write_bytes(b"\xff\xfe\x00")

    result = run("left", "--manifests", manifests, "-f", path)

    assert (result.exit_code, result.stdout) == (3, "")
    assert str(path) in result.stderr


def test_a_folder_gets_a_file_for_each_object(manifests: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"

    done = run("--all", "--manifests", manifests, "-o", folder)

    assert (done.exit_code, done.stdout) == (0, "")
    apps = "redhat-ods-applications"
    assert sorted(str(p.relative_to(folder)) for p in folder.rglob("*.yaml")) == [
        f"both/configmap-{apps}-both.yaml",
        f"left/configmap-{apps}-left.yaml",
        f"left/configmap-{apps}-shared.yaml",
        f"right/configmap-{apps}-right.yaml",
    ]
    left = yaml.safe_load((folder / f"left/configmap-{apps}-left.yaml").read_text())
    assert left["data"] == {"size": "1"}


def test_a_folder_with_something_in_it_is_left_alone(manifests: Path, tmp_path: Path) -> None:
    tmp_path.joinpath("mine").write_text("")

    done = run("left", "--manifests", manifests, "-o", tmp_path)

    assert done.exit_code == 3
    assert f"{tmp_path} is not empty" in done.stderr
