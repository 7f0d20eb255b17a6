from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from tests.audit import AuditLog

Write = Callable[[str], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


@pytest.fixture
def write(path: Path) -> Write:
    """Make a request that is logged at once."""

    def append(uri: str) -> None:
        with path.open("a") as log:
            log.write(json.dumps({"requestURI": uri}) + "\n")

    return append


def uris(log: AuditLog, since: int = 0) -> list[str]:
    return [event["requestURI"] for event in log.events(since)]


def test_tells_what_came_after_a_mark_without_its_own_requests(path: Path, write: Write) -> None:
    log = AuditLog(path, write)
    write("/before")
    mark = log.mark()
    write("/one")
    write("/two")
    assert uris(log, mark) == ["/one", "/two"]
    assert uris(log) == ["/before", "/one", "/two"]


def test_waits_until_its_own_request_is_written(path: Path, write: Write) -> None:
    def both(uri: str) -> None:
        write("/late")
        write(uri)

    def late(uri: str) -> None:
        Thread(target=both, args=[uri]).start()

    assert uris(AuditLog(path, late)) == ["/late"]


def test_half_a_line_is_not_yet_an_event(path: Path, write: Write) -> None:
    def append(text: str) -> None:
        with path.open("a") as log:
            log.write(text)

    def in_halves(uri: str) -> None:
        line = json.dumps({"requestURI": uri})
        append(line[:-3])
        Thread(target=append, args=[line[-3:] + "\n"]).start()

    write("/before")
    assert uris(AuditLog(path, in_halves)) == ["/before"]
