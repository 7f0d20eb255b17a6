"""``rhoai diff``: what the operator would change, asked of the API server by a dry run."""

from __future__ import annotations

import asyncio
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import click

from rhoai_operator.cli.desired import Wanted, wanted, with_documents
from rhoai_operator.cli.documents import component_named, documents_in
from rhoai_operator.cli.masking import masked, without_copy
from rhoai_operator.cli.output import BAD, GOOD
from rhoai_operator.cli.platform import look
from rhoai_operator.cli.session import FAILED, FOUND, Session, asks_cluster, lacking, leave
from rhoai_operator.cluster.errors import ClusterError, Forbidden, KindNotServed, Missing
from rhoai_operator.core.fields import overlaid, yielded
from rhoai_operator.core.objects import (
    MANAGED,
    UNOWNED_KINDS,
    Manifest,
    ObjectRef,
    is_created_once,
)
from rhoai_operator.reconcile.platform import Intent
from rhoai_operator.render.stream import to_yaml

CREATE, CHANGE, DELETE = "create", "change", "delete"
_SERVERS = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp")


@dataclass(frozen=True, slots=True)
class Difference:
    """One object that is not as it would be.

    Attributes:
        before: None where there is none.
        after: None where it would go.
    """

    component: str
    ref: ObjectRef
    action: str
    before: Manifest | None
    after: Manifest | None


@click.command()
@click.argument("component", required=False)
@click.option(
    "-f",
    "--filename",
    "file",
    type=click.File(encoding="utf-8"),
    help="Custom resources in place of those of the cluster; - is stdin.",
)
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice(["diff", "name", "json"]),
    default="diff",
    help="What to print of each object.",
)
@asks_cluster
async def diff(session: Session, *, component: str | None, file: IO[str] | None, form: str) -> None:
    """Show what the operator would change, of all components or of COMPONENT.

    Every object is sent to the API server as a dry run; values of Secrets are not shown. Where you
    may not patch an object, what the operator would send is laid over what is there instead. Exits
    with 0 if nothing differs, with 1 if something does, and with 3 if not all of it can be told.
    """
    names = [component_named(session.catalog, component)] if component else []
    found = await look(session)
    if file:
        found = with_documents(found, documents_in(file, session.catalog).values())
    if Intent(*found.parsed()).paused:
        session.output.note("suspended: this is what the operator does once it is resumed")
    served = await session.cluster.discover()
    differences: list[Difference] = []
    async for item in wanted(session, found, served, names):
        session.output.progress(f"comparing {item.component}")
        if item.problem:
            session.output.note(f"{item.component}: held back: {item.problem}")
        here = [d for d in await _differences(session, item) if d]
        differences += here
        if form == "diff":
            _show(session, here)
    _sum_up(session, differences, form)
    session.tell_denied()
    if session.is_partial:
        leave(FAILED)
    if differences:
        leave(FOUND)


async def _differences(session: Session, item: Wanted) -> list[Difference | None]:
    compared = (_compared(session, item, manifest) for manifest in item.desired.objects)
    gone = (_gone(session, item.component, ref) for ref in item.stale)
    return await asyncio.gather(*compared, *gone)


async def _compared(session: Session, item: Wanted, manifest: Manifest) -> Difference | None:
    ref = ObjectRef.of(manifest)
    try:
        live = await session.cluster.get(ref)
        if ref in item.desired.given_up or (live and _is_users(live, manifest)):
            return None
        sent = yielded(live, manifest, item.desired.insisted.get(ref, ())) if live else manifest
        after = await _after(session, live, sent)
    except Forbidden as error:
        session.deny(error)
        return None
    except ClusterError as error:  # the others are told nevertheless
        session.fail(f"{item.component}: {ref}: {error}")
        return None
    if live is None:
        return Difference(item.component, ref, CREATE, None, after)
    if _plain(live) == _plain(after):
        return None
    return Difference(item.component, ref, CHANGE, live, after)


async def _after(session: Session, live: Manifest | None, sent: Manifest) -> Manifest:
    """Return what would come of an apply: by the API server's word, else as far as can be told."""
    try:
        return (await session.cluster.apply(sent, dry_run=True)).live
    except (KindNotServed, Missing):  # its definition or namespace is to be made as well
        return sent
    except Forbidden as error:
        if error.permission is None:
            raise
        session.output.note_once(f"{lacking(error.permission)}; compared without it")
        return overlaid(live, sent) if live else sent


def _is_users(live: Manifest, manifest: Manifest) -> bool:
    notes = live["metadata"].get("annotations") or {}
    return is_created_once(live) or (is_created_once(manifest) and notes.get(MANAGED) != "true")


async def _gone(session: Session, component: str, ref: ObjectRef) -> Difference | None:
    if ref.kind in UNOWNED_KINDS:
        return None
    live = await session.get(ref)
    if live is None or is_created_once(live):
        return None
    return Difference(component, ref, DELETE, live, None)


def _plain(live: Manifest) -> Manifest:
    """Leave out what is the server's."""
    metadata = {k: v for k, v in live["metadata"].items() if k not in _SERVERS}
    return {**{k: v for k, v in live.items() if k != "status"}, "metadata": metadata}


def _show(session: Session, differences: list[Difference]) -> None:
    for item in differences:
        for line in lines(item):
            color = {"+": GOOD, "-": BAD}.get(line[:1])
            session.output.line(click.style(line, fg=color) if color else line)


def lines(item: Difference) -> Iterator[str]:
    """Return a difference as a unified diff."""
    before, after = masked(item.before, item.after)
    name = f"{item.component}: {item.ref}"
    yield from difflib.unified_diff(
        _text(before), _text(after), f"live   {name}", f"wanted {name}", lineterm=""
    )


def _text(manifest: Manifest | None) -> list[str]:
    return to_yaml([without_copy(_plain(manifest))]).splitlines()[1:] if manifest else []


def _sum_up(session: Session, differences: list[Difference], form: str) -> None:
    counts = Counter(item.action for item in differences)
    if form == "json":
        rows = [
            {"component": d.component, "action": d.action, "object": str(d.ref)}
            for d in differences
        ]
        session.output.mapping({"differences": rows, "counts": dict(counts)}, "json")
        return
    if form == "name":
        for item in differences:
            session.output.line(f"{item.action}   {item.component}   {item.ref}")
    said = ", ".join(f"{counts[action]} to {action}" for action in (CREATE, CHANGE, DELETE))
    session.output.line(said)
