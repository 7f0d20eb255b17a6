"""What the operator would want of a cluster, told from outside of it, component by component."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.cli.documents import in_order
from rhoai_operator.cli.platform import DEPLOYMENT, Found
from rhoai_operator.cli.session import Session
from rhoai_operator.cluster.errors import ClusterError, Forbidden
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.inventory import Inventory
from rhoai_operator.core.objects import Manifest, ObjectRef, Owner
from rhoai_operator.core.plan import ManagementState, Step
from rhoai_operator.core.values import ComputedValue, ListedKind, ObjectValue, Value, read_values
from rhoai_operator.engine.initialization import NAME
from rhoai_operator.reconcile.gates import Facts, shut_gate
from rhoai_operator.reconcile.prepare import prepare
from rhoai_operator.reconcile.store import ConfigMapStore
from rhoai_operator.render.renderer import Renderer
from rhoai_operator.render.steps import render_step

NO_UID = "00000000-0000-0000-0000-000000000000"
"""Stands for the owner's where it is not there yet: API servers want one."""
_KEPT = ("uid", "creationTimestamp")
VARIABLES = ("RELATED_IMAGE_", "RHOAI_")
"""Beginnings of the names of variables that decide what is rendered."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of one component.

    Attributes:
        stale: what it owns and wants no longer, dependants first.
        problem: why nothing can be told, and nothing would be done; empty if it can.
    """

    component: str
    desired: DesiredState
    stale: tuple[ObjectRef, ...] = ()
    problem: str = ""


async def wanted(
    session: Session, found: Found, served: frozenset[Kind], names: Iterable[str] = ()
) -> AsyncIterator[Wanted]:
    """Go through components in their order, or through those named."""
    planner = Planner(session.catalog, found.platform, await variables(session))
    renderer, owned = Renderer(session.manifests), await inventories(session)
    dsc, dsci = found.parsed()
    for name in names or in_order(session.catalog):
        values = await _values(session, planner.values(name, dsci), served)
        step = planner.step(name, dsc, dsci, values)
        if step.state is ManagementState.UNMANAGED:
            continue
        if problem := _held_back(session, step, found, served):
            yield Wanted(name, DesiredState(), problem=problem)
            continue
        try:
            desired = await _desired(session, step, found, renderer, served)
        except ClusterError as error:
            session.fail(f"{name}: {error}")
            continue
        except OperatorError as error:
            yield Wanted(name, DesiredState(), problem=str(error))
            continue
        inventory = owned.get(name, Inventory())
        yield Wanted(name, desired, inventory.stale(map(ObjectRef.of, desired.objects)))


async def inventories(session: Session) -> Mapping[str, Inventory]:
    """Return what each component owns, as far as that may be looked at."""
    if await session.get(ObjectRef("", "Namespace", "", session.namespace, "v1")) is None:
        return {}
    store = ConfigMapStore(session.cluster, session.namespace)
    try:
        await store.read()
    except Forbidden as error:
        session.deny(error)
    return store.known()


async def variables(session: Session) -> Mapping[str, str]:
    """Return the variables of the operator's own Deployment that decide what is rendered."""
    deployments = await session.all_of(DEPLOYMENT, session.namespace)
    containers = (
        container
        for deployment in deployments
        if deployment["metadata"]["name"] == "rhoai-operator"
        for container in deployment["spec"]["template"]["spec"]["containers"]
    )
    found = (variable for container in containers for variable in container.get("env") or ())
    return {v["name"]: v.get("value", "") for v in found if v["name"].startswith(VARIABLES)}


def _held_back(session: Session, step: Step, found: Found, served: frozenset[Kind]) -> str:
    """Say why the operator would not touch a component; empty if it would, once it is resumed."""
    _, dsci = found.parsed()
    service = session.catalog.components[step.component].owner == dscinitialization.KIND
    facts = Facts(
        step,
        initialized=service or dsci is not None,
        initialization_problem=dsci.problem if dsci and not service else "",
        namespaces_ready=True,
        served=served,
        ready=frozenset(session.catalog.components),
    )
    blocked = shut_gate(facts)
    return blocked.message if blocked else ""


async def _values(
    session: Session, values: Iterable[Value], served: frozenset[Kind]
) -> Mapping[str, Any]:
    values = tuple(values)
    refs = [value.ref for value in values if isinstance(value, ObjectValue)]
    lists = [item for v in values if isinstance(v, ComputedValue) for item in v.lists]
    objects = dict(zip(refs, await asyncio.gather(*map(session.get, refs)), strict=True))
    listed = await asyncio.gather(*(session.all_of(Kind(*item.kind)) for item in lists))
    every: Mapping[ListedKind, Any] = dict(zip(lists, listed, strict=True))
    return read_values(values, objects.get, every.__getitem__, served)


async def _desired(
    session: Session, step: Step, found: Found, renderer: Renderer, served: frozenset[Kind]
) -> DesiredState:
    of_dsci = session.catalog.components[step.component].owner == dscinitialization.KIND
    live, api = (found.dsci, dscinitialization) if of_dsci else (found.dsc, datasciencecluster)
    if live is None or step.state is ManagementState.REMOVED:
        return DesiredState()
    metadata = live["metadata"]
    uid = metadata.get("uid") or NO_UID
    owner = Owner(f"{api.GROUP}/{api.VERSION}", api.KIND, metadata["name"], uid)
    desired = render_step(renderer, step).owned_by(owner)

    async def look(ref: ObjectRef, *, fresh: bool = False) -> Manifest | None:
        return await session.get(ref)

    desired, _ = await prepare(desired, step.policies, look, served, datetime.now(UTC))
    absent = frozenset(ref for ref in desired.optional if Kind.of(ref) not in served)
    return desired.without(absent)


def with_documents(found: Found, documents: Iterable[Manifest]) -> Found:
    """Put documents in place of the custom resources of the same kind.

    Where there is no DSCInitialization, it is the one that the operator makes.
    """
    if not found.dscis:
        spec = {"monitoring": {"managementState": found.platform.monitoring}}
        version = f"{dscinitialization.GROUP}/{dscinitialization.VERSION}"
        default = {"apiVersion": version, "kind": dscinitialization.KIND, "spec": spec}
        found = replace(found, dscis=({**default, "metadata": {"name": NAME}},))
    for document in documents:
        is_dsc = document["kind"] == datasciencecluster.KIND
        known = ((found.dsc if is_dsc else found.dsci) or {}).get("metadata") or {}
        kept = {key: known[key] for key in _KEPT if key in known}
        named = {"name": document["kind"].lower(), **(document.get("metadata") or {}), **kept}
        given = {**document, "metadata": named}
        found = replace(found, dscs=(given,)) if is_dsc else replace(found, dscis=(given,))
    return found
