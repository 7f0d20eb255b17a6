"""Which licence everything has that the image brings: read off the packages that the lock names.

The lock that development uses pins the same versions, so the environment of a checkout knows them.
"""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements-runtime.lock"
PAGE = "docs/security/licences.md"

ALLOWED: Mapping[str, str] = {
    "0BSD": "permissive",
    "Apache-2.0": "permissive",
    "BSD-2-Clause": "permissive",
    "BSD-3-Clause": "permissive",
    "ISC": "permissive",
    "MIT": "permissive",
    "MIT-0": "permissive",
    "MPL-2.0": "changed files of it have to be published; none is changed",
    "PSF-2.0": "permissive",
}
"""SPDX identifiers of what may be shipped, and what each asks for beyond its text being passed on."""

_SAID = {
    "Apache 2.0": "Apache-2.0",
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""What packages say instead of an identifier."""
_READ = {"jinja2": "BSD-3-Clause"}
"""Read in the licence's text, as the package says only "BSD License"."""


@dataclass(frozen=True, slots=True)
class Package:
    """One that is shipped; ``licence`` is an SPDX expression, or what the package says instead."""

    name: str
    version: str
    licence: str
    requires: tuple[str, ...]


@cache
def packages() -> tuple[Package, ...]:
    """Return everything that the runtime's lock names, by name.

    Raises:
        LookupError: the environment has another version, or none.
    """
    return tuple(map(_package, pins(LOCK.read_text(encoding="utf-8"))))


def pins(lock: str) -> Iterator[Requirement]:
    """Read the exact versions that a lock names."""
    for line in lock.splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            yield Requirement(line.rstrip("\\ "))


def unlisted(licence: str) -> set[str]:
    """Return what of an expression is not in ``ALLOWED``; alternatives count as well."""
    words = re.findall(r"[^\s()]+", licence) or ["nothing"]
    return {word for word in words if word not in {"AND", "OR", *ALLOWED}}


def page() -> str:
    """Return the page that lists them."""
    rows = (f"| {p.name} | {p.version} | {p.licence} |" for p in packages())
    kinds = (f"| {name} | {asks} |" for name, asks in ALLOWED.items())
    return "\n".join(
        (
            "<!-- Made by `make generate` from requirements-runtime.lock. -->",
            "# Licences",
            "",
            "rhoai-operator is under Apache-2.0. Its image brings these packages beside Python and the base image;",
            "their texts are in the image's `/licenses`.",
            "",
            "| package | version | licence (SPDX) |",
            "| --- | --- | --- |",
            *rows,
            "",
            "Any other licence than these fails the tests, until somebody has read it:",
            "",
            "| licence | |",
            "| --- | --- |",
            *kinds,
            "",
        )
    )


def _package(pin: Requirement) -> Package:
    found = importlib.metadata.distribution(pin.name)
    if found.version not in pin.specifier:
        raise LookupError(f"{pin} is locked, and {found.version} is installed: run make again")
    needed = (Requirement(text) for text in found.requires or ())
    wanted = {r.name for r in needed if r.marker is None or r.marker.evaluate({"extra": ""})}
    return Package(pin.name, found.version, _licence(pin.name, found), tuple(sorted(wanted)))


def _licence(name: str, found: importlib.metadata.Distribution) -> str:
    classifiers = found.metadata.get_all("Classifier") or ()
    last = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License ::")]
    expression = found.metadata.get_all("License-Expression") or ()
    said = (*expression, _READ.get(name), *(found.metadata.get_all("License") or ()), *last)
    first = next((text for text in said if text), "nothing")
    return _SAID.get(first, first)
