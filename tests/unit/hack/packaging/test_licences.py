from __future__ import annotations

import pytest

from hack.packaging import licences
from hack.packaging.licences import LOCK, Package, packages, page, pins, unlisted

COPYLEFT = "GPL-3.0-only"


def test_everything_that_is_shipped_has_a_licence_that_may_be_shipped() -> None:
    assert {p.name: unlisted(p.licence) for p in packages() if unlisted(p.licence)} == {}


def test_everything_that_is_locked_is_listed() -> None:
    names = [line.partition("==")[0] for line in LOCK.read_text().splitlines() if "==" in line]

    assert [package.name for package in packages()] == names
    assert all(f"| {name} |" in page() for name in names)


@pytest.mark.parametrize(
    ("licence", "left"),
    [
        ("MIT", set()),
        ("Apache-2.0 OR BSD-3-Clause", set()),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", set()),
        (COPYLEFT, {COPYLEFT}),
        (f"MIT AND ({COPYLEFT} OR MIT)", {COPYLEFT}),
        ("", {"nothing"}),
        ("Other/Proprietary License", {"Other/Proprietary", "License"}),
    ],
)
def test_what_is_not_listed_is_found(licence: str, left: set[str]) -> None:
    assert unlisted(licence) == left


def test_a_version_that_is_not_the_locked_one_is_refused() -> None:
    (pin,) = pins("kopf==0.0.1 \\\n    --hash=sha256:aa\n    # via it==2\n")

    with pytest.raises(LookupError, match="run make again"):
        licences._package(pin)


def test_only_what_is_needed_without_extras_counts_as_required() -> None:
    found: dict[str, Package] = {package.name: package for package in packages()}

    assert "aiohttp" in found["kopf"].requires
    assert "uvloop" not in found["kopf"].requires
