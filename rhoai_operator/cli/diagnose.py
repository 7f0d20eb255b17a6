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

from rhoai_operator.cli.check import ALL, ERROR, WARNING, Result
from rhoai_operator.cli.desired import inventories
from rhoai_operator.cli.facts import gather
from rhoai_operator.cli.platform import DSC, DSCI, conditions, look
from rhoai_operator.cli.session import FOUND, Session, asks_cluster, leave
from rhoai_operator.cli.status import as_values
from rhoai_operator.cluster.kubernetes import KubernetesCluster
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import Manifest
from rhoai_operator.reconcile.store import LABEL

POD, EVENT = Kind("", "v1", "Pod"), Kind("", "v1", "Event")
LOG_LINES = 5000
HIDDEN = "<hidden>"
_SECRET = ("data", "stringData")
_NOT_ASKED_FOR = ("Removed", "Unmanaged")
_WORDS = ("password", "secret", "token", "credential", "private")


@click.command()
@click.option(
    "--output",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Archive to write.  [default: rhoai-<time>.tar.gz]",
)
@asks_cluster
async def diagnose(session: Session, *, path: Path | None) -> None:
    """Print what is wrong, and write an archive with what there is to know.

    In it: custom resources, inventories, what components own with its field managers, pods, Events
    and the operator's logs. No value of a Secret, and of variables no value whose name speaks of
    one. Exits with 1 if something is wrong.
    """
    findings = await _findings(session)
    for text in findings:
        session.output.line(text)
    if not findings:
        session.output.line("nothing is wrong")
    target = path or Path(f"rhoai-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar.gz")
    files = [file async for file in _files(session, findings)]
    _write(target, files)
    session.tell_denied()
    session.output.line(f"\n{target}: {len(files)} files")
    if findings:
        leave(FOUND)


async def _findings(session: Session) -> list[str]:
    facts = await gather(session)
    results = [result for one in ALL for result in one(facts)]
    found = [_line(result) for result in results if result.level in (ERROR, WARNING)]
    if facts.found:
        for kind, condition in conditions(facts.found.dsc).items():
            is_component = kind.endswith("Ready") and kind != "Ready"
            is_well = condition["status"] == "True" or condition["reason"] in _NOT_ASKED_FOR
            if is_component and not is_well:
                found.append(f"{kind}: {condition['reason']}: {condition['message']}")
    return found


def _line(result: Result) -> str:
    return ": ".join(filter(None, (result.level, result.text, result.remedy)))


File = tuple[str, str]


async def _files(session: Session, findings: Iterable[str]) -> AsyncIterator[File]:
    """Go through the archive's files: name and content."""
    found = await look(session)
    yield "findings.txt", "\n".join(findings) + "\n"
    yield "status.yaml", _yaml(as_values(session, found))
    for kind, objects in ((DSC, found.dscs), (DSCI, found.dscis)):
        for live in objects:
            yield f"{kind.kind}/{live['metadata']['name']}.yaml", _yaml(live)
    inventories = await session.all_of(Kind("", "v1", "ConfigMap"), session.namespace, LABEL)
    for live in inventories:
        yield f"inventories/{live['metadata']['name']}.yaml", _yaml(live)
    async for file in _owned(session):
        yield file
    namespaces = {d["metadata"]["namespace"] for d in found.deployments} | {session.namespace}
    for namespace in sorted(namespaces):
        for kind in (POD, EVENT):
            items = await session.all_of(kind, namespace)
            yield f"{namespace}/{kind.kind}s.yaml", _yaml([redacted(item) for item in items])
    async for file in _logs(session):
        yield file


async def _owned(session: Session) -> AsyncIterator[File]:
    for component, inventory in sorted((await inventories(session)).items()):
        refs = sorted(inventory.records, key=str)
        objects = await asyncio.gather(*(session.get(ref) for ref in refs))
        live = [redacted(item) for item in objects if item]
        gone = [str(ref) for ref, item in zip(refs, objects, strict=True) if item is None]
        yield f"owned/{component}.yaml", _yaml({"missing": gone, "objects": live})


async def _logs(session: Session) -> AsyncIterator[File]:
    cluster = session.cluster
    if not isinstance(cluster, KubernetesCluster):
        return
    async with cluster.session() as http:
        for pod in await session.all_of(POD, session.namespace):
            name = pod["metadata"]["name"]
            path = f"/api/v1/namespaces/{session.namespace}/pods/{name}/log"
            query = {"container": "manager", "tailLines": str(LOG_LINES)}
            async with http.get(cluster.server + path, params=query) as answer:
                yield f"logs/{name}.log", await answer.text()


def redacted(live: Manifest) -> Manifest:
    """Return an object without what is nobody's business."""
    if live["kind"] == "Secret":
        parts = {part: dict.fromkeys(live[part], HIDDEN) for part in _SECRET if live.get(part)}
        return _without_copies({**live, **parts})
    hidden: Manifest = _hidden(live)
    return hidden


def _without_copies(live: Manifest) -> Manifest:
    """Leave out annotations: kubectl's hold a copy of the whole object."""
    metadata = {k: v for k, v in live["metadata"].items() if k != "annotations"}
    return {**live, "metadata": metadata}


def _hidden(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """Hide values of variables, and of fields, whose name speaks of a secret."""
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("name"), str) and isinstance(value.get("value"), str):
        return {**value, "value": HIDDEN} if _speaks_of_one(value["name"]) else value
    return {
        key: HIDDEN if isinstance(item, str) and key in ("secret", "caBundle") else _hidden(item)
        for key, item in value.items()
    }


def _speaks_of_one(name: str) -> bool:
    return any(word in name.lower() for word in _WORDS)


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
