"""Builds the wheel from what git tracks: the same bytes wherever and whenever it is built.

``python -m hack.wheel [FOLDER]`` writes it there, to ``dist/`` by default, and prints its name and digest.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FALLBACK_EPOCH = 1767225600
"""Seconds since 1970 that files are said to be from where no git tells: 2026 began."""
SOURCES = ("LICENSE", "README.md", "manifests", "pyproject.toml", "rhoai_operator", "setup.py")


def wheel(target: Path, root: Path = ROOT) -> Path:
    """Build it from ``root`` into the folder ``target`` and return where it is.

    Folder, time, umask and what lies about untracked make no difference.

    Raises:
        subprocess.CalledProcessError: it cannot be built; pip has said why.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        tree, built = Path(scratch, "tree"), Path(scratch, "built")
        _export(root, tree)
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run(
            [*pip, "--no-index", "--wheel-dir", str(built), str(tree)],
            check=True,
            stdin=subprocess.DEVNULL,
            umask=0o022,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch(root)), "PYTHONWARNINGS": "ignore"},
        )
        (found,) = built.glob("*.whl")
        return Path(shutil.copy(found, target))


def epoch(root: Path = ROOT) -> int:
    """Return when the newest commit was made, in seconds since 1970; SOURCE_DATE_EPOCH if set."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    told = _git(root, "log", "-1", "--format=%ct")
    return int(told) if told else FALLBACK_EPOCH


def _export(root: Path, tree: Path) -> None:
    """Copy what the wheel is made from, each file readable by all and writable by its owner only."""
    for name in tracked(root):
        copy = tree / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, copy)
        copy.chmod(0o644)
    for folder in (tree, *(path for path in tree.rglob("*") if path.is_dir())):
        folder.chmod(0o755)


def tracked(root: Path) -> list[str]:
    """Return what git tracks of the sources; all of them where there is no git."""
    told = _git(root, "ls-files", "-z", "--", *SOURCES)
    if told:
        return [name for name in told.split("\0") if name and (root / name).is_file()]
    found = (path for name in SOURCES for path in (root / name, *(root / name).rglob("*")))
    wanted = (p for p in found if p.is_file() and "__pycache__" not in p.parts)
    return sorted(str(path.relative_to(root)) for path in wanted)


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout


def main() -> None:
    built = wheel(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "dist")
    print(f"{built}  sha256:{hashlib.sha256(built.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
