from __future__ import annotations

import os
from pathlib import Path

import pytest

from hack.image.__main__ import arguments, builder
from hack.packaging import images, operator_objects


def program(folder: Path, name: str, code: int) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {code}\n")
    path.chmod(0o755)


def test_the_image_says_of_which_version_and_commit_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")

    found = arguments("example.com/python@sha256:0", "it:1")

    assert found[:3] == ["build", "--tag", "it:1"]
    assert f"VERSION={operator_objects.version()}" in found
    assert "CREATED=1970-01-02T00:00:00Z" in found
    assert "SOURCE_DATE_EPOCH=86400" in found
    assert "BASE=example.com/python@sha256:0" in found


def test_without_a_base_it_is_the_dockerfiles_by_the_releases_digest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    digest = f"sha256:{'0' * 64}"
    base = images.operator_base()
    monkeypatch.setattr(images, "pins", lambda: {"base": {base: digest}})

    assert f"BASE={base}@{digest}" in arguments("", "it:1")


def test_what_works_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.defpath}")
    program(tmp_path, "podman", 1)
    program(tmp_path, "buildah", 1)
    program(tmp_path, "docker", 0)

    assert builder() == "docker"


def test_nothing_builds_where_no_daemon_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path, "docker", 1)

    assert builder() == ""
