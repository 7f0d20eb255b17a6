"""Documents as users write them, and what becomes of them.

``valid``: each is accepted, and understood without a problem. ``invalid``: the last document of
each is refused, those before it are accepted; the first line says what the refusal must mention.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_HERE = Path(__file__).parent
_REFUSED = "# refused: "

VALID = sorted(_HERE.glob("valid/*.yaml"))
INVALID = sorted(_HERE.glob("invalid/*.yaml"))


@dataclass(frozen=True)
class Refusal:
    """One file of ``invalid``."""

    accepted: list[Any]
    refused: Any
    because: str


def document(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def refusal(path: Path) -> Refusal:
    text = path.read_text()
    first = text.splitlines()[0]
    assert first.startswith(_REFUSED), f"{path}: the first line must begin with {_REFUSED!r}"
    *accepted, refused = yaml.safe_load_all(text)
    return Refusal(accepted, refused, first.removeprefix(_REFUSED))
