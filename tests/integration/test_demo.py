"""The demo ends by itself, tells the truth by its exit code, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster import ControlPlane
from tests.wait import blocking_until

ROOT = Path(__file__).parents[2]
SECONDS = 120
IMAGE = "RELATED_IMAGE_ODH_KUBERAY_OPERATOR_CONTROLLER_IMAGE"
COMMAND = (sys.executable, "-m", "hack.demo")

pytestmark = pytest.mark.needs("process-control")  # there is a compiled one: it has its own


@pytest.fixture
def env(control_plane: ControlPlane, tmp_path: Path) -> dict[str, str]:
    """Where the demo makes its folder is ours alone, so that what it leaves there shows."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RHOAI_")}
    return kept | {"TMPDIR": str(tmp_path)}


def test_ends_with_ready(env: dict[str, str], tmp_path: Path) -> None:
    picture = tmp_path / "demo.svg"

    done = _demo("--picture", str(picture), env=env)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "kubectl apply." in done.stdout
    assert "kwok" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == [picture.name]
    assert str(tmp_path) not in picture.read_text()


def test_fails_when_ready_is_not_reached(env: dict[str, str], tmp_path: Path) -> None:
    done = _demo(
        "--component", "ray", "--deadline", "20", env=env | {IMAGE: "example.com/ray:unpullable"}
    )

    assert done.returncode == 1, done.stdout + done.stderr
    assert "ImagePullBackOff" in done.stdout
    assert "The end of the operator's log" in done.stdout
    assert not list(tmp_path.iterdir())


def test_interrupt_leaves_nothing_running(env: dict[str, str], tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "--keep"], cwd=ROOT, env=env, stderr=subprocess.PIPE, start_new_session=True
    ) as demo:
        try:
            blocking_until(lambda: list(tmp_path.glob("*/operator.log")), SECONDS, "it is up")
            demo.send_signal(signal.SIGTERM)
            _, said = demo.communicate(timeout=SECONDS)
        finally:
            demo.terminate()

    assert demo.returncode == 128 + signal.SIGTERM, said
    assert not list(tmp_path.iterdir())


def _demo(*args: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *args],
        cwd=ROOT,
        env=env,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
