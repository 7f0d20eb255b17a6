"""Finishes the operator's environment inside the image: run by the environment's own Python.

``python prepare.py ENVIRONMENT LICENCES`` compiles what a start reads, collects the licences of
everything installed, and leaves only the operator's own commands and nothing that may be written to.
"""

from __future__ import annotations

import compileall
import importlib.metadata
import py_compile
import re
import shutil
import sys
import sysconfig
from pathlib import Path

NEVER_READ = re.compile(r"/kubernetes/(aio/)?client/(api|models)/|/(test|tests)/")
"""Typed models of the Kubernetes client: 3,000 modules that nothing imports, or one or two."""


def compile_all(packages: Path) -> None:
    """Compile to bytecode that is never compared with its source: the image does not change."""
    fine = compileall.compile_dir(
        packages,
        quiet=1,
        rx=NEVER_READ,
        workers=0,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not fine:
        sys.exit("not everything could be compiled, see above")


def collect_licences(target: Path) -> None:
    """Copy the licence files of every installed distribution to ``target/<name>/``."""
    for found in importlib.metadata.distributions():
        files = [file for file in found.files or () if _is_licence(file.name)]
        for file in files:
            place = target / found.metadata["Name"]
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), place / file.name)


def _is_licence(name: str) -> bool:
    return name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE"))


def remove_commands(folder: Path) -> None:
    """Leave Python and our own commands: nobody works in this environment."""
    for path in folder.iterdir():
        if not re.match(r"python|rhoai|kubectl-rhoai", path.name):
            path.unlink()


def close(folder: Path) -> None:
    """Let everybody read it, the group as its owner does, and nobody write to it."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o111
            path.chmod(0o555 if runs else 0o444)


def main(environment: Path, licences: Path) -> None:
    """Do all of it."""
    packages = Path(sysconfig.get_path("purelib"))
    compile_all(packages)
    remove_commands(environment / "bin")
    collect_licences(licences)
    shutil.copyfile(licences / "rhoai-operator" / "LICENSE", licences / "LICENSE")
    manifests = packages / "rhoai_operator" / "manifests"
    (environment / "manifests").symlink_to(manifests.relative_to(environment))
    for folder in (environment, licences):
        close(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
