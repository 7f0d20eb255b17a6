"""The locks pin all that pyproject.toml asks for, and do not say where it comes from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from hack import go_toolchain, tools

ROOT = Path(__file__).parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
RUNTIME_LOCK = (ROOT / "requirements-runtime.lock").read_text()
TOOLCHAIN_LOCK = go_toolchain.LOCK.read_text()
SYSTEMS = ({"sys_platform": "linux"}, {"sys_platform": "darwin"})
PYTHONS = tuple({"python_version": f"3.{minor}"} for minor in range(11, 15))


class Pin(NamedTuple):
    requirement: Requirement
    hashes: list[str]


def pins(lock: str) -> Iterator[Pin]:
    """Read a lock's entries: ``name==version ; marker`` and hashes, joined by backslashes."""
    for entry in lock.replace("\\\n", " ").splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", entry.split("#")[0].strip())
        if requirement:
            yield Pin(Requirement(requirement), hashes)


def faults(wanted: list[str], lock: str) -> set[str]:
    """Return what is wrong with a lock that is to satisfy the wanted requirements."""
    if "://" in lock or re.search(r"^\s*(-|\S+ @)", re.sub(r"^\s+--hash=", "", lock, flags=re.M)):
        return {"says where packages come from"}
    locked = list(pins(lock))
    found = {f"{pin.requirement.name} has no hash" for pin in locked if not pin.hashes}
    found |= {f"{p.requirement} is no exact version" for p in locked if not exact(p.requirement)}
    for text, system, python in product(wanted, SYSTEMS, PYTHONS):
        environment = {**default_environment(), **system, **python}
        found |= unsatisfied(Requirement(text), locked, {k: str(v) for k, v in environment.items()})
    return found


def exact(requirement: Requirement) -> bool:
    return [specifier.operator for specifier in requirement.specifier] == ["=="]


def unsatisfied(wanted: Requirement, locked: list[Pin], environment: dict[str, str]) -> set[str]:
    if not applies(wanted, environment):
        return set()
    name = canonicalize_name(wanted.name)
    versions = [
        specifier.version
        for pin in locked
        if canonicalize_name(pin.requirement.name) == name and applies(pin.requirement, environment)
        for specifier in pin.requirement.specifier
    ]
    if not versions:
        return {f"{name} is not locked"}
    return {f"{name} {v} is not {wanted.specifier}" for v in versions if v not in wanted.specifier}


def applies(requirement: Requirement, environment: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(environment)


def test_lock_satisfies_pyproject() -> None:
    project, groups = PYPROJECT["project"], PYPROJECT["dependency-groups"]
    optional = project.get("optional-dependencies", {})
    wanted = [
        *PYPROJECT["build-system"]["requires"],
        *project["dependencies"],
        *(requirement for extra in optional.values() for requirement in extra),
        *groups["dev"],
    ]

    assert faults(wanted, LOCK) == set()


def test_runtime_lock_has_what_the_project_needs_and_no_more() -> None:
    runtime = list(pins(RUNTIME_LOCK))
    every = {pin.requirement.name: pin for pin in pins(LOCK)}

    assert faults(PYPROJECT["project"]["dependencies"], RUNTIME_LOCK) == set()
    assert [pin for pin in runtime if every.get(pin.requirement.name) != pin] == []
    assert {"pytest", "mypy", "setuptools"} & {pin.requirement.name for pin in runtime} == set()


def test_build_lock_has_what_builds_the_wheel() -> None:
    wanted = PYPROJECT["build-system"]["requires"]

    assert PYPROJECT["dependency-groups"]["build"] == wanted
    assert faults(wanted, (ROOT / "requirements-build.lock").read_text()) == set()


def test_toolchain_lock_satisfies_pyproject_and_recipe() -> None:
    assert faults(PYPROJECT["dependency-groups"]["toolchain"], TOOLCHAIN_LOCK) == set()
    (pin,) = pins(TOOLCHAIN_LOCK)
    (specifier,) = pin.requirement.specifier
    assert Version(specifier.version) >= Version(go_toolchain.wanted())


def test_tools_lock_satisfies_pyproject_and_table() -> None:
    group = PYPROJECT["dependency-groups"]["tools"]

    assert faults(group, tools.LOCK.read_text()) == set()
    rows = tools.table()["pypi"].items()
    assert {Requirement(text).name for text in group} == {r.get("package", n) for n, r in rows}


GOOD = "click==8.1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via kopf\n"


@pytest.mark.parametrize(
    ("wanted", "lock", "fault"),
    [
        (["click>=8.1"], GOOD, None),
        (["Click[extra]>=8,<9"], GOOD, None),
        (["click", "tomli; python_version < '3.11'"], GOOD, None),
        (["click>=8.2"], GOOD, "click 8.1.0 is not >=8.2"),
        (["rich"], GOOD, "rich is not locked"),
        (["click", "rich; python_version >= '3.14'"], GOOD, "rich is not locked"),
        (
            ["click"],
            GOOD.replace("8.1.0", "8.1.0 ; sys_platform == 'win32'"),
            "click is not locked",
        ),
        (["click"], "click==8.1.0\n", "click has no hash"),
        (["click"], GOOD.replace("==", ">="), "click>=8.1.0 is no exact version"),
        (["click"], f"--index-url mirror\n{GOOD}", "says where packages come from"),
        (["click"], f"--find-links wheels\n{GOOD}", "says where packages come from"),
        (["click"], f"{GOOD}x @ file:///wheels/x.whl\n", "says where packages come from"),
        (["click"], f"# from https://mirror.example\n{GOOD}", "says where packages come from"),
    ],
)
def test_faults_of_a_lock(wanted: list[str], lock: str, fault: str | None) -> None:
    assert faults(wanted, lock) == ({fault} if fault else set())
