"""Reads what a PromQL expression selects; Prometheus itself reads the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rhoai_operator.metric_table import METRICS

TARGET = frozenset({"job", "namespace", "instance"})
"""Labels that every series has that a scrape brings."""
OF_PROCESSES = frozenset({
    "up",
    *("process_resident_memory_bytes", "process_start_time_seconds"),
    *("process_cpu_seconds_total", "process_open_fds"),
})  # fmt: skip
_SELECTOR = re.compile(r"(?P<name>[a-zA-Z_]\w*)\{(?P<matchers>[^{}]*)\}")
_MATCHER = re.compile(r'(?P<label>\w+)\s*(?:=~|!~|!=|=)\s*"[^"]*"')
_RECORDED = re.compile(r"\b\w+:\w+:\w+\b")
_LABELS = re.compile(r"\b(?:by|on)\s*\((?P<labels>[^)]*)\)")
_BARE = re.compile(r"\b(?:rhoai_operator|controller_runtime|workqueue|rest_client)_\w+\b(?!\{)")


@dataclass(frozen=True, slots=True)
class Selector:
    """One selector.

    Attributes:
        text: its matchers, as they stand there.
    """

    name: str
    labels: frozenset[str]
    text: str


def selectors(expr: str) -> list[Selector]:
    """Return what is selected with matchers, in order."""
    return [
        Selector(m["name"], frozenset(_MATCHER.findall(m["matchers"])), m["matchers"])
        for m in _SELECTOR.finditer(expr)
    ]


def recorded(expr: str) -> set[str]:
    """Return the names of recorded series."""
    return set(_RECORDED.findall(expr))


def grouped(expr: str) -> set[str]:
    """Return the labels by which it groups or joins."""
    found = (match["labels"].split(",") for match in _LABELS.finditer(expr))
    return {label.strip() for labels in found for label in labels}


def faults(expr: str) -> Iterator[str]:
    """Say what the operator does not tell: metrics and labels that its table does not have."""
    known = labels_of()
    offered: set[str] = set(TARGET)
    for selector in selectors(expr):
        if selector.name not in known:
            yield f"there is no metric {selector.name}"
            continue
        offered |= known[selector.name]
        if odd := selector.labels - known[selector.name]:
            yield f"{selector.name} has no label {', '.join(sorted(odd))}"
    yield from (f"{name} is selected without a job" for name in _BARE.findall(_alone(expr)))
    if not recorded(expr) and (unknown := grouped(expr) - offered):
        yield f"nothing has the label {', '.join(sorted(unknown))}"


def labels_of() -> dict[str, set[str]]:
    """Return the labels of every series that a scrape of the operator brings, by its name."""
    found = {name: set(TARGET) for name in OF_PROCESSES}
    for metric in METRICS:
        labels = {*TARGET, *metric.labels}
        found[metric.name] = labels
        if metric.kind == "histogram":
            found |= {f"{metric.name}_{end}": labels for end in ("sum", "count")}
            found[f"{metric.name}_bucket"] = labels | {"le"}
    return found


def _alone(expr: str) -> str:
    return _RECORDED.sub("", expr)
