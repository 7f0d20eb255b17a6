"""``rhoai diagnose``: what is wrong, and an archive for whoever is to find out why."""

from __future__ import annotations

import asyncio
import io
import tarfile
import time
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import yaml

from rhoai_operator.cli.checks import ALL, ERROR, WARNING, Result, checked
from rhoai_operator.cli.desired import inventories
from rhoai_operator.cli.facts import gather
from rhoai_operator.cli.masking import redacted, scrubbed, values_of
from rhoai_operator.cli.operator_endpoints import POD, of_operator
from rhoai_operator.cli.platform import DSC, DSCI, conditions, look
from rhoai_operator.cli.session import FOUND, Session, asks_cluster, leave
from rhoai_operator.cli.status import as_values
from rhoai_operator.cluster.port import Kind
from rhoai_operator.reconcile.store import LABEL

EVENT = Kind("", "v1", "Event")
_NOT_ASKED_FOR = ("Removed", "Unmanaged")


@click.command()
@click.option(
    "--output",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Archive to write.  [default: rhoai-<time>.tar.gz]",
)
@click.option(
    "--operator-url",
    "url",
    default="",
    help="Where the operator's own endpoints are forwarded to, such as http://localhost:8081: "
    "/debug/state answers callers of its own host only.",
)
@asks_cluster
async def diagnose(session: Session, *, path: Path | None, url: str) -> None:
    """Print what is wrong, and write an archive with what there is to know.

    In it: custom resources, inventories, what components own with its field managers, pods, Events,
    the operator's logs, metrics and state where they can be reached, and what could not be
    collected. No value of a Secret, no token, and of variables no value whose name speaks of one.
    Exits with 1 if something is wrong; warnings alone are nothing wrong.
    """
    findings = await _findings(session)
    for _, text in findings:
        session.output.line(text)
    if not findings:
        session.output.line("nothing is wrong")
    target = path or Path(f"rhoai-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar.gz")
    secrets: set[str] = set()
    files = [file async for file in _files(session, url, secrets)]
    files.insert(0, ("findings.txt", "".join(f"{text}\n" for _, text in findings)))
    lacks = "".join(f"{text}\n" for text in (*session.denied, *session.failed))
    files.append(("not-collected.txt", lacks or "everything was collected\n"))
    _write(target, [(name, scrubbed(text, secrets)) for name, text in files])
    session.tell_denied()
    session.output.line(f"\n{target}: {len(files)} files")
    if any(level == ERROR for level, _ in findings):
        leave(FOUND)


Finding = tuple[str, str]
"""How bad something is, and what it is."""


async def _findings(session: Session) -> list[Finding]:
    facts = await gather(session)
    results = checked(facts, ALL)
    found = [(r.level, _line(r)) for r in results if r.level in (ERROR, WARNING)]
    if facts.found:
        for kind, condition in conditions(facts.found.dsc).items():
            is_component = kind.endswith("Ready") and kind != "Ready"
            is_well = condition["status"] == "True" or condition["reason"] in _NOT_ASKED_FOR
            if is_component and not is_well:
                text = f"{ERROR}: {kind}: {condition['reason']}: {condition['message']}"
                found.append((ERROR, text))
    return sorted(found)


def _line(result: Result) -> str:
    return ": ".join(filter(None, (result.level, result.text, result.remedy)))


File = tuple[str, str]
"""Name and content."""


async def _files(session: Session, url: str, secrets: set[str]) -> AsyncIterator[File]:
    """Go through what is collected; values of Secrets that are seen go into ``secrets``."""
    found = await look(session)
    async for file in _owned(session, secrets):
        yield file
    yield "status.yaml", _yaml(as_values(session, found))
    for kind, objects in ((DSC, found.dscs), (DSCI, found.dscis)):
        for live in objects:
            yield f"{kind.kind}/{live['metadata']['name']}.yaml", _yaml(redacted(live))
    for live in await session.all_of(Kind("", "v1", "ConfigMap"), session.namespace, LABEL):
        yield f"inventories/{live['metadata']['name']}.yaml", _yaml(live)
    namespaces = {d["metadata"]["namespace"] for d in found.deployments} | {session.namespace}
    for namespace in sorted(namespaces):
        for kind in (POD, EVENT):
            items = await session.all_of(kind, namespace)
            yield f"{namespace}/{kind.kind}s.yaml", _yaml([redacted(item) for item in items])
    async for file in of_operator(session, url):
        yield file


async def _owned(session: Session, secrets: set[str]) -> AsyncIterator[File]:
    for component, inventory in sorted((await inventories(session)).items()):
        session.output.progress(f"collecting what {component} owns")
        refs = sorted(inventory.records, key=str)
        objects = await asyncio.gather(*(session.get(ref) for ref in refs))
        for item in filter(None, objects):
            if item["kind"] == "Secret":
                secrets.update(values_of(item))
        live = [redacted(item) for item in objects if item]
        gone = [str(ref) for ref, item in zip(refs, objects, strict=True) if item is None]
        yield f"owned/{component}.yaml", _yaml({"missing": gone, "objects": live})


def _yaml(value: Any) -> str:  # noqa: ANN401 - a JSON value
    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True))


def _write(path: Path, files: Iterable[File]) -> None:
    now = time.time()
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files:
            content = text.encode()
            member = tarfile.TarInfo(f"{path.name.removesuffix('.tar.gz')}/{name}")
            member.size, member.mtime, member.mode = len(content), int(now), 0o600
            archive.addfile(member, io.BytesIO(content))
