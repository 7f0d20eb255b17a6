"""What the documentation says to type: fenced blocks of its pages.

``sh`` is run, page by page, in order. A comment ``<!-- not run: why -->`` on the line before leaves
one out. Any block that has a ``title="path"`` is the content of that file, for the commands that
follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LANGUAGES = frozenset({"sh", "text", "yaml", "json", "python", "promql", "ini"})
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\S*)(?P<options>.*)$")
_REASON = re.compile(r"^ *<!-- not run: (?P<why>.+) -->$")
_TITLE = re.compile(r'title="(?P<path>[^"]+)"')


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block.

    Attributes:
        line: of its first line of text, from 1.
        title: path of the file whose content it is; empty if it is none.
        not_run: why its commands are not run; empty if they are.
    """

    page: Path
    line: int
    language: str
    title: str
    text: str
    not_run: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Return every page that people read."""
    texts = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    return [*texts, *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """Go through a page's blocks."""
    lines, inside, why = page.read_text(encoding="utf-8").splitlines(), None, ""
    for number, text in enumerate(lines, 1):
        fence = _FENCE.match(text)
        if fence and inside is None:
            start, inside, body = number + 1, fence, list[str]()
        elif inside is not None and text.strip() == "```":
            title = _TITLE.search(inside["options"])
            yield Block(
                page, start, inside["language"], title["path"] if title else "", _joined(body), why
            )
            inside, why = None, ""
        elif inside is not None:
            body.append(text.removeprefix(inside["indent"]))
        elif text.strip():
            reason = _REASON.match(text)
            why = reason["why"] if reason else ""


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
