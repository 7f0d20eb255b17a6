from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hack import daemons
from tests.wait import blocking_until

SAYS_AND_STAYS = "import signal; print('up', flush=True); signal.pause()"
ROOT = Path(__file__).parents[3]
ENDS = "import sys; sys.exit('no such luck')"


def started(folder: Path, program: str) -> None:
    daemons.define(folder, "it", [sys.executable, "-c", program])
    daemons.start(folder, "it")


def test_lives_until_killed(tmp_path: Path) -> None:
    started(tmp_path, SAYS_AND_STAYS)
    blocking_until(lambda: daemons.last_words(tmp_path, "it") == "up", 10, "it says so")
    assert daemons.alive(tmp_path, "it")

    daemons.kill(tmp_path, "it")

    assert not daemons.alive(tmp_path, "it")


def test_starts_again_as_it_was_defined(tmp_path: Path) -> None:
    started(tmp_path, SAYS_AND_STAYS)
    daemons.kill(tmp_path, "it")

    daemons.start(tmp_path, "it")

    assert daemons.alive(tmp_path, "it")
    daemons.kill(tmp_path, "it")


def test_outlives_the_command_that_started_it(tmp_path: Path) -> None:
    daemons.define(tmp_path, "it", [sys.executable, "-c", SAYS_AND_STAYS])
    command = "import sys, pathlib, hack.daemons as d; d.start(pathlib.Path(sys.argv[1]), 'it')"

    subprocess.run([sys.executable, "-c", command, tmp_path], check=True, cwd=ROOT)

    assert daemons.alive(tmp_path, "it")
    daemons.kill(tmp_path, "it")


def test_one_that_ended_is_not_alive_and_left_its_last_words(tmp_path: Path) -> None:
    started(tmp_path, ENDS)
    blocking_until(lambda: not daemons.alive(tmp_path, "it"), 10, "it ends")
    assert daemons.last_words(tmp_path, "it") == "no such luck"


def test_killing_spares_whoever_has_its_pid_now(tmp_path: Path) -> None:
    (tmp_path / "it.lock").touch()
    with subprocess.Popen([sys.executable, "-c", SAYS_AND_STAYS], stdout=subprocess.PIPE) as other:
        (tmp_path / "it.pid").write_text(str(other.pid))

        daemons.kill(tmp_path, "it")

        assert other.poll() is None
        other.kill()


def test_what_was_never_started_is_not_alive(tmp_path: Path) -> None:
    assert not daemons.alive(tmp_path, "it")
    daemons.kill(tmp_path, "it")
    assert daemons.argv_of(tmp_path, "it") == []


def test_runs_without_the_proxy_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    monkeypatch.setenv("no_proxy", "x")
    started(tmp_path, "import os, json; print(json.dumps(list(os.environ)))")
    blocking_until(lambda: not daemons.alive(tmp_path, "it"), 10, "it ends")
    names = json.loads(daemons.last_words(tmp_path, "it"))
    assert names
    assert not [name for name in names if name.lower().endswith("_proxy")]
