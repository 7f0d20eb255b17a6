"""What is in the image, and what is not."""

from __future__ import annotations

import stat
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hack.image.store import Image
from hack.tools import tool
from hack.wheel import wheel

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OURS = ("opt/rhoai-operator", "licenses")
COMPILERS = {"cc", "c++", "gcc", "g++", "clang", "rustc", "cargo", "go", "make", "ld", "as"}
RED_HATS = {"name", "vendor", "version", "release", "summary", "description", "maintainer"}


def below(folder: Path) -> Iterator[Path]:
    yield from (folder, *folder.rglob("*"))


def of_files(folder: Path) -> dict[str, int]:
    """Return the modes of all that is not a link or in /dev and the like, by path."""
    found = (p for p in below(folder) if not p.is_symlink() and (p.is_file() or p.is_dir()))
    relative = ((p, p.relative_to(folder)) for p in found)
    return {
        str(name): path.stat().st_mode
        for path, name in relative
        if name.parts[:1] not in (("dev",), ("proc",), ("sys",))
    }


@pytest.fixture(scope="module")
def added(image: Image) -> dict[str, int]:
    before = of_files(image.base)
    return {name: mode for name, mode in of_files(image.root).items() if before.get(name) != mode}


def test_dockerfile_has_no_findings() -> None:
    subprocess.run([tool("hadolint"), "Dockerfile"], cwd=ROOT, check=True)


def test_only_our_folders_are_added(added: dict[str, int]) -> None:
    assert {name for name in added if not name.startswith(OURS)} <= {"opt"}


def test_there_is_no_compiler_and_no_package_installer(image: Image) -> None:
    names = {path.name for path in below(image.root / "usr/bin") if path.exists()}
    ours = {path.name for path in below(image.root / "opt/rhoai-operator")}

    assert names & COMPILERS == set()
    assert ours & (COMPILERS | {"pip", "setuptools", "uv", "mypy", "pytest"}) == set()


def test_only_our_commands_can_be_called(image: Image) -> None:
    names = {path.name for path in (image.root / "opt/rhoai-operator/bin").iterdir()}

    commands = {name for name in names if not name.startswith("python")}
    assert commands == set(PROJECT["scripts"])


def test_nothing_is_added_that_runs_as_somebody_else(added: dict[str, int]) -> None:
    assert [name for name, mode in added.items() if mode & (stat.S_ISUID | stat.S_ISGID)] == []


def test_nothing_of_ours_may_be_written_to_even_by_its_owner(added: dict[str, int]) -> None:
    anybody = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
    below = {name: mode for name, mode in added.items() if name not in ("opt", *OURS)}

    assert [name for name, mode in below.items() if mode & anybody] == []
    assert [name for name, mode in added.items() if mode & stat.S_IWGRP] == []


def test_any_user_may_read_what_is_ours(added: dict[str, int]) -> None:
    def is_closed(mode: int) -> bool:
        wanted = 0o555 if stat.S_ISDIR(mode) else 0o444
        return mode & wanted != wanted

    assert added
    assert [name for name, mode in added.items() if is_closed(mode)] == []


def test_users_cannot_be_added_by_the_group(image: Image) -> None:
    for name in ("passwd", "group"):
        assert not (image.root / "etc" / name).stat().st_mode & stat.S_IWGRP


def test_every_distribution_has_its_licence(image: Image) -> None:
    lock = (ROOT / "requirements-runtime.lock").read_text()
    packages = (image.root / "opt/rhoai-operator/lib").glob("python3*/site-packages/*.dist-info")
    names = {path.name.partition("-")[0].lower() for path in packages}
    folders = {p.name.replace("-", "_").lower() for p in (image.root / "licenses").iterdir()}

    assert len(names) >= lock.count("==")
    assert names - folders == set()
    assert (image.root / "licenses/LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize("folder", ["manifests", "crds"])
def test_catalog_and_definitions_are_those_of_the_checkout(image: Image, folder: str) -> None:
    def contents(root: Path) -> dict[str, bytes]:
        return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}

    assert contents(image.root / "opt/rhoai-operator" / folder) == contents(ROOT / folder)


def test_what_is_installed_is_the_wheel_byte_by_byte(image: Image, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel(tmp_path)) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if "RECORD" not in name}
    packages = next((image.root / "opt/rhoai-operator/lib").glob("python3*/site-packages"))

    assert [name for name, text in files.items() if (packages / name).read_bytes() != text] == []


def test_what_a_start_imports_is_compiled(image: Image) -> None:
    packages = next((image.root / "opt/rhoai-operator/lib").glob("python3*/site-packages"))
    ours = {p.stem for p in (packages / "rhoai_operator").rglob("*.py")}
    compiled = {p.name.partition(".")[0] for p in (packages / "rhoai_operator").rglob("*.pyc")}

    assert ours == compiled


def test_labels_say_what_it_is(image: Image) -> None:
    labels = image.config["Labels"]

    assert labels.keys() >= RED_HATS
    assert all(labels[name] for name in RED_HATS)
    assert labels["version"] == labels["org.opencontainers.image.version"] == PROJECT["version"]
    assert labels["org.opencontainers.image.licenses"] == PROJECT["license"]


def test_it_runs_as_nobody_in_particular_and_finds_its_catalog(image: Image) -> None:
    variables = dict(entry.split("=", 1) for entry in image.config["Env"])

    assert image.config["User"] == "1001"
    assert image.config["Entrypoint"] == ["rhoai-operator"]
    assert (image.root / variables["RHOAI_MANIFESTS_DIR"].lstrip("/")).resolve()
    assert variables["PYTHONDONTWRITEBYTECODE"] == "1"
