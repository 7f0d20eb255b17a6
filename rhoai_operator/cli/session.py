"""What commands have in common: options, the connection to a cluster, errors, exit codes."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import re
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import click

from rhoai_operator.catalog.loader import Catalog, load_catalog
from rhoai_operator.cli.output import Output
from rhoai_operator.cluster.errors import Forbidden, KindNotServed, Permission
from rhoai_operator.cluster.kubernetes import connect
from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.settings import MANIFESTS, Settings

FOUND, FAILED, TIME_IS_UP, INTERRUPTED = 1, 3, 124, 130
EXITS: Mapping[int, str] = MappingProxyType({
    0: "all is well; nothing was found, nothing differs",
    FOUND: "something was found, differs, or is not Ready",
    2: "the command line is wrong",
    FAILED: "it could not be done, or not all of it could be looked at",
    TIME_IS_UP: "time was up",
    INTERRUPTED: "interrupted",
})  # fmt: skip
"""What every command's exit code means."""
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
        denied: which rights are missing, and what to ask for.
        failed: what else could not be looked at, and why.
        unseen: kinds of which some objects may not be looked at.
    """

    cluster: Cluster
    catalog: Catalog
    manifests: Path
    namespace: str
    output: Output
    timeout: float
    denied: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)

    async def get(self, ref: ObjectRef) -> Manifest | None:
        """Return an object; None if it is not there, or may not be looked at."""
        try:
            return await self.cluster.get(ref)
        except Forbidden as error:
            self.unseen.add(ref.kind)
            self.deny(error)
            return None

    async def list(self, selection: Selection) -> tuple[Manifest, ...]:
        """Return objects; none where their kind is not served, or may not be looked at."""
        try:
            return (await self.cluster.list(selection)).items
        except KindNotServed:
            return ()
        except Forbidden as error:
            self.unseen.add(selection.kind.kind)
            self.deny(error)
            return ()

    async def all_of(self, kind: Kind, namespace: str = "", labels: str = "") -> Sequence[Manifest]:
        """Return all objects of a kind, in a namespace or everywhere."""
        return await self.list(Selection(kind, namespace=namespace, labels=labels))

    def deny(self, error: Forbidden) -> None:
        """Remember that a right is missing: each once, however many objects it keeps from us."""
        text = lacking(error.permission) if error.permission else str(error)
        if text not in self.denied:
            self.denied.append(text)

    def fail(self, text: str) -> None:
        """Remember that something could not be done; the rest goes on."""
        self.failed.append(text)

    @property
    def is_partial(self) -> bool:
        """Whether not all could be looked at."""
        return bool(self.denied or self.failed)

    def tell_denied(self) -> None:
        """Say on stderr what could not be looked at."""
        for text in (*self.denied, *self.failed):
            click.echo(text, err=True)


def lacking(permission: Permission) -> str:
    """Say which right is missing, and what to ask for."""
    resource = ".".join(filter(None, (permission.resource, permission.group)))
    named = f" {permission.name}" if permission.name else ""
    where = f" in {permission.namespace}" if permission.namespace else ""
    return f"you may not {permission.verb} {resource}{named}{where}: ask for {permission.rule}"


class Seconds(click.ParamType):  # type: ignore[type-arg]
    """A time, as kubectl takes it, in seconds."""

    name = "duration"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """See click."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", str(value))
        seconds = float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]] if found else 0
        if seconds <= 0:
            self.fail(f"{value!r} is no time: give seconds, or such as 90s, 5m, 1h", param, ctx)
        return seconds


_PRINTING = (
    click.option("--no-color", is_flag=True, help="Print without colours.  [env: NO_COLOR]"),
    click.option("-q", "--quiet", is_flag=True, help="Print results and errors only."),
    click.option("-v", "--verbose", is_flag=True, help="Show where an error came from."),
)
_CONNECTING = (
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
    click.option(
        "--timeout",
        default=300.0,
        show_default=True,
        type=Seconds(),
        help="How long waiting may take: seconds, or such as 90s, 5m, 1h.",
    ),
)


def manifests_folder() -> Path:
    """Return the folder of the components: the one shipped, unless a variable says otherwise."""
    return Path(os.environ.get("RHOAI_MANIFESTS_DIR", MANIFESTS))


@contextmanager
def told(output: Output) -> Iterator[None]:
    """Turn errors into a message and an exit code; say where they came from only if asked to."""
    root, silent = logging.getLogger(), logging.NullHandler()
    if not output.verbose:  # libraries log what the message says as well
        root.addHandler(silent)
    try:
        yield
    except KeyboardInterrupt:
        leave(INTERRUPTED)
    except (*_CLICKS, BrokenPipeError):  # of a pipe: whoever reads has seen enough
        raise
    except Exception as error:
        if output.verbose:
            click.echo(traceback.format_exc(), err=True)
        raise Failure(_in_words(error)) from error
    finally:
        root.removeHandler(silent)


_CLICKS = (click.ClickException, click.exceptions.Exit, click.Abort)


def _in_words(error: Exception) -> str:
    if isinstance(error, (OperatorError, OSError)):
        return str(error) or type(error).__name__
    return f"{type(error).__name__}: {error}; that was not expected: -v shows where it came from"


def prints(command: Callable[..., None]) -> Callable[..., None]:
    """Let a function that takes an ``Output`` be a command, with the options of printing."""

    @functools.wraps(command)
    def run(
        *,
        no_color: bool,
        quiet: bool,
        verbose: bool,
        **given: Any,  # noqa: ANN401 - the command's own options
    ) -> None:
        output = Output.of(no_color=no_color, quiet=quiet, verbose=verbose)
        with told(output):
            command(output, **given)

    for option in reversed(_PRINTING):
        run = option(run)
    return run


def asks_cluster(command: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Let a coroutine that takes a ``Session`` be a command, with the common options."""

    @functools.wraps(command)
    def run(
        output: Output,
        *,
        kubeconfig: Path | None,
        context: str,
        namespace: str,
        timeout: float,
        **given: Any,  # noqa: ANN401 - the command's own options
    ) -> None:
        async def connected() -> None:
            cluster = await connect(kubeconfig=kubeconfig, context=context)
            try:
                catalog, manifests = load_catalog(manifests_folder()), manifests_folder()
                session = Session(cluster, catalog, manifests, namespace, output, timeout)
                await command(session, **given)
            finally:
                await cluster.close()

        asyncio.run(connected())

    for option in reversed(_CONNECTING):
        run = option(run)
    return prints(run)
