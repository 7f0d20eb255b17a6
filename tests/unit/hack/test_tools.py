from __future__ import annotations

import re
from pathlib import Path

import pytest

from hack.tools import ToolError, main, names, spoken_version, table, tool


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache and PATH, both empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def program(path: Path, says: str = "it is me") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)
    return path


def test_what_is_compiled_is_locked_by_content() -> None:
    for name, row in (*table()["go"].items(), *table()["definitions"].items()):
        assert re.fullmatch(r"v\d+\.\d+\.\d+", row["version"]), name
        assert re.fullmatch(r"h1:[A-Za-z0-9+/]{43}=", row["sum"]), name


def test_a_name_has_one_row() -> None:
    assert len(names()) == len(set(names()))


def test_an_unknown_tool_is_told_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hammer"]) == 1
    assert "there is no tool 'hammer'; there are operator-sdk, opm" in capsys.readouterr().err


def test_what_was_compiled_before_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    monkeypatch.setattr("hack.tools._compile", lambda _row, binary, _: made.append(program(binary)))
    first = tool("opm")

    assert made == [first]
    assert tool("opm") == first
    assert made == [first]


def test_a_row_that_changed_is_compiled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hack.tools._compile", lambda _row, binary, _: program(binary))
    first = tool("opm")
    rows = {"go": {"opm": {**table()["go"]["opm"], "stamp": {"main.other": "1"}}}}
    monkeypatch.setattr("hack.tools.table", lambda: rows)

    assert tool("opm") != first


def test_what_debian_has_is_taken_from_the_path(cache: Path) -> None:
    there = program(cache / "bin" / "promtool")

    assert tool("promtool") == there


def test_without_debian_it_is_told_what_to_install() -> None:
    with pytest.raises(ToolError, match="no buildah on the PATH: install it"):
        tool("buildah")


def test_a_tool_says_its_version_in_a_line(cache: Path) -> None:
    program(cache / "bin" / "promtool", says="promtool, '\n' version 3")

    assert spoken_version("promtool") == "promtool, version 3"
