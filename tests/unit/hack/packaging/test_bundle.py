"""``bundle/`` and ``olm-catalog/`` as OLM reads them; `make verify` says whether they are new."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
import yaml

from hack.packaging import bundle, images, operator_objects
from hack.packaging.operator_objects import NAME, ROOT
from rhoai_operator.catalog.loader import Catalog, load_catalog

BUNDLE = ROOT / "bundle"
LARGEST = 0.85 * 2**20
"""Bytes that the tools let a bundle have before they warn."""
PULLSPEC = re.compile(
    r"\b(?:quay|docker|ghcr|gcr|nvcr|registry\.redhat|registry\.k8s)\.io/[\w./-]+"
    r"(?::[\w.-]+)?(?:@sha256:\w+)?"
)
UNUSED = {"overrides", "placement", "x-kubernetes-validations"}
TAKEN = {
    "ClusterServiceVersion",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleBinding",
    "PodDisruptionBudget",
    "Role",
    "RoleBinding",
    "Service",
}
"""Kinds that every OLM installs from a bundle, on every cluster."""


def load(path: Path) -> list[dict[str, Any]]:
    return list(yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader))


@cache
def manifests() -> dict[str, dict[str, Any]]:
    found = {}
    for path in sorted((BUNDLE / "manifests").iterdir()):
        (found[path.name],) = load(path)
    return found


@cache
def catalog() -> Catalog:
    return load_catalog(ROOT / "manifests")


@cache
def blobs() -> tuple[dict[str, Any], ...]:
    return tuple(load(ROOT / "olm-catalog" / NAME / "catalog.yaml"))


def csv() -> dict[str, Any]:
    return manifests()[f"{NAME}.clusterserviceversion.yaml"]


def owned() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = csv()["spec"]["customresourcedefinitions"]["owned"]
    return found


def crd(name: str) -> dict[str, Any]:
    return next(m for m in manifests().values() if m["metadata"]["name"] == name)


def schema(name: str) -> dict[str, Any]:
    (version,) = crd(name)["spec"]["versions"]
    found: dict[str, Any] = version["schema"]["openAPIV3Schema"]
    return found


def leaves(node: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, field in node.get("properties", {}).items():
        here = f"{path}.{name}".lstrip(".")
        yield here, field
        yield from leaves(field, here)


def marks() -> dict[str, str]:
    found: dict[str, str] = csv()["metadata"]["annotations"]
    return found


def container() -> dict[str, Any]:
    (deployment,) = csv()["spec"]["install"]["spec"]["deployments"]
    found: dict[str, Any] = deployment["spec"]["template"]["spec"]["containers"][0]
    return found


def related() -> list[str]:
    return [item["image"] for item in csv()["spec"]["relatedImages"]]


@pytest.mark.parametrize("kind", ["DataScienceCluster", "DSCInitialization"])
def test_the_form_offers_every_state_that_a_field_may_have(kind: str) -> None:
    (described,) = (item for item in owned() if item["kind"] == kind)
    offered = {item["path"]: item["x-descriptors"] for item in described["specDescriptors"]}
    states = {
        path: field["enum"]
        for path, field in leaves(schema(described["name"])["properties"]["spec"])
        if path.endswith("managementState")
    }

    assert states
    for path, values in states.items():
        selects = [hint.rpartition(":")[2] for hint in offered[path] if ":select:" in hint]
        assert selects == values, path


@pytest.mark.parametrize("part", ["spec", "status"])
@pytest.mark.parametrize("kind", ["DataScienceCluster", "DSCInitialization"])
def test_every_field_has_a_descriptor_or_is_part_of_one_that_has(kind: str, part: str) -> None:
    (described,) = (item for item in owned() if item["kind"] == kind)
    paths = dict(leaves(schema(described["name"])["properties"][part]))
    known = [item["path"] for item in described[f"{part}Descriptors"]]

    assert set(known) <= paths.keys()
    for path, field in paths.items():
        covers = [k for k in known if k == path or path.startswith(f"{k}.")]
        assert covers or field.get("properties"), path


def test_descriptors_and_definitions_say_what_they_are() -> None:
    for item in owned():
        assert item["description"]
        for one in (*item["specDescriptors"], *item["statusDescriptors"]):
            assert one["description"], one["path"]
            assert one["displayName"], one["path"]


def test_samples_are_what_the_api_takes() -> None:
    samples = json.loads(marks()["alm-examples"])

    assert {sample["kind"] for sample in samples} == {item["kind"] for item in owned()}
    for sample in samples:
        group = sample["apiVersion"].partition("/")[0]
        (name,) = (item["name"] for item in owned() if item["name"].endswith(f".{group}"))
        fastjsonschema.compile(_closed(schema(name)), use_formats=False)(sample)


def _closed(node: Any) -> Any:
    """Return a schema that refuses fields it does not name; large ones that no sample uses too."""
    if not isinstance(node, dict):
        return [_closed(item) for item in node] if isinstance(node, list) else node
    made = {key: _closed(value) for key, value in node.items() if key not in UNUSED}
    if node.get("properties") and "x-kubernetes-preserve-unknown-fields" not in node:
        made["additionalProperties"] = False
    return made


def test_the_console_offers_one_of_the_samples() -> None:
    offered = json.loads(marks()["operatorframework.io/initialization-resource"])

    assert offered in json.loads(marks()["alm-examples"])
    assert offered["kind"] == "DataScienceCluster"
    assert offered["spec"]["components"].keys() == {
        name
        for name in schema(owned()[0]["name"])["properties"]["spec"]["properties"]["components"][
            "properties"
        ]
        if name in catalog().available
    }


def test_every_image_that_may_run_is_related() -> None:
    assert container()["image"] in related()
    for definition in catalog().components.values():
        for image in definition.images.values():
            defaults = [image.default] if isinstance(image.default, str) else image.default.values()
            assert {images.pinned(reference) for reference in defaults} <= set(related())


def test_what_is_rendered_names_no_other_image() -> None:
    repositories = {reference.partition("@")[0] for reference in related()}
    for path in ROOT.glob("tests/golden/*/*/expected.yaml"):
        if path.parent.name != "other-image":
            assert set(PULLSPEC.findall(path.read_text())) <= {*related(), *repositories}, path


def test_images_have_a_name_each() -> None:
    names = [item["name"] for item in csv()["spec"]["relatedImages"]]

    assert len(names) == len(set(names)) == len(set(related()))


def test_digests_are_the_catalogs_or_a_releases() -> None:
    sources = "".join(p.read_text() for p in ROOT.glob("manifests/*/component.yaml"))
    sources += images.PINS.read_text()

    for reference in related():
        assert reference.partition("@")[2] in sources, reference


def test_what_has_no_digest_waits_for_a_release() -> None:
    waiting = {image for image, digest in images.pins()["operands"].items() if not digest}

    assert waiting == {r for r in related() if "@" not in r and not r.startswith(f"{NAME}:")}


def test_disconnected_is_claimed_once_every_image_has_a_digest() -> None:
    claimed = marks()["features.operators.openshift.io/disconnected"]

    assert claimed == str(all("@sha256:" in reference for reference in related())).lower()


def test_certification_finds_its_claims_and_each_has_a_reason() -> None:
    wanted = ["disconnected", "fips-compliant", "proxy-aware", "tls-profiles"]
    wanted += [f"token-auth-{cloud}" for cloud in ("aws", "azure", "gcp")]

    for name in wanted:
        assert marks()[f"features.operators.openshift.io/{name}"] in {"true", "false"}
    assert all(claim["why"] for claim in bundle.written()["features"].values())


def test_olm_takes_every_object_wherever_it_is_installed() -> None:
    for name, manifest in manifests().items():
        assert manifest["kind"] in TAKEN, name
        assert "namespace" not in manifest["metadata"], name
        assert "beta" not in manifest["apiVersion"], name


def test_secrets_stay_in_the_operators_namespace() -> None:
    """What is among the CSV's permissions would hold everywhere."""
    spec = csv()["spec"]["install"]["spec"]

    assert "permissions" not in spec
    assert {m["kind"] for n, m in manifests().items() if n.startswith(f"{NAME}_rbac")} == {
        "Role",
        "RoleBinding",
    }


def test_rights_are_those_that_everybody_else_gets() -> None:
    roles = {m["kind"]: m for m in load(ROOT / "config" / "rbac.yaml")}
    (permissions,) = csv()["spec"]["install"]["spec"]["clusterPermissions"]

    assert permissions == {
        "serviceAccountName": NAME,
        "rules": roles["ClusterRole"]["rules"],
    }
    bundled = manifests()[f"{NAME}_rbac.authorization.k8s.io_v1_role.yaml"]
    assert bundled["rules"] == roles["Role"]["rules"]


def test_the_webhook_is_where_olm_looks_for_it() -> None:
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}

    assert f"--webhook-cert-dir={bundle.CERTIFICATES}" in container()["args"]
    for definition in csv()["spec"]["webhookdefinitions"]:
        assert definition["deploymentName"] == NAME
        assert definition["targetPort"] == ports["webhook"]
        assert definition["sideEffects"] == "None"


def test_it_is_for_all_namespaces() -> None:
    modes = {m["type"]: m["supported"] for m in csv()["spec"]["installModes"]}

    assert modes == {
        "OwnNamespace": False,
        "SingleNamespace": False,
        "MultiNamespace": False,
        "AllNamespaces": True,
    }


def test_labels_of_the_image_are_the_marks() -> None:
    (metadata,) = load(BUNDLE / "metadata" / "annotations.yaml")
    text = (ROOT / "bundle.Dockerfile").read_text()

    assert dict(re.findall(r"^LABEL (\S+)=(.*)$", text, re.MULTILINE)) == metadata["annotations"]


def test_an_upgrade_leads_to_this_version_in_every_channel() -> None:
    (metadata,) = load(BUNDLE / "metadata" / "annotations.yaml")
    channels = {b["name"]: b["entries"] for b in blobs() if b["schema"] == "olm.channel"}
    bundles = [b["name"] for b in blobs() if b["schema"] == "olm.bundle"]
    this, before = csv()["metadata"]["name"], csv()["spec"]["replaces"]

    assert this == f"{NAME}.v{operator_objects.version()}"
    assert channels.keys() == set(
        metadata["annotations"][f"{bundle.PREFIX}.channels.v1"].split(",")
    )
    for entries in channels.values():
        assert entries == [{"name": before}, {"name": this, "replaces": before}]
    assert bundles == [before, this]


def test_it_is_small_enough() -> None:
    files = [path for path in BUNDLE.rglob("*") if path.is_file()]

    assert sum(len(base64.b64encode(gzip.compress(p.read_bytes()))) for p in files) < LARGEST


def test_the_icon_is_a_drawing() -> None:
    (icon,) = csv()["spec"]["icon"]

    assert base64.b64decode(icon["base64data"]).startswith(b"<svg ")
