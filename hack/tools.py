"""Gets the programs that check what is packaged: ``python -m hack.tools NAME`` prints where one is.

What is there already is taken as it is. All else is made on first use and kept in the user's cache;
``hack/tools.yaml`` is the table of them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from hack.daemons import alone
from hack.go_build import BuildError, Program, compile_program, compiler, run
from hack.go_toolchain import Go, user_cache
from hack.progress import Progress

TABLE = Path(__file__).with_name("tools.yaml")
LOCK = Path(__file__).with_name("tools.lock")
LEAST_GO = "1.26.3"
"""What the most demanding of them asks for."""

Row: TypeAlias = Mapping[str, Any]


class ToolError(RuntimeError):
    """There is no such tool, or none to be had here; the message says what helps."""


@cache
def table() -> Mapping[str, Mapping[str, Row]]:
    """Return the rows: where tools are from -> name -> row."""
    rows: Mapping[str, Mapping[str, Row]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return rows


def names() -> list[str]:
    return [name for rows in table().values() for name in rows]


def tool(name: str) -> Path:
    """Return the program, or the folder of definitions, making it if it is not there yet.

    Raises:
        ToolError: it is not in the table, or cannot be had; also if it does not compile.
    """
    sources = {
        "go": _compiled,
        "pypi": _installed,
        "debian": _of_debian,
        "definitions": _copied,
    }
    for source, rows in table().items():
        if name in rows:
            try:
                return sources[source](name, rows[name])
            except BuildError as error:
                raise ToolError(f"{name} cannot be compiled: {error}") from error
    raise ToolError(f"there is no tool {name!r}; there are {', '.join(names())}")


def spoken_version(name: str) -> str:
    """Return what the tool answers when it is asked for its version, as one line."""
    row = next(rows[name] for rows in table().values() if name in rows)
    found = tool(name)
    if "says" not in row:  # nobody to ask
        return str(row["version"])
    done = subprocess.run([found, *row["says"]], check=True, capture_output=True, text=True)
    return " ".join((done.stdout or done.stderr).split())


def _compiled(name: str, row: Row) -> Path:
    recipe = json.dumps(row, sort_keys=True).encode()
    binary = _cache() / f"{name}-{row['version']}-{hashlib.sha256(recipe).hexdigest()[:8]}" / name
    if not binary.exists():
        _say(f"Compiling {name} {row['version']}: takes minutes, once; then it is cached.")
        with _making("go") as progress:
            if not binary.exists():
                _compile(row, binary, progress)
            _say(f"Compiled in {progress.elapsed}: {binary}")
    return binary


def _compile(row: Row, binary: Path, progress: Progress) -> None:
    binary.parent.mkdir(parents=True, exist_ok=True)
    go = compiler(LEAST_GO, _own_go(), progress)
    stamps = (
        f"-X {variable}={value.replace('$(version)', row['version'])}"
        for variable, value in row["stamp"].items()
    )
    # The tag leaves out a library in C that only signatures of images need.
    flags = ("-trimpath", "-tags", "containers_image_openpgp", "-ldflags")
    source = _source(go, row, progress)
    program = Program(source, row["package"], (*flags, " ".join(("-s -w", *stamps))))
    compile_program(go, program, binary, progress)


def _source(go: Go, row: Row, progress: Progress) -> Path:
    """Return the folder of a module, whose go.sum says what all others have to be."""
    module = f"{row['module']}@{row['version']}"
    progress.doing = f"downloading {module}"
    answer: list[str] = []
    run(go, _cache(), ["mod", "download", "-json", module], answer.append)
    found: dict[str, str] = json.loads("".join(answer[answer.index("{") :]))
    if found["Sum"] != row["sum"]:
        raise BuildError(f"{module} has the sum {found['Sum']}, and {TABLE.name} says {row['sum']}")
    return Path(found["Dir"])


def _copied(name: str, row: Row) -> Path:
    folder = _cache() / f"{name}-{row['version']}"
    if not folder.exists():
        with _making("go") as progress:
            if not folder.exists():
                source = _source(compiler(LEAST_GO, _own_go(), progress), row, progress)
                unfinished = folder.with_name(f"{folder.name}.unfinished")
                unfinished.mkdir(exist_ok=True)
                for path in source.glob(row["files"]):
                    shutil.copyfile(path, unfinished / path.name)
                unfinished.rename(folder)
    return folder


def _installed(name: str, _: Row) -> Path:
    folder = _cache() / f"pypi-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        with _making("pypi") as progress:
            if not folder.exists():
                progress.doing = f"installing what {LOCK.name} says"
                _install(folder)
    return folder / "bin" / name


def _install(folder: Path) -> None:
    """Make an environment of its own; scripts in it know where it is, so it is not moved."""
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    pip += ["--require-hashes", "--requirement", str(LOCK)]
    try:
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "python", *pip], check=True, stdin=subprocess.DEVNULL)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, subprocess.CalledProcessError):
            raise ToolError(f"pip could not install what {LOCK.name} says, see above") from error
        raise


def _of_debian(name: str, row: Row) -> Path:
    if found := shutil.which(name):
        return Path(found)
    package = row["package"]
    folder = _cache() / f"debian-{package}"
    if "file" in row and (folder / row["file"]).exists():
        return folder / str(row["file"])
    if not shutil.which("apt-get"):
        raise ToolError(f"there is no {name} on the PATH: install it; on Debian it is in {package}")
    with _making("debian") as progress:
        progress.doing = f"getting {package} from Debian's archive"
        try:
            if "file" in row:
                _unpack(package, folder)
            else:
                _apt("install", package)
        except subprocess.CalledProcessError as error:
            raise ToolError(
                f"there is no {name} on the PATH, and apt-get could not get {package}, see above;"
                f" install it as root: apt-get update && apt-get install {package}"
            ) from error
    return _of_debian(name, row)


def _unpack(package: str, folder: Path) -> None:
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    _apt("download", package, folder=unfinished)
    (archive,) = unfinished.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", archive, unfinished], check=True)
    archive.unlink()
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def _apt(command: str, package: str, folder: Path | None = None) -> None:
    quietly = ["apt-get", "--quiet=2", "--yes", "-o", "APT::Sandbox::User=root"]
    lists = subprocess.run(["apt-cache", "show", package], check=False, capture_output=True)
    if lists.returncode:  # never updated, or long ago
        subprocess.run([*quietly, "update"], check=True, stdout=sys.stderr)
    full = [*quietly, "--no-install-recommends", command, package]
    subprocess.run(full, check=True, cwd=folder, stdout=sys.stderr, stdin=subprocess.DEVNULL)


def _cache() -> Path:
    folder = user_cache() / "tools"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _own_go() -> Path:
    return _cache() / "go"


@contextmanager
def _making(what: str) -> Iterator[Progress]:
    """Let nobody else make tools of that source meanwhile, and say what goes on."""
    with Progress("waiting for another build") as progress, alone(_cache() / f"{what}.lock"):
        yield progress


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Return the exit code: 1 if a tool cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m hack.tools", description=__doc__)
    parser.add_argument("name", nargs="*", help="print where these are; without: all of them")
    parser.add_argument("--versions", action="store_true", help="ask them for their versions")
    given = parser.parse_args(arguments)
    try:
        for name in given.name or names():
            print(f"{name}: {spoken_version(name)}" if given.versions else tool(name))
    except ToolError as error:
        _say(str(error))
        return 1
    finally:
        shutil.rmtree(_own_go(), ignore_errors=True)  # 2 GB that only another build would want
    return 0


if __name__ == "__main__":
    sys.exit(main())
