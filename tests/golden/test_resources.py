"""The containers of all components have the resources that ``docs/resources.md`` says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
ROW = re.compile(
    r"\| (?P<component>\w+) \| (?P<workloads>[^|]+) \| (?P<containers>[^|]+) "
    r"\| (?P<cpu>[^|]+) \| (?P<memory>[^|]+) \|"
)

Resources = tuple[str, str]
"""Request and limit; empty for none."""


def documented() -> dict[tuple[str, str, str], tuple[Resources, Resources]]:
    """Read the table: component, workload and container -> CPU and memory."""
    found: dict[tuple[str, str, str], tuple[Resources, Resources]] = {}
    rows = ROW.finditer((ROOT / "docs/resources.md").read_text())
    for row in rows:
        if row["component"] == "component":
            continue
        for workload in row["workloads"].split(", "):
            names = row["containers"].split(", ")
            container = workload if workload in names else names[0]
            found[row["component"], workload, container] = _pair(row["cpu"]), _pair(row["memory"])
    return found


def _pair(text: str) -> Resources:
    request, _, limit = text.partition(", ")
    return ("", "") if text == "none" else (request, limit)


def rendered() -> Iterator[tuple[tuple[str, str, str], tuple[Resources, Resources]]]:
    for platform in ("rhoai", "odh"):
        for path in ROOT.glob(f"tests/golden/*/{platform}/expected.yaml"):
            for item in yaml.safe_load_all(path.read_text()):
                if item and item["kind"] == "Deployment":
                    for container in item["spec"]["template"]["spec"]["containers"]:
                        asked = container.get("resources", {})
                        cpu, memory = (
                            tuple(str(asked.get(k, {}).get(r, "")) for k in ("requests", "limits"))
                            for r in ("cpu", "memory")
                        )
                        key = path.parts[-3], item["metadata"]["name"], container["name"]
                        yield key, ((cpu[0], cpu[1]), (memory[0], memory[1]))


def test_resources_are_as_documented() -> None:
    """A container that asks for nothing may be left out of the table."""
    nothing = (("", ""), ("", ""))
    table = documented()
    found = {key: asked for key, asked in rendered() if asked != nothing or key in table}

    assert found == table
