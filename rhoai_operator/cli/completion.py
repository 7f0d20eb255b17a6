"""``rhoai completion``: a script that lets a shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

_SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command()
@click.argument("shell", type=click.Choice(list(_SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script for SHELL, to be sourced: source <(rhoai completion bash)."""
    root = context.find_root()
    name = root.info_name or "rhoai"
    variable = f"_{name}_COMPLETE".replace("-", "_").upper()
    click.echo(_SHELLS[shell](root.command, {}, name, variable).source())
