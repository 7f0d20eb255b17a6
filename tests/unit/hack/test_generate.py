"""Which generated files are stale; `make verify` holds the real ones against what makes them."""

from __future__ import annotations

from pathlib import Path

from hack.generate import stale

WANTED = {"crds/a.yaml": "a: 1\n", "docs/b.md": "b\n"}


def test_files_are_stale_until_they_are_written(tmp_path: Path) -> None:
    first = stale(tmp_path, WANTED)
    assert {str(path.relative_to(tmp_path)): text for path, text in first.items()} == WANTED

    for path, text in first.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    assert stale(tmp_path, WANTED) == {}


def test_one_that_somebody_changed_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "b.md"
    path.write_text("mine\n")

    assert stale(tmp_path, {"b.md": "b\n"}) == {path: "b\n"}
