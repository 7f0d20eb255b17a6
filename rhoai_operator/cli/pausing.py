"""``rhoai suspend`` and ``rhoai resume``: leave the platform, or one component, as it is."""

from __future__ import annotations

from typing import Any

import click

from rhoai_operator.cli.documents import switched
from rhoai_operator.cli.platform import DSC, look
from rhoai_operator.cli.session import Failure, Session, asks_cluster, lacking
from rhoai_operator.cluster.errors import Forbidden
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.reconcile.gates import PAUSE

BEFORE = "rhoai.opendatahub.io/suspended-"
"""Prefix of the annotation that says what a suspended component was."""


@click.command()
@click.argument("component", required=False)
@asks_cluster
async def suspend(session: Session, *, component: str | None) -> None:
    """Have nothing touched any more: of COMPONENT, or of all of them.

    All: by the annotation rhoai.opendatahub.io/paused on the DataScienceCluster. A component: by
    setting it to Unmanaged; what it was is remembered in an annotation.
    """
    live = await _dsc(session)
    if component is None:
        await _patch(session, live, {"metadata": {"annotations": {PAUSE: "true"}}}, "suspended")
        return
    state = _state(session, live, component)
    if state == "Unmanaged":
        session.output.line(f"{_name(live)} unchanged: {component} is Unmanaged already")
        return
    note = {"annotations": {f"{BEFORE}{component}": state}}
    spec = {"components": {component: {"managementState": "Unmanaged"}}}
    await _patch(session, live, {"metadata": note, "spec": spec}, f"{component} suspended")


@click.command()
@click.argument("component", required=False)
@asks_cluster
async def resume(session: Session, *, component: str | None) -> None:
    """Take back what suspend did: of COMPONENT, or of all of them."""
    live = await _dsc(session)
    annotations = live["metadata"].get("annotations") or {}
    if component is None:
        change: dict[str, Any] = {"metadata": {"annotations": {PAUSE: None}}}
        done = "resumed" if annotations.get(PAUSE) == "true" else "unchanged: it is not suspended"
        await _patch(session, live, change, done)
        return
    if _state(session, live, component) != "Unmanaged":
        session.output.line(f"{_name(live)} unchanged: {component} is not suspended")
        return
    key = f"{BEFORE}{component}"
    if key not in annotations:
        raise Failure(
            f"{component} was not suspended by rhoai, so it is not known what it was; set "
            f"spec.components.{component}.managementState"
        )
    spec = {"components": {component: {"managementState": annotations[key]}}}
    change = {"metadata": {"annotations": {key: None}}, "spec": spec}
    await _patch(session, live, change, f"{component} resumed")


async def _dsc(session: Session) -> Manifest:
    found = (await look(session)).dsc
    session.tell_denied()
    if found is None:
        raise Failure("there is no DataScienceCluster; create one, or name another context")
    return found


def _state(session: Session, live: Manifest, component: str) -> str:
    known = switched(session.catalog)
    if component not in known:
        raise click.UsageError(f"no component {component!r}: one of {', '.join(known)}")
    given = ((live.get("spec") or {}).get("components") or {}).get(component) or {}
    return given.get("managementState") or "Removed"


def _name(live: Manifest) -> str:
    return f"datasciencecluster.{DSC.group}/{live['metadata']['name']}"


async def _patch(session: Session, live: Manifest, change: dict[str, Any], done: str) -> None:
    ref = ObjectRef(DSC.group, DSC.kind, "", live["metadata"]["name"], DSC.version)
    try:
        after = await session.cluster.patch(ref, change)
    except Forbidden as error:
        raise Failure(lacking(error.permission) if error.permission else str(error)) from error
    if after is None:
        raise Failure(f"{_name(live)} has just been deleted")
    session.output.line(f"{_name(live)} {done}")
