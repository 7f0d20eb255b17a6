"""The ``rhoai`` command, also installed as ``kubectl-rhoai``."""

from __future__ import annotations

import click

from rhoai_operator.cli.render import render


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rhoai-operator")
def rhoai() -> None:
    """Look at the platform as its operator sees it."""


rhoai.add_command(render)
