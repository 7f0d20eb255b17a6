from __future__ import annotations

from pathlib import Path

import pytest

from hack.go_toolchain import installed_go, user_cache, wanted


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An otherwise empty PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def go_that(script: str, path: Path) -> None:
    go = path / "go"
    go.write_text(f"#!/bin/sh\n{script}\n")
    go.chmod(0o755)


def test_no_go_on_the_path(path: Path) -> None:
    assert installed_go() is None


@pytest.mark.parametrize(
    ("script", "chosen"),
    [
        (f"echo go{wanted()}", True),
        ("echo go1.99", True),
        ("echo go2.0.1", True),
        ("echo go1.9.7", False),
        ("echo go1.20.14", False),
        ("echo devel +abc", False),
        ("echo toolchain not available >&2; exit 1", False),
    ],
)
def test_the_installed_one_serves_if_it_is_new_enough(
    path: Path, script: str, chosen: bool
) -> None:
    go_that(script, path)
    assert (installed_go() is not None) == chosen


def test_compiles_for_this_machine_without_c_or_workspace(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOS", "plan9")
    go_that("echo go1.99", path)
    go = installed_go()
    assert go
    assert "GOOS" not in go.environment
    assert (go.environment["CGO_ENABLED"], go.environment["GOWORK"]) == ("0", "off")


@pytest.mark.parametrize("home", ["", None])
def test_cache_has_a_place_without_home(home: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.delenv("HOME")
    if home is not None:
        monkeypatch.setenv("HOME", home)
    assert user_cache().parts[-2:] == (".cache", "rhoai-operator")
    assert len(user_cache().parts) > 3


def test_cache_is_where_the_user_has_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache() == tmp_path / "rhoai-operator"
