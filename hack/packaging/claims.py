"""What the bundle claims to certification, and why; the words are ``bundle.yaml``'s."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from hack.packaging import images
from rhoai_operator.catalog.loader import Catalog

Claims: TypeAlias = Mapping[str, Mapping[str, Any]]

_HEAD = """\
<!-- Made by `make generate` from hack/packaging/bundle.yaml. -->
# What the bundle claims

The annotations `features.operators.openshift.io/…` of the bundle: what is tested is claimed, and nothing else.

| | claimed | why |
|---|---|---|
"""


def of(catalog: Catalog, written: Claims) -> dict[str, Mapping[str, Any]]:
    """Return all claims by name: whether it is ``claimed``, and ``why``."""
    known = images.all_pinned(catalog)
    every = "every" if known else "not every"
    why = f"{every} image is known by its digest, so that a mirror has it"
    return dict(sorted({**written, "disconnected": {"claimed": known, "why": why}}.items()))


def page(catalog: Catalog, written: Claims) -> str:
    """Return the page that says why something is claimed or not."""
    rows = (
        f"| `{name}` | {'yes' if claim['claimed'] else 'no'} | {claim['why']} |\n"
        for name, claim in of(catalog, written).items()
    )
    return _HEAD + "".join(rows)
