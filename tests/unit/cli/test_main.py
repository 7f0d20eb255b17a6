"""The command tells what it can do."""

from __future__ import annotations

from click.testing import CliRunner

from rhoai_operator.cli.main import rhoai


def test_help_names_the_commands() -> None:
    result = CliRunner().invoke(rhoai, ["--help"])

    assert result.exit_code == 0
    assert "render" in result.output
