"""``rhoai status``: how the platform is, component by component."""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import Iterator
from typing import Any

import click

from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.cli.output import age, colored, shortened
from rhoai_operator.cli.platform import Found, conditions, look
from rhoai_operator.cli.session import FAILED, FOUND, TIME_IS_UP, Session, asks_cluster, leave
from rhoai_operator.cluster.errors import TransientError
from rhoai_operator.core.objects import Manifest

HEAD = ("COMPONENT", "STATE", "READY", "WORKLOADS", "REASON", "AGE")
LOOK_SECONDS = 1.0
MESSAGE = 72
CLEAR = "\x1b[H\x1b[2J"


@click.command()
@click.option("--watch", "-w", is_flag=True, help="Show changes until interrupted.")
@click.option("--wait", is_flag=True, help="Wait until Ready; exit 124 when time is up.")
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice(["table", "wide", "json", "yaml"]),
    default="table",
    help="What to print; wide adds the messages.",
)
@asks_cluster
async def status(session: Session, *, watch: bool, wait: bool, form: str) -> None:
    """Show how the platform and its components are.

    Exits with 0 if the DataScienceCluster is Ready, and with 1 if it is not, or there is none.
    """
    if watch:
        await _watch(session, form)
        return
    found = await _awaited(session) if wait else await look(session)
    session.tell_denied()
    if session.denied and found.dsc is None:
        leave(FAILED)
    _show(session, found, form)
    if not _is_ready(found):
        leave(TIME_IS_UP if wait else FOUND)


async def _awaited(session: Session) -> Found:
    """Look again and again until it is Ready, or time is up."""
    deadline, said = time.monotonic() + session.timeout, ""
    while True:
        found = await _once_there(session, deadline)
        ready = conditions(found.dsc).get("Ready", {})
        now = f"{ready.get('reason', 'no DataScienceCluster')}: {ready.get('message', '')}"
        if now != said and not _is_ready(found):
            session.output.note(f"waiting: {shortened(now, 2 * MESSAGE)}")
            said = now
        left = deadline - time.monotonic()
        if _is_ready(found) or left <= 0:
            return found
        await asyncio.sleep(min(LOOK_SECONDS, left))


async def _once_there(session: Session, deadline: float = math.inf) -> Found:
    """Look as soon as the API server can answer: whoever waits or watches has the time."""
    while True:
        try:
            return await look(session)
        except TransientError as error:
            session.output.note_once(str(error))
        left = deadline - time.monotonic()
        if left <= 0:
            leave(TIME_IS_UP)
        await asyncio.sleep(min(LOOK_SECONDS, left))


async def _watch(session: Session, form: str) -> None:
    """Draw anew on a terminal; elsewhere append what is new."""
    known: dict[str, Any] = {}
    while True:
        found = await _once_there(session)
        rows = {row[0]: row[:-1] for row in _rows(session, found)}
        if sys.stdout.isatty():
            click.echo(CLEAR, nl=False)
            _show(session, found, form)
        else:
            for name, row in rows.items():
                if known.get(name) != row:
                    session.output.line("   ".join(row))
        known = rows
        await asyncio.sleep(LOOK_SECONDS)


def _is_ready(found: Found) -> bool:
    dsc = found.dsc
    ready = conditions(dsc).get("Ready", {})
    current = bool(dsc) and ready.get("observedGeneration") == (dsc or {})["metadata"].get(
        "generation"
    )
    return current and ready.get("status") == "True"


def _show(session: Session, found: Found, form: str) -> None:
    if form in ("json", "yaml"):
        session.output.mapping(as_values(session, found), form)
        return
    output = session.output
    for kind, live in (("DSC", found.dsc), ("DSCI", found.dsci)):
        output.line(_summary(kind, live))
    output.line()
    head = HEAD if form == "table" else (*HEAD, "MESSAGE")
    rows = list(_rows(session, found))
    messages = [_message(session, found, row[0]) for row in rows]
    wide = [(*row, text) for row, text in zip(rows, messages, strict=True)]
    output.table(head, rows if form == "table" else wide)
    if form == "table":
        for row, text in zip(rows, messages, strict=True):
            if click.unstyle(row[2]) != "True" and row[1] == "Managed" and text:
                output.line(f"\n{row[0]}: {text}")


def _summary(kind: str, live: Manifest | None) -> str:
    if live is None:
        return f"{kind:<5}there is none"
    ready = conditions(live).get("Ready", {})
    name, state = live["metadata"]["name"], ready.get("status", "Unknown")
    release = (live.get("status") or {}).get("release") or {}
    of = " ".join(filter(None, (release.get("name"), release.get("version"))))
    reason = ready.get("reason", "NotReconciled")
    return f"{kind:<5}{name}   Ready={colored(state)}   {reason}   {of}".rstrip()


def _components(session: Session, found: Found) -> Iterator[ComponentDefinition]:
    known = conditions(found.dsc)
    for component in session.catalog.owned_by("DataScienceCluster"):
        if component.condition in known or found.state(component) != "Removed":
            yield component


def _rows(session: Session, found: Found) -> Iterator[tuple[str, ...]]:
    known = conditions(found.dsc)
    for component in _components(session, found):
        condition = known.get(component.condition, {})
        yield (
            component.name,
            found.state(component),
            colored(condition.get("status", "Unknown")),
            _workloads(found, component),
            condition.get("reason", "-"),
            age(condition.get("lastTransitionTime", "")),
        )


def _message(session: Session, found: Found, name: str) -> str:
    component = session.catalog.components[name]
    return str(conditions(found.dsc).get(component.condition, {}).get("message") or "")


def _workloads(found: Found, component: ComponentDefinition) -> str:
    """Say how many pods of how many are there."""
    workloads = found.workloads(component)
    wanted = sum(w["spec"].get("replicas", 1) for w in workloads)
    there = sum((w.get("status") or {}).get("readyReplicas", 0) for w in workloads)
    return f"{there}/{wanted}" if workloads else "-"


def as_values(session: Session, found: Found) -> dict[str, Any]:
    """Return all of it as JSON values."""
    rows = (
        {
            "component": row[0],
            "state": row[1],
            "ready": click.unstyle(row[2]),
            "workloads": row[3],
            "reason": row[4],
            "message": _message(session, found, row[0]),
        }
        for row in _rows(session, found)
    )
    return {
        "ready": _is_ready(found),
        "platform": found.platform.name,
        "dataScienceCluster": _object(found.dsc),
        "dscInitialization": _object(found.dsci),
        "components": list(rows),
        "denied": session.denied,
    }


def _object(live: Manifest | None) -> dict[str, Any] | None:
    if live is None:
        return None
    return {"name": live["metadata"]["name"], "conditions": list(conditions(live).values())}
