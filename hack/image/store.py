"""Builds with buildah, without a daemon and without a registry, in a store of its own.

The images that the Dockerfile begins with are made from Debian's packages and the locked wheels, once.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hack.daemons import alone
from hack.go_toolchain import user_cache
from hack.tools import tool

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements-runtime.lock", "requirements-build.lock")
SUITE = "bookworm"
BASE, BUILD_BASE = ("python3",), ("python3", "python3-pip")
"""Debian packages of an image to run in and of one to build in, beside what is essential."""
WHEELS = "/wheels"
OFFLINE = f"[global]\nno-index = true\nfind-links = {WHEELS}\n"


class ImageError(RuntimeError):
    """The image cannot be built or run here; the message says what helps."""


@dataclass(frozen=True, slots=True)
class Image:
    """A built image.

    Attributes:
        root: its root file system, the caller's own to read and to start.
        base: that of what it began with.
        config: as the OCI image specification has it: Env, Entrypoint, Labels, User …
    """

    root: Path
    base: Path
    config: dict[str, Any]


@contextmanager
def built(arguments: Sequence[str] = ()) -> Iterator[Image]:
    """Build the operator's image and give it; ``arguments`` are further ones of ``buildah build``.

    Raises:
        ImageError: this is not root's process, or a tool failed.
    """
    if os.geteuid():
        raise ImageError("only root may unpack and start images without a daemon: run it as root")
    with alone(_folder() / "lock"):
        base, build_base, wheels = _base(BASE), _base(BUILD_BASE), _wheels()
        given = [f"BASE={base}", f"BUILD_BASE={build_base}"]
        flags = [word for argument in given for word in ("--build-arg", argument)]
        name = f"localhost/rhoai-operator:check-{os.getpid()}"
        _buildah(
            "build", "--quiet", "--volume", f"{wheels}:{WHEELS}:ro", "--tag", name, *flags,
            *arguments, str(ROOT),
        )  # fmt: skip
        containers = [_buildah("from", name), _buildah("from", base)]
        try:
            root, below = (Path(_buildah("mount", container)) for container in containers)
            told: dict[str, Any] = json.loads(_buildah("inspect", "--type", "image", name))
            yield Image(root, below, told["OCIv1"]["config"])
        finally:
            _buildah("rm", *containers)
            _buildah("rmi", "--force", name)


def _base(packages: Sequence[str]) -> str:
    """Return the name of an image with these packages, made when there is none."""
    recipe = json.dumps([SUITE, *packages, OFFLINE]).encode()
    name = f"localhost/rhoai-base:{hashlib.sha256(recipe).hexdigest()[:12]}"
    if not _buildah("images", "--quiet", "--filter", f"reference={name}"):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            _say(f"Making an image of Debian with {', '.join(packages)}: about a minute, once.")
            _run(
                tool("mmdebstrap"), "--quiet", "--variant=essential",
                f"--include={','.join(packages)}", SUITE, folder / "base.tar",
            )  # fmt: skip
            (folder / "pip.conf").write_text(OFFLINE)
            (folder / "Dockerfile").write_text(
                "FROM scratch\nADD base.tar /\nCOPY pip.conf /etc/pip.conf\n"
            )
            _buildah("build", "--quiet", "--tag", name, scratch)
    return name


def _wheels() -> Path:
    """Return the folder with what the locks name, as pip has checked it, for this machine."""
    content = b"".join((ROOT / lock).read_bytes() for lock in LOCKS)
    folder = _folder() / f"wheels-{hashlib.sha256(content).hexdigest()[:12]}"
    if not folder.exists():
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for lock in LOCKS:
            _run(
                sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
                "--require-hashes", "--only-binary", ":all:", "--python-version", "3.11",
                "--requirement", ROOT / lock, "--dest", unfinished,
            )  # fmt: skip
        unfinished.rename(folder)
    return folder


def _buildah(command: str, *arguments: str | Path) -> str:
    """Run buildah without isolation that would need more than a change of root."""
    folder = _folder()
    store = ["--root", folder / "store", "--runroot", folder / "run", "--storage-driver", "vfs"]
    isolation = ["--isolation", "chroot"] if command == "build" else []
    return _run(tool("buildah"), *map(str, store), command, *isolation, *arguments)


def _run(*command: str | Path) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).splitlines()[-20:])
        words = " ".join(str(word) for word in command[:4])
        raise ImageError(f"{words} … ended with {done.returncode}:\n{said}")
    return done.stdout.strip()


def _folder() -> Path:
    folder = user_cache() / "image"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
