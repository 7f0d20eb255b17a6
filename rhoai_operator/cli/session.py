"""What commands that ask a cluster have in common: options, the connection, errors, exit codes.

Exit codes: 0 all is well; 1 something was found, differs or is not Ready; 2 the command line is
wrong; 3 it could not be done; 124 time was up.
"""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import click

from rhoai_operator.catalog.loader import Catalog, load_catalog
from rhoai_operator.cli.output import Output
from rhoai_operator.cluster.errors import Forbidden, KindNotServed
from rhoai_operator.cluster.kubernetes import connect
from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.settings import MANIFESTS, Settings

FOUND, FAILED, TIME_IS_UP = 1, 3, 124
NAMESPACE = str(Settings.model_fields["operator_namespace"].default)


class Failure(click.ClickException):
    """It could not be done."""

    exit_code = FAILED


def leave(code: int) -> NoReturn:
    """End the command."""
    raise click.exceptions.Exit(code)


@dataclass(frozen=True, slots=True)
class Session:
    """A command's connection to a cluster.

    Attributes:
        namespace: the operator's.
        timeout: seconds that waiting may take.
        denied: what could not be looked at, and which right is missing for it.
    """

    cluster: Cluster
    catalog: Catalog
    manifests: Path
    namespace: str
    output: Output
    timeout: float
    denied: list[str] = field(default_factory=list)

    async def get(self, ref: ObjectRef) -> Manifest | None:
        """Return an object; None if it is not there, or may not be looked at."""
        try:
            return await self.cluster.get(ref)
        except Forbidden as error:
            self.deny(error)
            return None

    async def list(self, selection: Selection) -> tuple[Manifest, ...]:
        """Return objects; none where their kind is not served, or may not be looked at."""
        try:
            return (await self.cluster.list(selection)).items
        except KindNotServed:
            return ()
        except Forbidden as error:
            self.deny(error)
            return ()

    async def all_of(self, kind: Kind, namespace: str = "", labels: str = "") -> Sequence[Manifest]:
        """Return all objects of a kind, in a namespace or everywhere."""
        return await self.list(Selection(kind, namespace=namespace, labels=labels))

    def deny(self, error: Forbidden) -> None:
        """Remember that a right is missing."""
        lacking = error.permission
        text = f"{error}; ask for {lacking.rule}" if lacking else str(error)
        if text not in self.denied:
            self.denied.append(text)

    def tell_denied(self) -> None:
        """Say on stderr which rights were missing."""
        for text in self.denied:
            click.echo(f"not looked at: {text}", err=True)


_OPTIONS = (
    click.option(
        "--kubeconfig",
        type=click.Path(dir_okay=False, path_type=Path),
        help="File that says how to reach the cluster.  [default: as kubectl]",
    ),
    click.option("--context", default="", help="Context of the kubeconfig to use."),
    click.option(
        "-n",
        "--namespace",
        default=NAMESPACE,
        envvar="RHOAI_OPERATOR_NAMESPACE",
        show_default=True,
        help="Namespace of the operator.",
    ),
    click.option("--no-color", is_flag=True, help="Print without colours.  [env: NO_COLOR]"),
    click.option("-q", "--quiet", is_flag=True, help="Print results and errors only."),
    click.option("-v", "--verbose", is_flag=True, help="Show where an error came from."),
    click.option(
        "--timeout",
        default=300.0,
        show_default=True,
        type=click.FloatRange(min=0, min_open=True),
        help="Seconds that waiting may take.",
    ),
)

_Command = Callable[..., Awaitable[None]]


def asks_cluster(command: _Command) -> Callable[..., None]:
    """Let a coroutine that takes a ``Session`` be a command, with the common options."""

    @functools.wraps(command)
    def run(
        *,
        kubeconfig: Path | None,
        context: str,
        namespace: str,
        no_color: bool,
        quiet: bool,
        verbose: bool,
        timeout: float,
        **given: Any,  # noqa: ANN401 - the command's own options
    ) -> None:
        output = Output.of(no_color=no_color, quiet=quiet, verbose=verbose)
        manifests = Path(os.environ.get("RHOAI_MANIFESTS_DIR", MANIFESTS))

        async def connected() -> None:
            cluster = await connect(kubeconfig=kubeconfig, context=context)
            try:
                catalog = load_catalog(manifests)
                session = Session(cluster, catalog, manifests, namespace, output, timeout)
                await command(session, **given)
            finally:
                await cluster.close()

        try:
            asyncio.run(connected())
        except OperatorError as error:
            if verbose:
                raise
            raise Failure(str(error)) from error

    for option in reversed(_OPTIONS):
        run = option(run)
    return run
