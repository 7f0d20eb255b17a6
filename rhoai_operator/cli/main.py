"""The ``rhoai`` command, also installed as ``kubectl-rhoai``."""

from __future__ import annotations

import click

from rhoai_operator.cli.check import check
from rhoai_operator.cli.completion import completion
from rhoai_operator.cli.diagnose import diagnose
from rhoai_operator.cli.diff import diff
from rhoai_operator.cli.explain import explain
from rhoai_operator.cli.lint import lint
from rhoai_operator.cli.pausing import resume, suspend
from rhoai_operator.cli.render import render
from rhoai_operator.cli.status import status
from rhoai_operator.cli.version import version


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="rhoai-operator")
def rhoai() -> None:
    """Look at the platform as its operator sees it."""


for command in (
    *(check, status, diff, diagnose, suspend, resume),
    *(render, lint, explain, completion, version),
):
    rhoai.add_command(command)
