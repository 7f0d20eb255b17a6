"""The images of an installation, by digest where there is one.

The catalog knows some by tag only. ``images-to-pin.yaml`` lists those for a release to look up, since
nobody can say a digest without asking the registry: what has none is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hack.packaging import operator_objects
from hack.packaging.operator_objects import NAME, ROOT
from hack.tools import table
from rhoai_operator.catalog.loader import Catalog

PINS = Path(__file__).with_name("images-to-pin.yaml")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_BASE = re.compile(r"^ARG BASE(?:_IMAGE)?=(\S+)$", re.MULTILINE)
_HEAD = """\
# Images that are known by tag only, for a release to fill in:
#   skopeo inspect --no-tags --format '{{.Digest}}' docker://IMAGE
# `make generate` keeps what is filled in, and adds and removes lines as the catalog changes.
# `operator` and `bundle` are whole references, with digests: their images are in no registry before a release.
# What is empty goes into bundles by its tag, and the bundle does not claim to work disconnected.
"""


def operands(catalog: Catalog) -> dict[str, list[str]]:
    """Return every image that components may run, with the variables that replace it."""
    found: dict[str, list[str]] = {}
    for definition in catalog.components.values():
        for item in definition.images.values():
            defaults = item.default if isinstance(item.default, Mapping) else {"": item.default}
            for reference in defaults.values():
                found.setdefault(reference, []).append(item.env)
    return dict(sorted(found.items()))


@cache
def pins() -> Mapping[str, Any]:
    """Return what a release has filled in.

    ``operator`` and ``bundle`` are whole references, ``base`` and ``operands`` digests by reference.

    Raises:
        ValueError: something is no digest.
    """
    found: dict[str, Any] = (
        yaml.safe_load(PINS.read_text(encoding="utf-8")) if PINS.exists() else {}
    )
    filled = {**found.get("base", {}), **found.get("operands", {})}
    for reference, digest in filled.items():
        if digest and not _DIGEST.fullmatch(digest):
            raise ValueError(f"{PINS.name}: {digest!r} of {reference} is no sha256:<64 hex digits>")
    return found


def pinned(reference: str) -> str:
    """Return a reference with its digest in place of its tag, where a release has filled one in."""
    return _with_digest(reference, pins().get("operands", {}).get(reference))


def operator_image() -> str:
    """Return the operator's own image: the release's, else the one that is built here."""
    return pins().get("operator") or operator_objects.image()


def operator_base() -> str:
    """Return what the operator's image starts from, as the Dockerfile says."""
    (reference,) = _BASE.findall((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    return _with_digest(reference, pins().get("base", {}).get(reference))


def catalog_base() -> str:
    """Return what the catalog's image starts from: the opm that checks it."""
    reference = _catalog_base()
    return _with_digest(reference, pins().get("base", {}).get(reference))


def bundle_image(version: str) -> str:
    """Return the image of the bundle of a version, which a release puts in a registry."""
    filled = pins().get("bundle") if version == operator_objects.version() else ""
    return filled or f"{NAME}-bundle:{version}"


def replaced(catalog: Catalog) -> dict[str, str]:
    """Return the variables that the operator's pod needs for a release's digests to be used."""
    return {
        env: pinned(reference)
        for reference, variables in operands(catalog).items()
        for env in sorted(variables)
        if pinned(reference) != reference
    }


def related(catalog: Catalog) -> list[dict[str, str]]:
    """Return ``relatedImages``: the operator's and every operand's, each once, with a name."""
    names: dict[str, str] = {NAME: operator_image()}
    for reference, variables in operands(catalog).items():
        base = _name(variables)
        taken = sum(name == base or name.startswith(f"{base}-") for name in names)
        names[f"{base}-{taken + 1}" if base in names else base] = pinned(reference)
    return [{"name": name, "image": reference} for name, reference in names.items()]


def all_pinned(catalog: Catalog) -> bool:
    """Tell whether a cluster that reaches a mirror only could be sure of every image."""
    return all("@sha256:" in item["image"] for item in related(catalog))


def pins_text(catalog: Catalog) -> str:
    """Return the list of what a release fills in, with what it has filled in already."""
    now = pins()
    tagged = [reference for reference in operands(catalog) if "@" not in reference]
    parts = {
        "operator": now.get("operator", ""),
        "bundle": now.get("bundle", ""),
        "base": _kept(now.get("base", {}), _base_images()),
        "operands": _kept(now.get("operands", {}), tagged),
    }
    return _HEAD + yaml.safe_dump(parts, sort_keys=False, width=200)


def _kept(before: Mapping[str, str], references: list[str]) -> dict[str, str]:
    return {reference: before.get(reference, "") for reference in references}


def _base_images() -> list[str]:
    """Return what the operator's and the catalog's images start from, where that is by tag."""
    dockerfile = ROOT / "Dockerfile"
    text = dockerfile.read_text(encoding="utf-8") if dockerfile.exists() else ""
    found = [*_BASE.findall(text), _catalog_base()]
    return [reference for reference in found if "@" not in reference]


def _catalog_base() -> str:
    return f"quay.io/operator-framework/opm:{table()['go']['opm']['version']}"


def _with_digest(reference: str, digest: str | None) -> str:
    head, slash, tail = reference.rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}@{digest}" if digest else reference


def _name(variables: list[str]) -> str:
    """Name an image after its variable, as the Go operator's bundle does."""
    name = min(variables).removeprefix("RELATED_IMAGE_").removesuffix("_IMAGE")
    return name.lower().replace("_", "-")
