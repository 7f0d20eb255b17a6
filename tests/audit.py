"""Reads back from the API server's audit log which requests were made."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.wait import blocking_until

Event = dict[str, Any]
OUR_REQUEST = "/version?mark="
WRITTEN_SECONDS = 30.0


class AuditLog:
    """``get`` makes a GET request to a path: its own trace tells how far the log is written."""

    def __init__(self, path: Path, get: Callable[[str], object]) -> None:
        self._path = path
        self._get = get

    def mark(self) -> int:
        """Return where the log goes on after every request that has been answered so far."""
        return self._written()[1]

    def events(self, since: int = 0) -> list[Event]:
        """Return the events of all requests answered until now, oldest first, from a mark on."""
        return list(self.events_with("", since))

    def events_with(self, text: str, since: int = 0) -> Iterator[Event]:
        """Go through those of them in whose line there is a text."""
        end, _ = self._written()
        with self._path.open("rb") as log:
            log.seek(since)
            while log.tell() < end:
                line = log.readline()
                if text.encode() in line and OUR_REQUEST.encode() not in line:
                    yield json.loads(line)

    def _written(self) -> tuple[int, int]:
        """Make a request; return where its event begins and ends."""
        ours = uuid.uuid4().hex
        begin = self._path.stat().st_size if self._path.exists() else 0
        self._get(f"{OUR_REQUEST}{ours}")
        what = f"the audit log {self._path} shows our request"
        found = blocking_until(lambda: self._find(ours, begin), WRITTEN_SECONDS, what)
        assert found
        return found

    def _find(self, text: str, begin: int) -> tuple[int, int] | None:
        if not self._path.exists():
            return None
        with self._path.open("rb") as log:
            log.seek(begin)
            while (line := log.readline()).endswith(b"\n"):
                if text.encode() in line:
                    return log.tell() - len(line), log.tell()
        return None
