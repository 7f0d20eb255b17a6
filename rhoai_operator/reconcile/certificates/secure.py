"""Give a component's Services the certificates that it asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from rhoai_operator.core.certificates import (
    Api,
    Certificate,
    Issuer,
    choose_issuer,
    kept_in,
    service_of,
)
from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.reconcile.certificates.others import by_others
from rhoai_operator.reconcile.certificates.own import by_ourselves
from rhoai_operator.reconcile.certificates.placing import Issue, place

Look: TypeAlias = Callable[[ObjectRef], Awaitable[Manifest | None]]
Live: TypeAlias = Mapping[ObjectRef, Manifest | None]


async def secure_all(
    desired: DesiredState,
    certificates: Iterable[Certificate],
    look: tuple[Look, Look],
    served: Collection[Api],
    now: datetime,
) -> tuple[DesiredState, datetime | None]:
    """Return the desired state with all certificates in it, and when to ask again.

    Args:
        look: finds a live object as it is remembered, and as the API server has it. What is
            remembered may be old, so nothing is written over before it was looked at anew.
        served: what the cluster serves.
        now: in UTC.

    Raises:
        DependencyMissing, InvalidCertificate, Held: see :func:`secure`.
    """
    moments = []
    for certificate in certificates:
        refs = kept_in(desired, certificate, served)
        live = await _look_at(refs, look[0])
        secured, due = secure(desired, certificate, live, served, now)
        if _writes_over(secured, live):
            live = await _look_at(refs, look[1])
            secured, due = secure(desired, certificate, live, served, now)
        desired = secured
        moments += [due] if due else []
    return desired, min(moments, default=None)


async def _look_at(refs: tuple[ObjectRef, ...], look: Look) -> Live:
    return dict(zip(refs, await asyncio.gather(*map(look, refs)), strict=True))


def _writes_over(desired: DesiredState, live: Live) -> bool:
    """Tell whether an object would change that is there."""
    wanted = {ObjectRef.of(manifest): manifest for manifest in desired.objects}
    return any(
        known and ref in wanted and wanted[ref]["data"] != known.get("data")
        for ref, known in live.items()
    )


def secure(
    desired: DesiredState,
    certificate: Certificate,
    live: Live,
    served: Collection[Api],
    now: datetime,
) -> tuple[DesiredState, datetime | None]:
    """Return the desired state with one certificate in it, and when to ask again.

    Nothing but new keys depends on chance: with what this returned as ``live``, the answer is the
    same until that moment. A Service that is not rendered needs no certificate.

    Args:
        live: the objects that ``core.certificates.kept_in`` names, newest state.
        served: what the cluster serves.
        now: in UTC.

    Raises:
        DependencyMissing: the issuer is not there.
        InvalidCertificate: what the component says of it does not fit what it renders.
        Held: a Secret that a user has told us to leave alone is of no use.
    """
    service = service_of(desired, certificate)
    if service is None:
        return desired, None
    issue = _issue(certificate, service, live, served, now)
    return place(desired, certificate, service, issue), issue.next_due


def _issue(
    certificate: Certificate,
    service: Manifest,
    live: Live,
    served: Collection[Api],
    now: datetime,
) -> Issue:
    issuer = choose_issuer(certificate, served)
    if issuer is Issuer.SELF:
        return by_ourselves(certificate, service, live, now)
    return by_others(issuer, certificate, service)
