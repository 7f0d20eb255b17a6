from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hack.image.container import ACCOUNT, UID, api_server, specification
from hack.image.seccomp import runtime_default
from hack.image.store import Image

CONFIG = {"Entrypoint": ["it"], "Env": ["PATH=/bin"], "WorkingDir": "/somewhere"}
IMAGE = Image(Path("/root-of-it"), Path("/base"), CONFIG)
POD: dict[str, Any] = {
    "containers": [
        {
            "args": ["--loud"],
            "env": [{"name": "A", "value": "pod"}, {"name": "B", "valueFrom": {}}],
            "resources": {"limits": {"memory": "2Mi"}},
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "volumeMounts": [
                {"name": "scratch", "mountPath": "/scratch"},
                {"name": "absent", "mountPath": "/absent"},
                {"name": "given", "mountPath": "/given"},
            ],
        }
    ],
    "volumes": [
        {"name": "scratch", "emptyDir": {"sizeLimit": "1Ki"}},
        {"name": "absent", "secret": {"secretName": "it", "optional": True}},
        {"name": "given", "secret": {"secretName": "other"}},
    ],
}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr("hack.image.container.runtime_default", dict)
    files = {ACCOUNT: Path("/token"), "given": Path("/cert")}
    return specification(IMAGE, POD, files, {"A": "test"})


def test_it_runs_what_the_image_says_with_the_pods_arguments(made: dict[str, Any]) -> None:
    process = made["process"]

    assert process["args"] == ["it", "--loud"]
    assert process["cwd"] == "/somewhere"
    assert process["env"] == ["PATH=/bin", "A=test"]


def test_it_is_any_user_of_group_0_with_what_the_pod_allows(made: dict[str, Any]) -> None:
    process = made["process"]

    assert process["user"] == {"uid": UID, "gid": 0, "additionalGids": [UID]}
    assert process["capabilities"] == {}
    assert process["noNewPrivileges"]
    assert made["root"] == {"path": "/root-of-it", "readonly": True}
    assert made["linux"]["resources"]["memory"]["limit"] == 2 * 2**20


def test_a_pod_that_allows_more_gets_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hack.image.container.runtime_default", dict)
    (container,) = POD["containers"]
    lax = {"containers": [{**container, "securityContext": {}, "volumeMounts": []}]}

    made = specification(IMAGE, lax, {}, {})

    assert not made["process"]["noNewPrivileges"]
    assert not made["root"]["readonly"]


def test_volumes_are_there_and_only_an_empty_one_can_be_written(made: dict[str, Any]) -> None:
    mounts = {mount["destination"]: mount for mount in made["mounts"]}

    assert mounts["/scratch"]["options"] == ["nosuid", "nodev", "size=1024", "mode=1777"]
    assert "ro" in mounts["/absent"]["options"]
    for path, source in (("/given", "/cert"), (ACCOUNT, "/token")):
        assert mounts[path]["source"] == source
        assert {"bind", "ro"} <= set(mounts[path]["options"])


def test_the_network_is_the_hosts(made: dict[str, Any]) -> None:
    assert {"type": "network"} not in made["linux"]["namespaces"]
    assert {"type": "mount"} in made["linux"]["namespaces"]


def test_the_api_server_is_found_as_in_a_pod() -> None:
    assert api_server("https://127.0.0.1:6443") == {
        "KUBERNETES_SERVICE_HOST": "127.0.0.1",
        "KUBERNETES_SERVICE_PORT": "6443",
    }


def test_of_the_seccomp_profile_only_what_needs_no_capability_is_allowed(tmp_path: Path) -> None:
    def rule(name: str, **more: Any) -> dict[str, Any]:
        return {"names": [name], "action": "SCMP_ACT_ALLOW", "args": [], **more}

    profile = tmp_path / "seccomp.json"
    profile.write_text(
        json.dumps(
            {
                "defaultAction": "SCMP_ACT_ERRNO",
                "defaultErrnoRet": 38,
                "archMap": [
                    {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
                    {"architecture": "SCMP_ARCH_S390X", "subArchitectures": []},
                ],
                "syscalls": [
                    rule("read"),
                    rule("mount", includes={"caps": ["CAP_SYS_ADMIN"]}),
                    rule("clone", excludes={"caps": ["CAP_SYS_ADMIN"]}),
                    rule("s390_only", includes={"arches": ["s390x"]}),
                    rule("arch_prctl", includes={"arches": ["amd64"]}),
                    rule("not_here", excludes={"arches": ["amd64"]}),
                ],
            }
        )
    )

    found = runtime_default(profile)

    names = [name for rule in found["syscalls"] for name in rule["names"]]
    assert names == ["read", "clone", "arch_prctl"]
    assert found["architectures"] == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]
