"""``rhoai diff``: what would be made, changed and deleted, with the rights that there are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rhoai_operator.catalog.platforms import load_platforms
from rhoai_operator.cli.desired import NO_UID
from rhoai_operator.cli.session import FAILED, FOUND
from rhoai_operator.cluster.errors import Forbidden, Invalid, Permission
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.reconcile.store import LABEL
from rhoai_operator.settings import MANIFESTS
from tests.manifests import an
from tests.unit.cli.conftest import Reached, Rhoai, a_dsc, a_dsci

APPS = next(iter(load_platforms(MANIFESTS).values())).applications_namespace
TEMPLATE = """
apiVersion: v1
kind: ConfigMap
metadata: {name: one, namespace: {{ namespace }}}
data: {size: '1'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: two, namespace: {{ namespace }}}
data: {size: '2'}
"""
NONE = "0 to create, 0 to change, 0 to delete\n"


@pytest.fixture(autouse=True)
def manifests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    templates = tmp_path / "manifests" / "web" / "templates"
    templates.mkdir(parents=True)
    shutil.copy(MANIFESTS / "platforms.yaml", tmp_path / "manifests")
    about = "name: web\nkind: Web\ndescription: ''\n"
    templates.parent.joinpath("component.yaml").write_text(about)
    templates.joinpath("it.yaml.j2").write_text(TEMPLATE)
    monkeypatch.setenv("RHOAI_MANIFESTS_DIR", str(tmp_path / "manifests"))


def config(name: str) -> ObjectRef:
    return ObjectRef("", "ConfigMap", APPS, name, "v1")


def platform(*more: Manifest) -> Reached:
    """One on which the component is to be, and is not yet."""
    namespaces = ("redhat-ods-operator", APPS)
    return Reached(a_dsc(web="Managed"), a_dsci(), *more, namespaces=namespaces)


def test_what_is_not_there_is_to_be_made(rhoai: Rhoai) -> None:
    cluster = platform()

    done = rhoai(cluster, "diff")

    assert done.exit_code == FOUND
    assert f"+++ wanted web: ConfigMap {APPS}/one" in done.stdout
    assert done.stdout.endswith("2 to create, 0 to change, 0 to delete\n")
    assert config("one") not in cluster.refs


def test_one_that_is_refused_keeps_nobody_from_the_others(rhoai: Rhoai) -> None:
    cluster = platform()
    cluster.failing["apply", config("one")] = Invalid("data: too odd")

    done = rhoai(cluster, "diff", "-o", "name")

    assert done.exit_code == FAILED
    assert f"create   web   ConfigMap {APPS}/two" in done.stdout
    assert done.stderr == f"web: ConfigMap {APPS}/one: data: too odd\n"


MAY_NOT_PATCH = Forbidden("no", Permission("ann", "patch", "configmaps", "", APPS))


def test_who_may_only_look_compares_what_is_there(rhoai: Rhoai) -> None:
    theirs = an("ConfigMap", "one", metadata={"namespace": APPS}, data={"size": "7", "own": "x"})
    cluster = platform(theirs)
    for name in ("one", "two"):
        cluster.failing["apply", config(name)] = MAY_NOT_PATCH

    done = rhoai(cluster, "diff")

    assert done.exit_code == FOUND
    assert "-  size: '7'\n" in done.stdout
    assert "+  size: '1'\n" in done.stdout
    assert "   own: x\n" in done.stdout
    assert done.stdout.endswith("1 to create, 1 to change, 0 to delete\n")
    assert done.stderr.count("you may not patch configmaps in ") == 1


def test_who_may_not_even_look_is_told_so(rhoai: Rhoai) -> None:
    cluster = platform()
    may_not = Forbidden("no", Permission("ann", "get", "configmaps", "", APPS))
    for name in ("one", "two"):
        cluster.failing["get", config(name)] = may_not

    done = rhoai(cluster, "diff")

    assert (done.exit_code, done.stdout) == (FAILED, NONE)
    assert done.stderr.count("you may not get configmaps in ") == 1


def test_what_the_inventory_has_and_nobody_wants_is_to_go(rhoai: Rhoai) -> None:
    rows = [{"apiVersion": "v1", "kind": "ConfigMap", "namespace": APPS, "name": "old"}]
    inventory = an(
        "ConfigMap",
        "rhoai-inventory-web",
        metadata={"namespace": "redhat-ods-operator", "labels": {LABEL: "web"}},
        data={"objects": json.dumps(rows)},
    )
    old = an("ConfigMap", "old", metadata={"namespace": APPS})

    done = rhoai(platform(inventory, old), "diff", "-o", "json")

    found = json.loads(done.stdout)
    gone = {"component": "web", "action": "delete", "object": f"ConfigMap {APPS}/old"}
    assert gone in found["differences"]
    assert found["counts"] == {"create": 2, "delete": 1}


def test_what_is_suspended_is_told_as_it_will_be(rhoai: Rhoai) -> None:
    cluster = platform()
    rhoai(cluster, "suspend")

    done = rhoai(cluster, "diff")

    assert done.exit_code == FOUND
    assert done.stderr.startswith("suspended: ")
    assert done.stdout.endswith("2 to create, 0 to change, 0 to delete\n")


def test_a_file_that_cannot_be_read_is_no_difference(rhoai: Rhoai) -> None:
    assert rhoai(platform(), "diff", "-f", "-", stdin="{").exit_code == FAILED
    assert rhoai(platform(), "diff", "-f", "-", stdin="kind: Pod").exit_code == FAILED


def test_on_an_empty_cluster_a_file_tells_what_it_would_bring(rhoai: Rhoai) -> None:
    cluster = Reached(namespaces=("redhat-ods-operator",))
    asked = json.dumps({**a_dsc(web="Managed"), "metadata": {"name": "mine"}})

    done = rhoai(cluster, "diff", "-f", "-", stdin=asked)

    assert done.exit_code == FOUND
    assert NO_UID in done.stdout  # API servers refuse owners without one
    assert done.stdout.endswith("2 to create, 0 to change, 0 to delete\n")


def test_a_field_that_there_is_not_is_named_before_anything_is_asked(rhoai: Rhoai) -> None:
    done = rhoai(platform(), "diff", "-f", "-", stdin=json.dumps(a_dsc(wbe="Managed")))

    assert done.exit_code == FAILED
    assert "spec.components.wbe: no such component: one of web" in done.stderr
