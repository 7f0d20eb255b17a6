"""Compiles the control plane into one binary, once per recipe, kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

from hack.daemons import alone
from hack.go_build import BuildError, Program, compile_program, compiler
from hack.go_toolchain import RECIPE, user_cache, wanted
from hack.progress import Progress

EXPECTATION = "takes 5 to 7 minutes on 2 cores, once; then it is cached"
__all__ = ["BuildError", "build", "compiled"]


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
    own = binary.parent / "go"
    go = compiler(wanted(), own, progress)
    flags = ("-trimpath", "-ldflags", f"-s -w {_version_flags()}")
    compile_program(go, Program(RECIPE, flags=flags), binary, progress)
    shutil.rmtree(own, ignore_errors=True)  # 2 GB that only the next recipe would want


def _version_flags() -> str:
    """Return the linker flags that make the programs say their version, as releases do."""
    match = re.search(r"k8s.io/kubernetes (v(\d+)\.(\d+)\.\d+)", (RECIPE / "go.mod").read_text())
    assert match, "go.mod names the Kubernetes version"
    stamp = {"gitVersion": match[1], "gitMajor": match[2], "gitMinor": match[3]}
    return " ".join(f"-X k8s.io/component-base/version.{k}={v}" for k, v in stamp.items())
