"""What the demo reads from the cluster, and how it looks on a screen, in a log and in a picture."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from rhoai_operator.catalog.definition import ComponentDefinition

WIDTH = 100
STYLES = {"True": "green", "False": "red", "Unknown": "yellow"}


@dataclass(slots=True)
class Row:
    """One component and how it came on.

    Attributes:
        condition: the type of its condition.
        expected: what it may come to, besides Ready, on a cluster that serves less.
        steps: seconds since the start, and what was so from then on.
    """

    name: str
    condition: str
    expected: frozenset[str] = frozenset()
    objects: int = 0
    ready: bool = False
    steps: list[tuple[float, str]] = field(default_factory=lambda: [(0.0, "missing")])

    def take(self, seconds: float, condition: Mapping[str, Any] | None, objects: int) -> bool:
        """Note how it is now; tell whether that is news."""
        self.objects = objects
        self.ready = condition is not None and condition["status"] == "True"
        now = condition["reason"] if condition else "applying" if objects else "missing"
        if self.steps[-1][1] == now:
            return False
        self.steps.append((seconds, now))
        return True

    @property
    def settled(self) -> bool:
        """Whether it came to what it may come to."""
        return self.ready or self.steps[-1][1] in self.expected


class Progress:
    """How all components come on, from what kubectl reads."""

    def __init__(self, components: Iterable[ComponentDefinition]) -> None:
        self.rows = [Row(c.name, c.condition, _expected(c)) for c in components]
        self.conditions: list[Mapping[str, Any]] = []
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def take(self, listed: str) -> Iterator[Row]:
        """Read a list of custom resources and ConfigMaps; return the rows that have news."""
        items = json.loads(listed)["items"]
        seconds, objects = self.seconds, {}
        found: dict[str, Mapping[str, Any]] = {}
        for item in items:
            if item["kind"] == "ConfigMap":
                name = item["metadata"]["name"].removeprefix("rhoai-inventory-")
                objects[name] = len(json.loads(item.get("data", {}).get("objects", "[]")))
            else:
                found |= {c["type"]: c for c in _current(item) if c["type"] != "Ready"}
        self.conditions = next((_current(i) for i in items if i["kind"] == KIND), [])
        for row in self.rows:
            if row.take(seconds, found.get(row.condition), objects.get(row.name, 0)):
                yield row

    @property
    def ready(self) -> bool:
        """Whether the DataScienceCluster says so of its newest version."""
        return any(c["type"] == "Ready" and c["status"] == "True" for c in self.conditions)

    @property
    def settled(self) -> bool:
        """Whether the newest version was looked at, and all components came to rest."""
        return bool(self.conditions) and all(row.settled for row in self.rows)

    def table(self) -> Table:
        table = Table(title=f"{self.seconds:.1f} s", title_justify="left", expand=True)
        table.add_column("component")
        table.add_column("objects", justify="right")
        table.add_column("how it came on", ratio=1)
        for row in self.rows:
            words = [f"{name} {seconds:.1f} s" for seconds, name in row.steps[1:]]
            style = "green" if row.ready else "yellow"
            steps = Text(" → ".join(["missing", *words]), style=style)
            table.add_row(row.name, str(row.objects), steps)
        return table


KIND = "DataScienceCluster"


def _expected(component: ComponentDefinition) -> frozenset[str]:
    """Return what a component may come to where the cluster lacks what it says it needs."""
    reasons = {reduced.reason for reduced in component.reduced} - {""}
    return frozenset(reasons | ({"missing"} if component.only_with else set()))


def _current(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the conditions that were computed for the object's newest version."""
    generation = item["metadata"]["generation"]
    found = item.get("status", {}).get("conditions", ())
    return [c for c in found if c.get("observedGeneration") == generation]


def conditions_table(conditions: Iterable[Mapping[str, Any]]) -> Table:
    """Show conditions; those of components that are switched off are only counted."""
    table = Table("TYPE", "STATUS", "REASON", "MESSAGE", box=None, pad_edge=False)
    off = 0
    seen: set[str] = set()
    for found in conditions:
        if found["reason"] == "Removed":
            off += 1
            continue
        style = STYLES[found["status"]] if found["type"].endswith("Ready") else ""
        status = Text(found["status"], style=style)
        message = found.get("message", "")
        shown = Text("as above", style="dim") if message and message in seen else Text(message)
        seen.add(message)
        table.add_row(found["type"], status, found["reason"], shown)
    if off:
        table.add_row(Text(f"and {off} more", style="dim"), "False", "Removed", "")
    return table


class Screen:
    """Prints for people, and keeps the same for a picture if one is wanted."""

    def __init__(self, *, picture: bool, hidden: Path) -> None:
        self.console = Console(highlight=False)
        if not self.console.is_terminal:
            self.console = Console(highlight=False, width=WIDTH)
        self._kept = Console(record=True, width=WIDTH, file=StringIO(), highlight=False)
        self._picture = picture
        self._hidden = str(hidden)

    @property
    def live(self) -> bool:
        return self.console.is_terminal

    def say(self, what: RenderableType = "", *, style: str = "") -> None:
        shown = Text(what, style=style) if isinstance(what, str) else what
        self.console.print(shown, soft_wrap=isinstance(what, str))
        if self._picture:
            kept = (
                Text(what.replace(self._hidden, "demo"), style) if isinstance(what, str) else what
            )
            self._kept.print(kept)

    def draw(self, path: Path) -> None:
        """Write the picture of all that was said."""
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn = self._kept.export_svg(title="make demo", unique_id="demo")
        plain = re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL)  # they are fetched
        path.write_text(plain + "\n", encoding="utf-8")
