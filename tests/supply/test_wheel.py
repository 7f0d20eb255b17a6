"""What ``make wheel`` builds."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hack.wheel import ROOT, SOURCES, tracked, wheel

EPOCH = "1700000000"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", EPOCH)
        return wheel(tmp_path_factory.mktemp("built"))


def test_it_has_the_same_bytes_elsewhere_later_and_for_somebody_else(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    checkout = tmp_path / "elsewhere"
    for name in tracked(ROOT):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_bytes((ROOT / name).read_bytes())
        (checkout / name).chmod(0o700)
    before = os.umask(0o077)
    try:
        again = wheel(tmp_path / "built", checkout)
    finally:
        os.umask(before)

    assert again.name == built.name
    assert again.read_bytes() == built.read_bytes()


def test_it_holds_the_package_and_its_catalog_and_nothing_else(built: Path) -> None:
    names = {name for name in zipfile.ZipFile(built).namelist() if ".dist-info/" not in name}
    sources = (name for name in tracked(ROOT) if name.startswith(("rhoai_operator/", "manifests/")))
    expected = {n if n.startswith("rhoai") else f"rhoai_operator/{n}" for n in sources}

    assert names == expected
    assert "rhoai_operator/manifests/platforms.yaml" in names


def test_it_renders_without_a_checkout(built: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        archive.extractall(tmp_path)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import rhoai_operator.cli.main as m"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{program}; print(m.__file__); m.rhoai()", "render", "ray"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )

    assert done.stdout.startswith(str(tmp_path))
    assert "kind: Deployment" in done.stdout


def test_sources_are_there() -> None:
    assert all((ROOT / name).exists() for name in SOURCES)
