"""``rhoai version``: which version this is, and which the operator and the cluster are."""

from __future__ import annotations

from importlib.metadata import version as version_of

import click

from rhoai_operator.cli.facts import kubernetes_version, openshift_version
from rhoai_operator.cli.platform import look, release_of
from rhoai_operator.cli.session import FAILED, Session, asks_cluster, leave

UNKNOWN = "<unknown>"


@click.command()
@click.option("-o", "--output", "form", type=click.Choice(["text", "json", "yaml"]), default="text")
@asks_cluster
async def version(session: Session, *, form: str) -> None:
    """Print the versions of this command, of the operator and of the cluster.

    Without a cluster: rhoai --version.
    """
    found = await look(session)
    told = {
        "rhoai": version_of("rhoai-operator"),
        "operator": " ".join(release_of(found.dsc or found.dsci)) or UNKNOWN,
        "kubernetes": ".".join(map(str, await kubernetes_version(session) or ())) or UNKNOWN,
        "openshift": await openshift_version(session) or "<none>",
    }
    if form == "text":
        for name, text in told.items():
            session.output.line(f"{name + ':':<12} {text}")
    else:
        session.output.mapping(told, form)
    session.tell_denied()
    if session.is_partial:
        leave(FAILED)
