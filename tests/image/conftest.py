"""The image is built once, on images made of Debian's packages: no registry and no daemon."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hack.image.store import Image, built


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    with built() as found:
        yield found
