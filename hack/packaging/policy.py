"""What must not be rendered: a role for everybody, unless it is listed with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from rhoai_operator.core.objects import Manifest
from rhoai_operator.reconcile.rights import BINDINGS

LISTED = Path(__file__).parent / "everybody.yaml"

EVERYBODY = frozenset({
    "system:anonymous", "system:authenticated", "system:authenticated:oauth",
    "system:serviceaccounts", "system:unauthenticated",
})  # fmt: skip
"""Users and groups that nobody has to be made a member of."""


class Wide(NamedTuple):
    """A binding of which everybody is a subject."""

    kind: str
    name: str
    group: str


def wide(manifests: Iterable[Manifest]) -> Iterator[Wide]:
    """Go through the bindings whose subject is everybody, whatever their API group is."""
    for manifest in manifests:
        if manifest["kind"] in BINDINGS:
            for subject in manifest.get("subjects") or ():
                if subject["name"] in EVERYBODY and subject["kind"] != "ServiceAccount":
                    yield Wide(manifest["kind"], manifest["metadata"]["name"], subject["name"])


def listed() -> dict[Wide, str]:
    """Return those that may be, each with its reason."""
    rows: list[dict[str, str]] = yaml.safe_load(LISTED.read_text(encoding="utf-8"))
    return {Wide(row["kind"], row["name"], row["group"]): row["reason"] for row in rows}
