"""How commands print: columns as kubectl has them, YAML and JSON, colours where somebody looks."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import click
import yaml

GOOD, BAD, DOUBTFUL = "green", "red", "yellow"
GAP = 3
MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Output:
    """Where and how to print.

    Attributes:
        color: on stdout.
        quiet: print nothing but results and errors.
        verbose: say why, where something fails.
        said: notes that are not repeated.
    """

    color: bool = False
    quiet: bool = False
    verbose: bool = False
    said: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, *, no_color: bool, quiet: bool, verbose: bool) -> Output:
        """Colour what a terminal shows, unless that is not wanted."""
        wanted = not (no_color or os.environ.get("NO_COLOR"))
        return cls(wanted and sys.stdout.isatty(), quiet, verbose)

    def line(self, text: str = "") -> None:
        """Print a result."""
        click.echo(text if self.color else click.unstyle(text), color=self.color)

    def note(self, text: str) -> None:
        """Say on stderr what goes on."""
        if not self.quiet:
            click.echo(text, err=True)

    def progress(self, text: str) -> None:
        """Say on a terminal what is at work."""
        if sys.stderr.isatty():
            self.note(f"► {text}")

    def note_once(self, text: str) -> None:
        """Say it on stderr unless it has been said."""
        if text not in self.said:
            self.said.add(text)
            self.note(text)

    def mapping(self, value: Any, form: str) -> None:  # noqa: ANN401 - JSON values
        """Print JSON or YAML."""
        if form == "json":
            click.echo(json.dumps(value, indent=2, ensure_ascii=False))
        else:
            click.echo(yaml.safe_dump(value, sort_keys=False, allow_unicode=True), nl=False)

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print columns; cells may have colours."""
        for row in columns(head, rows):
            self.line(row)


def columns(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Align columns; the last one is as long as it is."""
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(len(click.unstyle(line[i])) for line in lines) for i in range(len(head))]
    return [_aligned(line, widths).rstrip() for line in lines]


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = zip(line, widths, strict=True)
    return "".join(cell + " " * (width + GAP - len(click.unstyle(cell))) for cell, width in cells)


def colored(status: str) -> str:
    """Colour a condition's status."""
    color = {"True": GOOD, "False": BAD}.get(status, DOUBTFUL)
    return click.style(status, fg=color)


def age(since: str, now: datetime | None = None) -> str:
    """Say how long ago a time was, as kubectl does; ``<unknown>`` if it is none."""
    try:
        begun = datetime.fromisoformat(since)
    except (TypeError, ValueError):
        return "<unknown>"
    seconds = int(((now or datetime.now(UTC)) - begun).total_seconds())
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{max(seconds, 0)}s"


def shortened(text: str, most: int) -> str:
    """Cut a text that is longer."""
    return text if len(text) <= most else text[: most - 1] + "…"
