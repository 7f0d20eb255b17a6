"""Programs that outlive the command that starts them, each known by its files in one folder.

``<name>.argv`` says how to start it, ``<name>.log`` what it said. It holds the lock on ``<name>.lock``
for as long as it lives, so that alive or not is never a guess, whatever became of its pid.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# The shell ends at once and leaves an orphan, which inherits the lock and needs no reaping.
_LAUNCH = 'pid=$1; shift; "$@" & echo $! >"$pid"'


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Wait for the lock and hold it; the kernel lets go of it even if this program is killed."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def define(directory: Path, name: str, argv: Sequence[str]) -> None:
    (directory / f"{name}.argv").write_text(json.dumps(argv))


def argv_of(directory: Path, name: str) -> list[str]:
    """Return how the program is started; nothing if it is not defined."""
    try:
        return list(json.loads((directory / f"{name}.argv").read_text()))
    except FileNotFoundError:
        return []


def start(directory: Path, name: str) -> None:
    """Start what ``define`` defined, in a session of its own; waits while one of that name lives."""
    pid, log_file = directory / f"{name}.pid", directory / f"{name}.log"
    with (directory / f"{name}.lock").open("w") as lock, log_file.open("ab") as log:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(
            ["/bin/sh", "-c", _LAUNCH, "sh", pid, *argv_of(directory, name)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
            pass_fds=[lock.fileno()],
            start_new_session=True,
            env=_without_proxy(),
        )


def alive(directory: Path, name: str) -> bool:
    try:
        with (directory / f"{name}.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def kill(directory: Path, name: str) -> None:
    """Kill the program and wait until it is gone; nothing happens if it is not alive."""
    if not alive(directory, name):
        return
    # Not a polite request: an API server would wait for ever once its etcd is gone.
    os.kill(int((directory / f"{name}.pid").read_text()), signal.SIGKILL)
    with (directory / f"{name}.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)


def last_words(directory: Path, name: str, lines: int = 5) -> str:
    log = (directory / f"{name}.log").read_text(errors="replace")
    return "\n".join(log.splitlines()[-lines:])


def _without_proxy() -> dict[str, str]:
    """The environment in which the API server calls webhooks itself, whatever proxy there is."""
    return {
        name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")
    }
