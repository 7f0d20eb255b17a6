from __future__ import annotations

import subprocess

import pytest
from click.testing import CliRunner

from rhoai_operator.cli.main import rhoai


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_asks_the_command(shell: str) -> None:
    done = CliRunner().invoke(rhoai, ["completion", shell], prog_name="rhoai")

    assert done.exit_code == 0
    assert f"_RHOAI_COMPLETE={shell}_complete" in done.stdout


def test_bash_can_read_its_own() -> None:
    script = CliRunner().invoke(rhoai, ["completion", "bash"], prog_name="kubectl-rhoai").stdout

    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    assert "_KUBECTL_RHOAI_COMPLETE" in script
