"""The ``rhoai-operator`` command: every setting is a flag and a variable."""

from __future__ import annotations

import asyncio
import gc
import sys
import typing
from collections.abc import Callable, Coroutine
from typing import Any, Literal

import click
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from rhoai_operator import logs
from rhoai_operator.cluster.sparing import spare_synchronous_client
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.settings import Settings

_PREFIX = Settings.model_config["env_prefix"]


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for name, field in reversed(Settings.model_fields.items()):
        command = _option(name, field)(command)
    return command


def _option(name: str, field: FieldInfo) -> Callable[[Callable[..., None]], Callable[..., None]]:
    flag = f"--{name.replace('_', '-')}"
    kind = field.annotation
    shown: dict[str, Any] = {
        "help": field.description,
        "default": None,
        "envvar": f"{_PREFIX}{name.upper()}",
    }
    shown |= {"show_envvar": True}
    if kind is bool:
        return click.option(f"{flag}/--no-{flag[2:]}", **shown)
    default = field.get_default()
    shown["help"] = f"{field.description}{f'  [default: {default}]' if default else ''}"
    choices = typing.get_args(kind) if typing.get_origin(kind) is Literal else ()
    return click.option(flag, type=click.Choice(choices) if choices else str, **shown)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@_options
@click.version_option(package_name="rhoai-operator")
def main(**given: Any) -> None:  # noqa: ANN401 - one argument for each setting
    """Run the operator: it installs, keeps and removes what DataScienceClusters ask for."""
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise click.UsageError(_faults(error)) from error
    logs.configure(settings.log_level, settings.log_format)
    try:
        asyncio.run(_operator()(settings))
    except OperatorError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        sys.exit(130)


def _operator() -> Callable[[Settings], Coroutine[Any, Any, None]]:
    """Import what runs, in three quarters of the time: all of it stays, so nothing is collected."""
    spare_synchronous_client()
    gc.disable()
    from rhoai_operator import operator  # noqa: PLC0415  so that --help need not wait for it

    gc.freeze()
    gc.enable()
    return operator.run


def _faults(error: ValidationError) -> str:
    return "; ".join(
        f"--{str(e['loc'][0]).replace('_', '-')}: {e['msg']}, not {e['input']!r}"
        for e in error.errors()
    )


if __name__ == "__main__":
    main()
