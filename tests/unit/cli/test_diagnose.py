"""``rhoai diagnose`` says what is wrong, and its archive holds no secret."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from rhoai_operator.cluster.errors import Forbidden, Permission
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import Manifest
from rhoai_operator.reconcile.store import LABEL
from tests.manifests import an
from tests.unit.cli.conftest import Reached, Rhoai, a_dsc, condition

OPERATOR = "redhat-ods-operator"
SECRET = an("Secret", "made", data={"password": "aHVudGVyMi1sb25n"})
PLANTED = ("aHVudGVyMi1sb25n", "hunter2-long", "s3cret-in-env")


def platform() -> Reached:
    """One with a component that waits, and with secrets in several places."""
    rows = [{"apiVersion": "v1", "kind": "Secret", "namespace": "ns", "name": "made"}]
    inventory = an(
        "ConfigMap",
        "rhoai-inventory-ray",
        metadata={"namespace": OPERATOR, "labels": {LABEL: "ray"}},
        data={"objects": json.dumps(rows)},
    )
    env = [{"name": "S3_PASSWORD", "value": "s3cret-in-env"}]
    dsc: Manifest = a_dsc(condition("RayReady", "False", "Progressing", "0/1 available"))
    spec = {"components": {"ray": {"managementState": "Managed", "overrides": {"env": env}}}}
    event = an("Event", "e", metadata={"namespace": OPERATOR}, message="login with hunter2-long")
    return Reached({**dsc, "spec": spec}, inventory, SECRET, event, namespaces=("ns", OPERATOR))


def content(path: Path) -> dict[str, str]:
    with tarfile.open(path) as archive:
        members = {m.name: archive.extractfile(m) for m in archive.getmembers()}
        return {name: member.read().decode() for name, member in members.items() if member}


@pytest.fixture
def archive(rhoai: Rhoai, tmp_path: Path) -> dict[str, str]:
    done = rhoai(platform(), "diagnose", "--output", "it.tar.gz")
    assert done.exit_code == 1, done.output
    assert done.stdout.endswith("it.tar.gz: 8 files\n")
    return content(tmp_path / "it.tar.gz")


def test_findings_come_first_and_the_worst_of_them(rhoai: Rhoai) -> None:
    done = rhoai(platform(), "diagnose", "--output", "it.tar.gz")

    lines = done.stdout.splitlines()
    levels = [line.partition(":")[0] for line in lines if line][:-1]
    assert levels == sorted(levels)
    assert "error: RayReady: Progressing: 0/1 available" in lines


def test_what_is_in_it(archive: dict[str, str]) -> None:
    assert sorted(name.removeprefix("it/") for name in archive) == [
        "DataScienceCluster/default-dsc.yaml",
        "findings.txt",
        "inventories/rhoai-inventory-ray.yaml",
        "not-collected.txt",
        "owned/ray.yaml",
        f"{OPERATOR}/Events.yaml",
        f"{OPERATOR}/Pods.yaml",
        "status.yaml",
    ]
    assert "managedFields" in archive["it/owned/ray.yaml"]


def test_no_secret_is_in_it_wherever_it_stood(archive: dict[str, str]) -> None:
    for name, text in archive.items():
        assert not [value for value in PLANTED if value in text], name
    assert "password: <hidden>" in archive["it/owned/ray.yaml"]
    assert "login with <hidden>" in archive[f"it/{OPERATOR}/Events.yaml"]


def test_what_could_not_be_collected_is_in_it_too(rhoai: Rhoai, tmp_path: Path) -> None:
    cluster = platform()
    may_not = Forbidden("no", Permission("ann", "list", "pods", "", OPERATOR))
    cluster.failing["list", Kind("", "v1", "Pod")] = may_not

    done = rhoai(cluster, "diagnose", "--output", "it.tar.gz")

    said = f"you may not list pods in {OPERATOR}: ask for "
    assert said in done.stderr
    assert said in content(tmp_path / "it.tar.gz")["it/not-collected.txt"]
